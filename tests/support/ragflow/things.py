"""Datasets, documents and the like as a list or get would have returned them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dashboard.ragflow.chat.messages import Message
from dashboard.ragflow.types import Assistant, Chunk, Dataset, Document, RunStatus, Session

DATASET_ID = "7528ace4e5e811f18dfc02fc00000001"
DOCUMENT_ID = "7f607a84e5e811f18dfc02fc00000001"
OTHER_ID = "7f632e5ae5e811f18dfc02fc00000001"
CHUNK_ID = "51eb7149eafe0c5e"
ASSISTANT_ID = "b67e0fe0e5e811f18dfc02fc00000001"
SESSION_ID = "b6d56e0ce5e811f18dfc02fc00000001"
MESSAGE_ID = "177b27c4f11a417d9c054dae578577e2"
NOBODYS_ID = "0" * 32


def dataset(**changes: Any) -> Dataset:
    made = Dataset(
        id=DATASET_ID,
        name="Handbook",
        avatar="",
        description="",
        embedding_model="BAAI/bge-small-en-v1.5@Builtin",
        permission="me",
        chunk_method="naive",
        document_count=0,
        chunk_count=0,
        token_count=0,
        parser_config={"chunk_token_num": 512, "raptor": {"use_raptor": False, "max_token": 256}},
        pagerank=0,
        pipeline_id="",
        language="English",
        created_at=None,
        updated_at=None,
    )
    return replace(made, **changes)


def document(**changes: Any) -> Document:
    made = Document(
        id=DOCUMENT_ID,
        dataset_id=DATASET_ID,
        name="alpha.txt",
        type="doc",
        suffix="txt",
        size=10,
        chunk_method="naive",
        parser_config={},
        chunk_count=0,
        token_count=0,
        progress=0.0,
        progress_msg="",
        process_duration=0.0,
        run=RunStatus.UNSTART,
        enabled=True,
        thumbnail="",
        meta_fields={},
        source_type="local",
        pipeline_id="",
        created_by="",
        created_at=None,
        updated_at=None,
    )
    return replace(made, **changes)


def document_row(**changes: Any) -> dict[str, Any]:
    """A document as the server sends it."""
    return {
        "id": DOCUMENT_ID,
        "dataset_id": DATASET_ID,
        "name": "alpha.txt",
        "chunk_method": "naive",
        "run": "DONE",
        "status": "1",
        "progress": 1.0,
        "parser_config": {"chunk_token_num": 512, "raptor": {"use_raptor": False}, "llm_id": "x@y"},
        **changes,
    }


def chunk(**changes: Any) -> Chunk:
    made = Chunk(
        id=CHUNK_ID,
        document_id=DOCUMENT_ID,
        dataset_id=DATASET_ID,
        content="Zebras have stripes.",
        document_name="alpha.txt",
        important_keywords=("zebra",),
        questions=("What do zebras have?",),
        available=True,
        positions=(),
        image_id="",
    )
    return replace(made, **changes)


def chunk_list(*chunks: Chunk) -> dict[str, Any]:
    """The answer of a chunk list."""
    rows = [
        {
            "id": one.id,
            "document_id": one.document_id,
            "dataset_id": one.dataset_id,
            "content": one.content,
            "docnm_kwd": one.document_name,
            "important_keywords": list(one.important_keywords),
            "questions": list(one.questions),
            "available": one.available,
            "positions": [],
            "image_id": "",
        }
        for one in chunks
    ]
    return {"code": 0, "data": {"chunks": rows, "doc": document_row(), "total": len(rows)}}


def assistant(**changes: Any) -> Assistant:
    made = Assistant(
        id=ASSISTANT_ID,
        name="Helper",
        description="",
        avatar="",
        dataset_ids=(DATASET_ID,),
        datasets=((DATASET_ID, "Handbook"),),
        llm={},
        prompt={},
        created_at=None,
        updated_at=None,
    )
    return replace(made, **changes)


def assistant_row(**changes: Any) -> dict[str, Any]:
    """An assistant as the list sends it."""
    return {
        "id": ASSISTANT_ID,
        "name": "Helper",
        "description": "",
        "avatar": "",
        "datasets": [{"id": DATASET_ID, "name": "Handbook"}, {"id": OTHER_ID, "name": "Minutes"}],
        "llm": {"model_name": "m@p", "temperature": 0.1},
        "prompt": {"keywords_similarity_weight": 0.7, "top_n": 6, "opener": "Hi!"},
        **changes,
    }


def session(**changes: Any) -> Session:
    made = Session(
        id=SESSION_ID,
        assistant_id=ASSISTANT_ID,
        name="First",
        messages=(Message("assistant", "Hi!", ()),),
        created_at=None,
        updated_at=None,
    )
    return replace(made, **changes)
