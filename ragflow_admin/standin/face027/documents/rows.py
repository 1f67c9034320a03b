"""A document as 0.27 answers it, which differs from route to route (ragflow-0.27 §6 "Lists", "Documents, parsing")."""

from __future__ import annotations

from typing import Any

from ragflow_admin.standin.face024.documents import documents as face024
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.store.models import Document
from ragflow_admin.standin.store.times import iso

IMAGES = "/api/v1/documents/images/"


def upload_row(d: Document) -> dict[str, Any]:
    """A document as returned by an upload: without counts, progress and dates."""
    return face024.upload_row(d) | {"content_hash": d.content_hash}


def row_of(d: Document) -> dict[str, Any]:
    """A document as returned by update, and as `doc` of a chunk list."""
    return face024.row_of(d) | {"content_hash": d.content_hash}


def list_row(d: Document, nickname: str) -> dict[str, Any]:
    """A document as in the list: with metadata and the owner's `nickname`, its thumbnail as a path."""
    return face024.row_of(d) | {
        "meta_fields": answers.raw_json(d.meta_fields), "nickname": nickname, "pipeline_name": None,
        "thumbnail": thumbnail_path(d) if d.thumbnail else d.thumbnail,
    }  # fmt: skip


def raw_upload_row(d: Document) -> dict[str, Any]:
    """An uploaded document with the raw column names (`return_raw_files`)."""
    return {
        "content_hash": d.content_hash, "created_by": d.created_by, "id": d.id, "kb_id": d.kb_id,
        "location": d.location, "name": d.name, "parser_config": answers.raw_json(d.parser_config),
        "parser_id": d.parser_id, "pipeline_id": d.pipeline_id, "size": d.size, "source_type": d.source_type,
        "suffix": d.suffix, "thumbnail": d.thumbnail, "type": d.type,
    }  # fmt: skip


def raw_row(d: Document) -> dict[str, Any]:
    """A document with the raw column names and the number of its state, as after a change of its metadata config."""
    return raw_upload_row(d) | {
        "chunk_num": d.chunk_num, "create_date": iso(d.create_time), "create_time": d.create_time,
        "process_begin_at": iso(d.process_begin_at), "process_duration": d.process_duration,
        "progress": d.progress, "progress_msg": d.progress_msg, "run": d.run, "status": d.status,
        "token_num": d.token_num, "update_date": iso(d.update_time), "update_time": d.update_time,
    }  # fmt: skip


def thumbnail_path(d: Document) -> str:
    """Where the thumbnail is served; "" if there is none."""
    return f"{IMAGES}{d.kb_id}-{d.thumbnail}" if d.thumbnail else ""
