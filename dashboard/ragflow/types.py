"""The types of the client: immutable values, decoded from responses in the module of each resource.

Times are aware and in UTC, taken from the millisecond fields, because the textual dates are in the server's own time
zone (contract §1.1).
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
    """One page of a list. ``total`` is None if RAGFlow does not report it (assistants, sessions)."""

    items: tuple[T, ...]
    total: int | None
    page: int
    page_size: int

    @property
    def has_next(self) -> bool:
        """Whether there is another page; without a total, whether there may be one."""
        if self.total is None:
            return len(self.items) >= self.page_size
        return self.page * self.page_size < self.total

    @property
    def pages(self) -> int | None:
        """The number of pages, at least 1; None if the total is unknown."""
        if self.total is None:
            return None
        return max(1, -(-self.total // self.page_size))

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class RunStatus(StrEnum):
    """The parsing state of a document (contract §10.3). RUNNING includes those that are scheduled (since 0.25)."""

    UNSTART = "UNSTART"
    RUNNING = "RUNNING"
    CANCEL = "CANCEL"
    DONE = "DONE"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Dataset:
    """``embedding_model`` is as stored: a name, or since 0.26 the tenant's id of the model. Lists then have its name as
    ``embedding_model_name``. ``states``: the number of documents by run status; None if they were not asked for, or
    can't be told.
    """

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
    embedding_model_name: str = ""
    states: Mapping[RunStatus, int] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """``progress`` is a fraction from 0 to 1, or -1 if parsing failed; ``process_duration`` is in seconds.

    ``begun`` identifies a run of parsing. It is a local time in an unknown time zone (contract §10.3), so do not
    compute with it. ``destroys_original``: it appears to be linked to a file in the file manager, which is lost if the
    document is deleted.
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
    """The name and metadata of a document; used for lists of thousands."""

    id: str
    name: str
    meta_fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """Names of documents by id. ``total`` is the length of the whole list, which may be larger."""

    of: Mapping[str, str]
    total: int


@dataclass(frozen=True, slots=True)
class UploadedDocument:
    """A file that was just stored. ``name`` may differ from the one sent, because duplicates are renamed."""

    id: str
    dataset_id: str
    name: str
    size: int
    chunk_method: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document. In a keyword search, ``content`` contains ``<em>`` marks (contract §12.2)."""

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
    """Chunks with the current state of their document (without its ``meta_fields``)."""

    document: Document


@dataclass(frozen=True, slots=True)
class Assistant:
    """``datasets`` are pairs of id and name; the name is "" in the result of a create.

    ``prompt["vector_similarity_weight"]`` is the weight that is actually used (contract §14.1). ``metadata_filter`` is
    RAGFlow's ``meta_data_filter``; empty in a list of 0.27, which does not have it.
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
    metadata_filter: Mapping[str, Any] = field(default_factory=dict)


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
    """``messages`` start with the assistant's opener; sources belong to the answer that used them."""

    id: str
    assistant_id: str
    name: str
    messages: tuple[Message, ...]
    created_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class DocumentCount:
    """The number of matching chunks of one document."""

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
class DeleteOutcome(Generic[T]):
    """The result of a delete. It is accurate even after a partial failure, because the items were looked up again."""

    deleted: tuple[T, ...]
    failed: tuple[T, ...] = ()
    message: str = ""


Outcome: TypeAlias = Literal["ok", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class WriteRecord:
    """One write, for the audit trail. ``unknown``: there was no response, so it may or may not have happened."""

    action: str
    target_type: str
    target_ids: tuple[str, ...]
    target_names: tuple[str, ...]
    detail: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome = "ok"
    error: str = ""
    elapsed_ms: int = 0
