"""Reads OpenAI-compatible answers, streamed or whole, without I/O (contract §17)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from dashboard.ragflow.chat import model_errors
from dashboard.ragflow.chat.sources import is_object, sources_in
from dashboard.ragflow.errors import InvalidResponse, TooLarge
from dashboard.ragflow.http import envelope
from dashboard.ragflow.http.json_repair import decode, fields, without_nul
from dashboard.ragflow.types import Source

# More than any model writes in one answer, including its reasoning.
LONGEST: Final = 8 * 1024 * 1024
DONE: Final = b"[DONE]"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a completion, as RAGFlow counts them."""

    prompt: int
    completion: int
    total: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A chunk that the answer is based on, with the metadata of its document, if that was asked for."""

    source: Source
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer. ``failure`` is the error of the model that RAGFlow sent as its text; "" if there is none."""

    text: str = ""
    reasoning: str = ""
    references: tuple[Reference, ...] = ()
    usage: Usage | None = None
    model: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One event of a stream: as it came, and what it adds to the answer."""

    raw: str
    text: str = ""
    reasoning: str = ""


class _Said(msgspec.Struct):
    """The ``delta`` of a chunk, or the ``message`` of a whole answer."""

    content: str | None = None
    reasoning_content: str | None = None
    final_content: str | None = None
    reference: msgspec.Raw = msgspec.Raw(b"null")


class _Choice(msgspec.Struct):
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None


class _Wire(msgspec.Struct):
    """Either a chunk or whole answer of OpenAI's API, or an error in RAGFlow's envelope."""

    choices: list[_Choice] | None = None
    model: str | None = None
    usage: _Usage | None = None
    code: int | None = None
    message: Any = None


class _Metadata(msgspec.Struct):
    document_metadata: dict[str, Any] | None = None


class _Keyed(msgspec.Struct):
    """The reference of an agent: its chunks by a number."""

    chunks: dict[str, msgspec.Raw] | None = None


_wire = msgspec.json.Decoder(_Wire)
_metadata = msgspec.json.Decoder(list[_Metadata])
_keyed = msgspec.json.Decoder(_Keyed)


class Reader:
    """Collects the chunks of a stream. ``repeats_text`` is as in the dialect."""

    def __init__(self, repeats_text: bool = False) -> None:
        self.done = False
        self._repeats_text = repeats_text
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._size = 0
        self._whole: str | None = None
        self._references: tuple[Reference, ...] = ()
        self._usage: Usage | None = None
        self._model = ""

    def read(self, frame: bytes) -> Chunk:
        """One event. Raises InvalidResponse if it is no chunk, or the error that RAGFlow sends in place of one."""
        raw = frame.decode("utf-8", "replace")
        if frame.strip() == DONE:
            self.done = True
            return Chunk(raw)
        wire = _decoded(frame)
        self._model = wire.model or self._model
        self._usage = _usage(wire.usage) or self._usage
        text = thought = ""
        for choice in (wire.choices or ())[:1]:
            said = choice.delta or _Said()
            text, thought = said.content or "", said.reasoning_content or ""
            self._take(text, thought)
            self._references = _references(said.reference) or self._references
            self._whole = said.final_content or self._whole
        return Chunk(raw, text, thought)

    def completion(self) -> Completion:
        """The answer so far."""
        texts = self._texts
        if self._repeats_text and len(texts) > 1 and "".join(texts[:-1]) == texts[-1]:
            texts = texts[:-1]
        whole = "".join(texts) if self._whole is None else self._whole
        return _completion(whole, "".join(self._thoughts), self._references, self._usage, self._model)

    def _take(self, text: str, thought: str) -> None:
        self._size += len(text) + len(thought)
        if self._size > LONGEST:
            raise TooLarge(f"The answer is longer than {LONGEST // 1024 // 1024} million characters.")
        if text:
            self._texts.append(text)
        if thought:
            self._thoughts.append(thought)


def whole(body: bytes) -> Completion:
    """The answer in a response that was not streamed. Raises InvalidResponse if it is none."""
    wire = _decoded(body)
    said = next((choice.message for choice in wire.choices or () if choice.message), None)
    if said is None:
        raise InvalidResponse("RAGFlow sent an answer without a message.", excerpt=envelope.excerpt(body))
    references = _references(said.reference)
    text, thought = said.content or "", said.reasoning_content or ""
    return _completion(text, thought, references, _usage(wire.usage), wire.model or "")


def _decoded(body: bytes) -> _Wire:
    try:
        wire = decode(without_nul(body), _wire)
    except msgspec.DecodeError:
        wire = _Wire()
    if wire.choices is None and wire.code:
        raise envelope.refusal(200, wire.code, wire.message.strip() if isinstance(wire.message, str) else "")
    if wire.choices is None:
        raise InvalidResponse("RAGFlow sent something else than a completion.", excerpt=envelope.excerpt(body))
    return wire


def _completion(
    text: str, reasoning: str, references: tuple[Reference, ...], usage: Usage | None, model: str
) -> Completion:
    said, error = model_errors.divide(text)
    failure = model_errors.reason(error) if error else ""
    return Completion(said if error else text, reasoning, references, usage, model, failure)


def _usage(wire: _Usage | None) -> Usage | None:
    if wire is None:
        return None
    sent, written = wire.prompt_tokens or 0, wire.completion_tokens or 0
    return Usage(sent, written, wire.total_tokens or sent + written)


def _references(raw: msgspec.Raw) -> tuple[Reference, ...]:
    """The chunks of a reference: a list, or for agents an object that has them by number."""
    if is_object(raw):
        try:
            chunks = list((decode(raw, _keyed).chunks or {}).values())
        except msgspec.DecodeError:
            return ()
        raw = msgspec.Raw(b"[" + b",".join(bytes(chunk) for chunk in chunks) + b"]")
    sources = sources_in(raw)
    try:
        told = [fields(one.document_metadata) for one in decode(raw, _metadata)] if sources else []
    except msgspec.DecodeError:
        told = []
    told += [{}] * (len(sources) - len(told))
    return tuple(Reference(source, metadata) for source, metadata in zip(sources, told, strict=True))
