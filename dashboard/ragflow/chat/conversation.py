"""One question and its streamed answer."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.ragflow.chat.sse import AnswerReader, Event, FrameSplitter
from dashboard.ragflow.errors import RAGFlowError, StreamInterrupted, TimedOut, Unreachable
from dashboard.ragflow.http.streams import Stream
from dashboard.ragflow.safety.writes import Write
from dashboard.ragflow.types import Source

CUT_OFF = "RAGFlow cut off the answer. It does not save incomplete answers."
STOPPED = "stopped before the end; RAGFlow does not save stopped answers"


class Conversation:
    """The events of an answer; can be iterated once. Reported as a write when it ends, whatever the outcome.

    Use it as a context manager. RAGFlow stores the turn only if it is read to its end: leaving the iteration keeps it
    open, and ``read_to_end`` continues from there. ``close`` stops it, so that RAGFlow stores neither question nor
    answer. Another thread than the reader may close it.
    """

    def __init__(self, stream: Stream, write: Write) -> None:
        self._stream = stream
        self._write = write
        self._frames = FrameSplitter()
        self._answer = AnswerReader()

    def __iter__(self) -> Iterator[Event]:
        """The events one by one. Raises StreamInterrupted if the stream ends without its closing frame."""
        for batch in self.batches():
            yield from batch

    def batches(self) -> Iterator[tuple[Event, ...]]:
        """The events as they arrive: one tuple per read from the network."""
        while not self._answer.done:
            try:
                events, ended = self._next()
            except RAGFlowError as error:
                # A broken connection means the same as one that ends early.
                broken = isinstance(error, Unreachable) and not isinstance(error, TimedOut)
                blamed = self._stream.error(StreamInterrupted(CUT_OFF) if broken else error)
                self._write.finish_with(blamed)
                self._stream.close()
                raise blamed from None
            if events:
                yield events
            if ended:
                break
        self._finish()

    def read_to_end(self) -> None:
        """Read the rest, so that RAGFlow stores the turn. ``text`` and ``failure`` have the outcome."""
        for _ in self.batches():
            pass

    @property
    def text(self) -> str:
        """The answer so far, without the reasoning."""
        return self._answer.text

    @property
    def sources(self) -> tuple[Source, ...]:
        """The chunks the answer is based on, once they have arrived."""
        return self._answer.sources

    @property
    def failure(self) -> str:
        """The error that the model or RAGFlow reported; "" if there is none."""
        return self._answer.failure

    @property
    def done(self) -> bool:
        """Whether the closing frame has arrived."""
        return self._answer.done

    def close(self) -> None:
        """Stop the answer. Does nothing after its end."""
        self._stream.close()
        self._finish()

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _next(self) -> tuple[tuple[Event, ...], bool]:
        """The events of the next read, and whether it is the last."""
        piece = self._stream.read()
        if self._stream.closed:
            return (), True
        frames = self._frames.feed(piece) if piece else self._frames.end()
        events = tuple(event for frame in frames for event in self._answer.read(frame))
        if not piece and not self._answer.done:
            raise StreamInterrupted(CUT_OFF)
        return events, not piece

    def _finish(self) -> None:
        if self._answer.done:
            self._stream.drain()
        self._stream.close()
        if self._answer.failure:
            self._write.finish("failed", self._answer.failure)
        elif self._answer.done:
            self._write.finish()
        else:
            self._write.finish("failed", STOPPED)
