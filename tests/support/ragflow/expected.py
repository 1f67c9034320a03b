"""What recorded answers are compared with, and what the calls that got them need."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture

Call = Callable[[RAGFlow], Any]


D, DOC, DOC2, CHUNK, CHAT, SESSION = (
    things.DATASET_ID,
    things.DOCUMENT_ID,
    things.OTHER_ID,
    things.CHUNK_ID,
    things.ASSISTANT_ID,
    things.SESSION_ID,
)


NOBODYS = things.NOBODYS_ID


WRONG_DATASET = "c2ae48cce5e611f1b41a02fc0000ffff"


class Empty:
    def read(self, size: int, /) -> bytes:
        return b"x" * size


def upload(name: str, dataset_id: str = D) -> Call:
    return lambda c: c.documents.upload(things.dataset(id=dataset_id), name, Empty(), 4)


def ids_of(number: str, key: str = "ids") -> list[str]:
    return list(capture(number).sent[key])


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def check_dataset(dataset: Dataset, row: dict[str, Any]) -> None:
    assert dataset.id == row["id"]
    assert dataset.name == row["name"]
    assert dataset.description == (row["description"] or "")
    assert dataset.avatar == (row["avatar"] or "")
    assert dataset.embedding_model == row["embedding_model"]
    assert dataset.permission == row["permission"]
    assert dataset.chunk_method == row["chunk_method"]
    assert dataset.document_count == row["document_count"]
    assert dataset.chunk_count == row["chunk_count"]
    assert dataset.token_count == row["token_num"]
    assert dataset.parser_config == row["parser_config"]
    assert dataset.pagerank == row["pagerank"]
    assert dataset.language == row["language"]
    assert dataset.created_at == moment(row["create_time"])
    assert dataset.updated_at == moment(row["update_time"])


def check_document(document: Document, row: dict[str, Any]) -> None:
    assert document.id == row["id"]
    assert document.dataset_id == row["dataset_id"]
    assert document.name == row["name"]
    assert document.type == row["type"]
    assert document.suffix == row["suffix"]
    assert document.size == row["size"]
    assert document.chunk_method == row["chunk_method"]
    assert document.parser_config == row["parser_config"]
    assert document.chunk_count == row["chunk_count"]
    assert document.token_count == row["token_count"]
    assert document.progress == row["progress"]
    assert document.progress_msg == row["progress_msg"]
    assert document.process_duration == row["process_duration"]
    assert document.run.value == row["run"]
    assert document.enabled == (row["status"] != "0")
    assert document.thumbnail == row["thumbnail"]
    assert document.created_by == row["created_by"]
    assert document.created_at == moment(row["create_time"])
    assert document.updated_at == moment(row["update_time"])
