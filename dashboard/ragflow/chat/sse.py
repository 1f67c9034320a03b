"""A chat answer as it streams: bytes in, typed events out, no input or output of its own (contract §16.2).

``FrameSplitter`` cuts the bytes into frames wherever the network cut them; ``AnswerReader`` says what a frame means.
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

# The last frame of an answer holds all of its sources, some hundred kilobytes.
LARGEST_FRAME: Final = 16 * 1024 * 1024
# No model writes as much in one answer, with all its thinking.
LONGEST_ANSWER: Final = 8 * 1024 * 1024
# Of an error that comes in pieces; each piece tells it anew.
LONGEST_FAILURE: Final = 10_000


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
        self._data: list[bytes] = []
        # How many bytes both hold.
        self._rest_size = self._data_size = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of every frame that is complete with this piece. Raises TooLarge for one of more than 16 MB."""
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
                self._data_size = 0
        elif line.startswith(b"data:"):
            self._data_size += len(line)
            self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
        # Comments and the fields event, id and retry carry nothing for us.


class _Piece(msgspec.Struct):
    answer: str | None = None
    reference: msgspec.Raw = msgspec.Raw(b"null")
    # Answers in one piece (tables, openers) have no such key and are final.
    final: bool | None = True
    start_to_think: bool | None = False
    end_to_think: bool | None = False


class _Frame(msgspec.Struct):
    code: int | None = 0
    message: Any = None
    data: _Piece | bool | None = None


_frame = msgspec.json.Decoder(_Frame)


class AnswerReader:
    """Turns frames into events and remembers the answer as it stands."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._held = ""
        self._all = 0  # with the thinking
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
        """The events of one frame. InvalidResponse when it is not a frame of RAGFlow's."""
        if data == b"[DONE]":
            return self._end()
        try:
            frame = decode(without_nul(data), _frame)
        except msgspec.DecodeError:
            raise InvalidResponse("RAGFlow sent a frame that cannot be read.", excerpt=_excerpt(data)) from None
        piece = frame.data
        if piece is True:
            return self._end()
        if frame.code or not isinstance(piece, _Piece):
            answer = piece.answer if isinstance(piece, _Piece) else ""
            said = frame.message if isinstance(frame.message, str) else ""
            return self._fail(answer or said or "RAGFlow reported an error without saying which.")
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
            # The rest of an error that came in pieces.
            if len(self.failure) < LONGEST_FAILURE:
                events += self._fail((self.failure + text)[:LONGEST_FAILURE])
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

    def _references(self, reference: msgspec.Raw, events: list[Event]) -> None:
        """Sources that cannot be read cost only the sources: the text has arrived."""
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
            # The last line may be an error that could not be told from text before it was the last.
            self._final(self.text, events)
        return [*events, Done()]


def _excerpt(data: bytes) -> str:
    return data[:200].decode("utf-8", "replace")
