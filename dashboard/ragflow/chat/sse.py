"""Parses the stream of a chat answer: bytes in, typed events out, no I/O (contract §16.2).

``FrameSplitter`` splits the bytes into frames; ``AnswerReader`` turns frames into events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from dashboard.ragflow.chat import model_errors
from dashboard.ragflow.chat.messages import split_thinking
from dashboard.ragflow.chat.sources import is_object, referenced
from dashboard.ragflow.errors import InvalidResponse, TooLarge
from dashboard.ragflow.http.json_repair import decode, without_nul
from dashboard.ragflow.types import Source

# The last frame of an answer contains all of its sources, some hundred kilobytes.
LARGEST_FRAME: Final = 16 * 1024 * 1024
# More than any model writes in one answer, including its reasoning.
LONGEST_ANSWER: Final = 8 * 1024 * 1024
# Characters of an error that arrives in pieces, each of which updates it.
LONGEST_FAILURE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Delta:
    """More text: of the answer, or of the reasoning between ThinkStart and ThinkEnd."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkStart:
    """The reasoning begins; what follows is not the answer yet."""


@dataclass(frozen=True, slots=True)
class ThinkEnd:
    """The reasoning is over."""


@dataclass(frozen=True, slots=True)
class Replace:
    """The whole answer, replacing everything shown so far."""

    text: str


@dataclass(frozen=True, slots=True)
class References:
    """The chunks the answer is based on; ``[ID:n]`` in the text is an index into ``sources``."""

    sources: tuple[Source, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The model or RAGFlow failed. The text so far stays, but no more will come."""

    message: str


@dataclass(frozen=True, slots=True)
class Done:
    """The regular end: RAGFlow stores the turn now."""


Event = Delta | ThinkStart | ThinkEnd | Replace | References | Failed | Done


class FrameSplitter:
    """Splits a byte stream into the data of its server-sent events."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._data: list[bytes] = []
        # Bytes in both lists.
        self._rest_size = self._data_size = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of every frame completed by this piece. Raises TooLarge for a frame of more than 16 MB."""
        if b"\n" not in piece:
            self._rest.append(piece)
            self._rest_size += len(piece)
            self._check()
            return []
        if self._rest:
            self._rest.append(piece)
            piece = b"".join(self._rest)
            self._rest.clear()
        lines = piece.split(b"\n")
        last = lines.pop()
        if last:
            self._rest.append(last)
        frames: list[bytes] = []
        for line in lines:
            self._line(line, frames)
        self._rest_size = len(last)
        self._check()
        return frames

    def _check(self) -> None:
        if self._rest_size + self._data_size > LARGEST_FRAME:
            raise TooLarge(f"RAGFlow sent an event larger than {LARGEST_FRAME // 1024 // 1024} MB.")

    def end(self) -> list[bytes]:
        """The rest, if the stream ends without a blank line."""
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
                self._data_size = 0
        elif line.startswith(b"data:"):
            self._data_size += len(line)
            self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
        # Comments and the fields event, id and retry are ignored.


class _Piece(msgspec.Struct):
    answer: str | None = None
    reference: msgspec.Raw = msgspec.Raw(b"null")
    # Answers in one piece (tables, opening messages) lack this key and are final.
    final: bool | None = True
    start_to_think: bool | None = False
    end_to_think: bool | None = False


class _Frame(msgspec.Struct):
    code: int | None = 0
    message: Any = None
    data: _Piece | bool | None = None


_frame = msgspec.json.Decoder(_Frame)


class AnswerReader:
    """Turns frames into events, and collects the answer."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._held = ""
        self._all = 0  # characters, including the reasoning
        self._thinking = False
        self.failure = ""
        self.sources: tuple[Source, ...] = ()
        self.done = False

    @property
    def text(self) -> str:
        """The answer so far, without the reasoning."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def read(self, data: bytes) -> list[Event]:
        """The events of one frame. Raises InvalidResponse if it is not a frame of RAGFlow."""
        if data == b"[DONE]":
            return self._end()
        try:
            frame = decode(without_nul(data), _frame)
        except msgspec.DecodeError:
            raise InvalidResponse("RAGFlow sent an unreadable event.", excerpt=_excerpt(data)) from None
        piece = frame.data
        if piece is True:
            return self._end()
        if frame.code or not isinstance(piece, _Piece):
            answer = piece.answer if isinstance(piece, _Piece) else ""
            said = frame.message if isinstance(frame.message, str) else ""
            return self._fail(answer or said or "RAGFlow reported an error without details.")
        events: list[Event] = []
        if piece.start_to_think:
            self._say(self._held, events)
            self._held = ""
            self._thinking = True
            events.append(ThinkStart())
        if piece.answer:
            self._all += len(piece.answer)
            if self._all > LONGEST_ANSWER:
                raise TooLarge(f"The answer is longer than {LONGEST_ANSWER // 1024 // 1024} million characters.")
            self._text(piece.answer, bool(piece.final), events)
        if piece.end_to_think:
            self._thinking = False
            events.append(ThinkEnd())
        if len(piece.reference) > len(b'{"chunks": []}'):
            self._references(piece.reference, events)
        return events

    def _text(self, text: str, final: bool, events: list[Event]) -> None:
        if self.failure:
            # The rest of an error that arrived in pieces.
            if len(self.failure) < LONGEST_FAILURE:
                events += self._fail((self.failure + text)[:LONGEST_FAILURE])
        elif self._thinking and not final:
            events.append(Delta(text))
        elif final:
            self._final(split_thinking(text)[1], events)
        else:
            self._more(text, events)

    def _more(self, text: str, events: list[Event]) -> None:
        """Add text to the answer, up to an error. A possible start of one is held back."""
        text = self._held + text
        said, error = model_errors.divide_early(text)
        if error == text and self._parts and not model_errors.is_coded(error):
            # Bold text at the start of a piece, not of the answer.
            said, error = text, ""
        held = 0 if error else model_errors.begins(said)
        self._held = said[len(said) - held :]
        self._say(said[: len(said) - held], events)
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

    def _references(self, reference: msgspec.Raw, events: list[Event]) -> None:
        """Read the sources. Unreadable ones are skipped, because the text has arrived."""
        if not is_object(reference):
            return
        sources, total = referenced(reference)
        if sources:
            self.sources = sources
            events.append(References(sources, total))

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
            # The last line may be an error, which could not be recognised before it was the last.
            self._final(self.text, events)
        return [*events, Done()]


def _excerpt(data: bytes) -> str:
    return data[:200].decode("utf-8", "replace")
