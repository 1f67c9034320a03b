"""A chat answer as it streams: bytes in, typed events out, no input or output of its own (contract §16.2).

``FrameSplitter`` cuts the bytes into frames wherever the network cut them; ``AnswerReader`` says what a frame means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from . import model_errors
from .errors import Garbled
from .messages import split_thinking
from .readable import readable, without_nul
from .sources import WireSource, source
from .types import Source

MAX_FRAME: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Delta:
    """More text: of the answer, or of the thinking between ThinkStart and ThinkEnd."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkStart:
    """The model begins to think; what follows is not yet the answer."""


@dataclass(frozen=True, slots=True)
class ThinkEnd:
    """The thinking is over."""


@dataclass(frozen=True, slots=True)
class Replace:
    """The whole answer, in place of everything shown so far."""

    text: str


@dataclass(frozen=True, slots=True)
class References:
    """The chunks the answer draws on; ``[ID:n]`` in the text is an index into ``sources``."""

    sources: tuple[Source, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The model or RAGFlow failed; what it had said before stays, but there will be no more."""

    message: str


@dataclass(frozen=True, slots=True)
class Done:
    """The regular end: RAGFlow stores the turn now."""


Event = Delta | ThinkStart | ThinkEnd | Replace | References | Failed | Done


class FrameSplitter:
    """Cuts a byte stream into the data of its server-sent events."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._size = 0
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of every frame that is complete with this piece."""
        if b"\n" not in piece:
            self._rest.append(piece)
            self._size += len(piece)
            if self._size > MAX_FRAME:
                raise Garbled("RAGFlow sent a frame without end.")
            return []
        if self._rest:
            self._rest.append(piece)
            piece = b"".join(self._rest)
            self._rest.clear()
            self._size = 0
        lines = piece.split(b"\n")
        last = lines.pop()
        if last:
            self._rest.append(last)
            self._size = len(last)
        frames: list[bytes] = []
        for line in lines:
            self._line(line, frames)
        return frames

    def end(self) -> list[bytes]:
        """What is left when the stream ends without a blank line."""
        frames: list[bytes] = []
        if self._rest:
            self._line(b"".join(self._rest), frames)
            self._rest.clear()
        self._line(b"", frames)
        return frames

    def _line(self, line: bytes, frames: list[bytes]) -> None:
        if line.endswith(b"\r"):
            line = line[:-1]
        if not line:
            if self._data:
                frames.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                self._data = []
        elif line.startswith(b"data:"):
            self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
        # Comments and the fields event, id and retry carry nothing for us.


class _Reference(msgspec.Struct):
    total: int | None = None
    chunks: list[WireSource] = msgspec.field(default_factory=list)


class _Piece(msgspec.Struct):
    answer: str | None = None
    reference: msgspec.Raw = msgspec.Raw(b"null")
    # Answers in one piece (tables, openers) have no such key and are final.
    final: bool = True
    start_to_think: bool = False
    end_to_think: bool = False


class _Frame(msgspec.Struct):
    code: int = 0
    message: str | None = None
    data: _Piece | bool | None = None


_decode_frame = msgspec.json.Decoder(_Frame).decode
_decode_reference = msgspec.json.Decoder(_Reference).decode


class AnswerReader:
    """Turns frames into events and remembers the answer as it stands."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._held = ""
        self._thinking = False
        self.failure = ""
        self.sources: tuple[Source, ...] = ()
        self.done = False

    @property
    def text(self) -> str:
        """The answer so far, without the thinking."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def read(self, data: bytes) -> list[Event]:
        """The events of one frame. Garbled when it is not a frame of RAGFlow's."""
        if data == b"[DONE]":
            return self._end()
        try:
            frame = _frame_of(data)
        except msgspec.DecodeError:
            raise Garbled("RAGFlow sent a frame that cannot be read.", excerpt=_excerpt(data)) from None
        piece = frame.data
        if piece is True:
            return self._end()
        if frame.code != 0 or not isinstance(piece, _Piece):
            answer = piece.answer if isinstance(piece, _Piece) else ""
            return self._fail(answer or frame.message or "RAGFlow reported an error without saying which.")
        events: list[Event] = []
        if piece.start_to_think:
            self._say(self._held, events)
            self._held = ""
            self._thinking = True
            events.append(ThinkStart())
        if piece.answer:
            self._text(piece.answer, piece.final, events)
        if piece.end_to_think:
            self._thinking = False
            events.append(ThinkEnd())
        if len(piece.reference) > len(b'{"chunks": []}'):
            self._references(bytes(piece.reference), events)
        return events

    def _text(self, text: str, final: bool, events: list[Event]) -> None:
        if self.failure:
            # The rest of an error that came in pieces.
            events += self._fail(self.failure + text)
        elif self._thinking and not final:
            events.append(Delta(text))
        elif final:
            self._final(split_thinking(text)[1], events)
        else:
            self._more(text, events)

    def _more(self, text: str, events: list[Event]) -> None:
        """More of the answer, up to an error; what may be the beginning of one waits until it is clear."""
        text = self._held + text
        said, error = model_errors.divide_early(text)
        if error == text and self._parts and not model_errors.is_coded(error):
            # Emphasis at the beginning of a piece, not of the answer.
            said, error = text, ""
        waits = 0 if error else model_errors.begins(said)
        self._held = said[len(said) - waits :]
        self._say(said[: len(said) - waits], events)
        if error:
            events += self._fail(error)

    def _say(self, text: str, events: list[Event]) -> None:
        if text:
            self._parts.append(text)
            events.append(Delta(text))

    def _final(self, text: str, events: list[Event]) -> None:
        self._held = ""
        said, error = model_errors.divide(text)
        if said != self.text:
            self._parts = [said] if said else []
            events.append(Replace(said))
        if error:
            events += self._fail(error)

    def _references(self, raw: bytes, events: list[Event]) -> None:
        if not raw.startswith(b"{"):
            return
        try:
            reference = _decode_reference(raw)
        except msgspec.DecodeError:
            raise Garbled("RAGFlow sent sources that cannot be read.", excerpt=_excerpt(raw)) from None
        if reference.chunks:
            self.sources = tuple(source(chunk) for chunk in reference.chunks)
            events.append(References(self.sources, reference.total or len(self.sources)))

    def _fail(self, text: str) -> list[Event]:
        self.failure = text
        self._held = ""
        return [Failed(model_errors.reason(text))]

    def _end(self) -> list[Event]:
        if self.done:
            return []
        self.done = True
        events: list[Event] = []
        self._say(self._held, events)
        if not self.failure:
            # The last line may be an error that could not be told from text before it was the last.
            self._final(self.text, events)
        return [*events, Done()]


def _frame_of(data: bytes) -> _Frame:
    try:
        return _decode_frame(without_nul(data))
    except msgspec.DecodeError:
        return _decode_frame(readable(data))


def _excerpt(data: bytes) -> str:
    return data[:200].decode("utf-8", "replace")
