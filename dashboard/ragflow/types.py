"""What RAGFlow's things look like to the rest of the program.

Frozen values, decoded from the server's answers in the module of each noun. Times are aware and in UTC, taken from the
millisecond fields: the textual dates are in the server's own zone (contract §1.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from dashboard.ragflow.chat.messages import Message

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. ``total`` is None where RAGFlow does not count (assistants, sessions)."""

    items: tuple[T, ...]
    total: int | None
    page: int
    page_size: int

    @property
    def has_next(self) -> bool:
        """Whether there is, or without a total may be, another page."""
        if self.total is None:
            return len(self.items) >= self.page_size
        return self.page * self.page_size < self.total

    @property
    def pages(self) -> int | None:
        """Number of pages, at least 1; None when the total is unknown."""
        if self.total is None:
            return None
        return max(1, -(-self.total // self.page_size))

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Dataset:
    id: str
    name: str
    avatar: str
    description: str
    embedding_model: str
    permission: str
    chunk_method: str
    document_count: int
    chunk_count: int
    token_count: int
    parser_config: Mapping[str, Any]
    pagerank: int
    pipeline_id: str
    language: str
    created_at: datetime | None
    updated_at: datetime | None


class RunStatus(StrEnum):
    """Where a document is on its way through the parser (contract §10.3)."""

    UNSTART = "UNSTART"
    RUNNING = "RUNNING"
    CANCEL = "CANCEL"
    DONE = "DONE"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Document:
    """``progress`` is a fraction from 0 to 1, or -1 when parsing failed; ``process_duration`` is in seconds.

    ``begun`` tells one run of parsing from the next. It is a local time of nobody knows which place (contract §10.3):
    there is nothing to compute from it. ``destroys_original`` says that it seems to be made of a file in the file
    manager, which loses its content when the document is deleted.
    """

    id: str
    dataset_id: str
    name: str
    type: str
    suffix: str
    size: int
    chunk_method: str
    parser_config: Mapping[str, Any]
    chunk_count: int
    token_count: int
    progress: float
    progress_msg: str
    process_duration: float
    run: RunStatus
    enabled: bool
    thumbnail: str
    meta_fields: Mapping[str, Any]
    source_type: str
    pipeline_id: str
    created_by: str
    created_at: datetime | None
    updated_at: datetime | None
    begun: str = ""
    destroys_original: bool = False


@dataclass(frozen=True, slots=True)
class DocumentMetadata:
    """What a document is called, and its metadata: all that is read of it where there are thousands."""

    id: str
    name: str
    meta_fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """What documents are called, by id. ``total`` is how many the list has in all, which may be more."""

    of: Mapping[str, str]
    total: int


@dataclass(frozen=True, slots=True)
class UploadedDocument:
    """What RAGFlow says of a file it has just stored. ``name`` may differ from the one sent: duplicates are renamed."""

    id: str
    dataset_id: str
    name: str
    size: int
    chunk_method: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document. In a keyword search ``content`` carries ``<em>`` marks (contract §12.2)."""

    id: str
    document_id: str
    dataset_id: str
    content: str
    document_name: str
    important_keywords: tuple[str, ...]
    questions: tuple[str, ...]
    available: bool
    positions: tuple[tuple[float, ...], ...]
    image_id: str


@dataclass(frozen=True, slots=True)
class ChunkPage(Page[Chunk]):
    """Chunks, with the document they belong to as it is now (its ``meta_fields`` are not in this answer)."""

    document: Document


@dataclass(frozen=True, slots=True)
class Assistant:
    """``datasets`` are pairs of id and name; the name is "" right after a create, which does not tell it.

    ``prompt["vector_similarity_weight"]`` is the weight that is really used (contract §14.1).
    """

    id: str
    name: str
    description: str
    avatar: str
    dataset_ids: tuple[str, ...]
    datasets: tuple[tuple[str, str], ...]
    llm: Mapping[str, Any]
    prompt: Mapping[str, Any]
    created_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Source:
    """A chunk that an answer or a retrieval found. The three similarities are None in a session's history."""

    id: str
    content: str
    document_id: str
    document_name: str
    dataset_id: str
    image_id: str
    positions: tuple[tuple[float, ...], ...]
    similarity: float | None = None
    vector_similarity: float | None = None
    term_similarity: float | None = None
    highlight: str | None = None
    important_keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """``messages`` start with the assistant's opener; sources hang on the answer that used them."""

    id: str
    assistant_id: str
    name: str
    messages: tuple[Message, ...]
    created_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class DocumentCount:
    """How many of the matching chunks belong to one document."""

    document_id: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Retrieval:
    """``total`` counts the matches in the current ranking window only, not in the datasets (contract §13)."""

    total: int
    hits: tuple[Source, ...]
    document_counts: tuple[DocumentCount, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """``parts`` maps db, redis, doc_engine and storage to "ok" or "nok"."""

    ok: bool
    parts: Mapping[str, str]
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    provider: str
    type: str
    available: bool

    @property
    def id(self) -> str:
        """The name by which datasets and assistants refer to it."""
        return f"{self.name}@{self.provider}"


@dataclass(frozen=True, slots=True)
class Defaults:
    """The tenant's default models, as ``name@provider``; "" where none is set."""

    tenant_id: str
    name: str
    chat_model: str
    embedding_model: str
    rerank_model: str
    image_model: str
    speech_model: str
    tts_model: str


@dataclass(frozen=True, slots=True)
class DeleteOutcome(Generic[T]):
    """What a delete really did. After a partial failure RAGFlow was asked again, so both lists are facts."""

    deleted: tuple[T, ...]
    failed: tuple[T, ...] = ()
    message: str = ""


Outcome: TypeAlias = Literal["ok", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class WriteRecord:
    """One write, for the audit. ``unknown`` means that no answer came, so it may or may not have happened."""

    action: str
    target_type: str
    target_ids: tuple[str, ...]
    target_names: tuple[str, ...]
    detail: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome = "ok"
    error: str = ""
    elapsed_ms: int = 0
