"""One question and the answer that streams back."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.ragflow.chat.sse import AnswerReader, Event, FrameSplitter
from dashboard.ragflow.errors import RAGFlowError, StreamInterrupted, TimedOut, Unreachable
from dashboard.ragflow.http.streams import Stream
from dashboard.ragflow.safety.writes import Write
from dashboard.ragflow.types import Source

CUT_OFF = "RAGFlow broke the answer off in the middle; it does not keep such turns."
STOPPED = "stopped before its end; RAGFlow does not keep stopped turns"


class Conversation:
    """The events of an answer, once. Reported as a write when it ends, in whatever way.

    Use it as a context manager. Read it to its end to have the turn stored: breaking off the iteration leaves it open,
    and ``read_to_end`` goes on from there. ``close`` stops it: RAGFlow then keeps neither question nor answer. May be
    closed from another thread than the one that reads.
    """

    def __init__(self, stream: Stream, write: Write) -> None:
        self._stream = stream
        self._write = write
        self._frames = FrameSplitter()
        self._answer = AnswerReader()

    def __iter__(self) -> Iterator[Event]:
        """The events one by one. Raises StreamInterrupted when the stream ends without its closing frame."""
        for batch in self.batches():
            yield from batch

    def batches(self) -> Iterator[tuple[Event, ...]]:
        """The events that arrived together, as soon as they are there: one tuple per read from the network."""
        while not self._answer.done:
            try:
                events, ended = self._next()
            except RAGFlowError as error:
                # A line that breaks says the same as one that ends early.
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
        """Read on without looking, so that RAGFlow stores the turn; ``text`` and ``failure`` tell how it ended."""
        for _ in self.batches():
            pass

    @property
    def text(self) -> str:
        """The answer so far, without the thinking."""
        return self._answer.text

    @property
    def sources(self) -> tuple[Source, ...]:
        """The chunks the answer draws on, once they have arrived."""
        return self._answer.sources

    @property
    def failure(self) -> str:
        """What the model or RAGFlow reported instead of an answer; "" when all is well."""
        return self._answer.failure

    @property
    def done(self) -> bool:
        """Whether the closing frame has arrived."""
        return self._answer.done

    def close(self) -> None:
        """Stop. Does nothing after the end."""
        self._stream.close()
        self._finish()

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _next(self) -> tuple[tuple[Event, ...], bool]:
        """What the next read brings, and whether it is the last."""
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
