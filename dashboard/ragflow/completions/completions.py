"""OpenAI-compatible completions of assistants and agents (contract §17; ragflow-0.27 §6).

How each release writes them is in ``dialects/completions.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from dashboard.ragflow.chat.sse import FrameSplitter
from dashboard.ragflow.completions import reading
from dashboard.ragflow.completions.reading import Chunk, Completion
from dashboard.ragflow.dialects import completions
from dashboard.ragflow.dialects.completions import ENDING, CompletionsDialect, Kind, Wanted
from dashboard.ragflow.errors import RAGFlowError, Rejected, StreamInterrupted, TimedOut, Unreachable
from dashboard.ragflow.http.streams import Stream
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.safety import guards
from dashboard.ragflow.safety.writes import Write, Writes

# What a completion is called in the audit trail.
ACTIONS: Final[dict[Kind, str]] = {"assistant": "assistant.complete", "agent": "agent.complete"}
CUT_OFF = "RAGFlow cut off the answer."
STOPPED = "stopped before the end"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask: an assistant or an agent, by its id. The name is for the audit trail."""

    kind: Kind
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is sent. ``extras`` are the keys of ``body`` that OpenAI's own API does not have."""

    url: str
    body: dict[str, Any]
    extras: dict[str, Any]

    @property
    def base_url(self) -> str:
        """What clients of OpenAI's API call their base URL."""
        return self.url.removesuffix(ENDING)


class Completions:
    """Completions. Nothing of them is stored in RAGFlow; each is reported as one write, like a question in a chat."""

    def __init__(self, transport: Transport, detection: Detection, writes: Writes) -> None:
        self._transport = transport
        self._detection = detection
        self._writes = writes

    @property
    def _dialect(self) -> CompletionsDialect:
        return completions.of(self._detection.release())

    def request(self, target: Target, wanted: Wanted) -> Request:
        """The request for a completion, without sending it. Raises NotFound for an id that can't be one."""
        dialect, id = self._dialect, guards.lookup_id(target.id, target.kind)
        messages = [{"role": role, "content": content} for role, content in wanted.messages]
        extras = dialect.extras(target.kind, id, wanted)
        body = {"model": wanted.model, "messages": messages, "stream": wanted.stream, **wanted.more, **extras}
        return Request(self._transport.base_url + dialect.path(target.kind, id), body, extras)

    def ask(self, target: Target, wanted: Wanted) -> tuple[Completion, bytes]:
        """The whole answer, and the body of the response. Waits until the model has finished.

        Raises Rejected if there is no question, or RAGFlow does not know the model.
        """
        request = self._checked(target, wanted)
        with self._writes.recording(ACTIONS[target.kind], target.kind, (target.id, target.name)) as write:
            body = self._transport.bare(self._path(request), {**request.body, "stream": False})
            found = reading.whole(body)
            if found.failure:
                write.failed_partly(found.failure)
        return found, body

    def stream(self, target: Target, wanted: Wanted) -> CompletionStream:
        """The answer as an open stream."""
        request = self._checked(target, wanted)
        write = self._writes.begin(ACTIONS[target.kind], target.kind, (target.id, target.name))
        try:
            opened = self._transport.open_stream(self._path(request), {**request.body, "stream": True})
        except BaseException as error:
            write.finish_with(error)
            raise
        return CompletionStream(opened, write, self._dialect.repeats_text)

    def _checked(self, target: Target, wanted: Wanted) -> Request:
        if not wanted.messages or wanted.messages[-1][0] != "user" or not wanted.messages[-1][1].strip():
            raise Rejected("The last message must be a question of the user.", method="POST")
        guards.safe_id(target.id, target.kind)
        return self.request(target, wanted)

    def _path(self, request: Request) -> str:
        return request.url.removeprefix(self._transport.base_url)


class CompletionStream:
    """The chunks of an answer; can be iterated once. Reported as a write when it ends, whatever the outcome.

    Use it as a context manager: leaving it early stops the answer. ``completion`` is the answer so far.
    """

    def __init__(self, stream: Stream, write: Write, repeats_text: bool) -> None:
        self._stream = stream
        self._write = write
        self._reader = reading.Reader(repeats_text)
        self._frames = FrameSplitter()

    def __iter__(self) -> Iterator[tuple[Chunk, ...]]:
        """The chunks as they arrive: one tuple per read. Raises StreamInterrupted if the stream has no regular end."""
        while not self._reader.done:
            try:
                chunks = self._next()
            except RAGFlowError as error:
                broken = isinstance(error, Unreachable) and not isinstance(error, TimedOut)
                blamed = self._stream.error(StreamInterrupted(CUT_OFF) if broken else error)
                self._write.finish_with(blamed)
                self._stream.close()
                raise blamed from None
            if chunks:
                yield chunks
            if self._stream.closed:
                break
        self.close()

    @property
    def completion(self) -> Completion:
        return self._reader.completion()

    def close(self) -> None:
        """Stop the answer. Does nothing after its end."""
        if self._reader.done and not self._stream.closed:
            self._stream.drain()
        self._stream.close()
        if failure := self.completion.failure:
            self._write.finish("failed", failure)
        elif self._reader.done:
            self._write.finish()
        else:
            self._write.finish("failed", STOPPED)

    def __enter__(self) -> CompletionStream:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _next(self) -> tuple[Chunk, ...]:
        piece = self._stream.read()
        if self._stream.closed:
            return ()
        frames = self._frames.feed(piece) if piece else self._frames.end()
        chunks = tuple(self._reader.read(frame) for frame in frames)
        if not piece and not self._reader.done:
            raise StreamInterrupted(CUT_OFF)
        return chunks
