"""A document as 0.27 answers it, which differs from route to route (ragflow-0.27 §6 "Lists", "Documents, parsing")."""

from __future__ import annotations

import json
from typing import Any

from ragflow_admin.standin import offered
from ragflow_admin.standin.face024.documents import documents as face024
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.store.models import Document
from ragflow_admin.standin.store.times import iso

IMAGES = "/api/v1/documents/images/"


def _of_027(d: Document) -> dict[str, Any]:
    """What each row of 0.27 has, and has otherwise than in 0.24: the parser_config names models in three parts."""
    return {
        "content_hash": d.content_hash,
        "parser_config": answers.raw_json(offered.shown(d.parser_config)),
    }


def upload_row(d: Document) -> dict[str, Any]:
    """A document as returned by an upload: without counts, progress and dates."""
    return face024.upload_row(d) | _of_027(d)


def row_of(d: Document) -> dict[str, Any]:
    """A document as returned by update, and as `doc` of a chunk list."""
    return face024.row_of(d) | _of_027(d)


def list_row(d: Document, nickname: str) -> dict[str, Any]:
    """A document as in the list: with metadata and the owner's `nickname`, its thumbnail as a path."""
    row = row_of(d) | {
        "parser_config": answers.raw_json(offered.shown(_with_schema(d.parser_config))),
        "meta_fields": answers.raw_json(d.meta_fields), "nickname": nickname, "pipeline_name": None,
        "thumbnail": thumbnail_path(d) if d.thumbnail else d.thumbnail,
    }  # fmt: skip
    del row["content_hash"]
    return row


def _with_schema(parser_config: str) -> str:
    """The parser_config with its list of metadata fields, if there are any, as a JSON schema."""
    if '"metadata"' not in parser_config:
        return parser_config
    config = json.loads(parser_config)
    known = config.get("metadata") or []
    if not isinstance(known, list) or not all(isinstance(field, dict) and field.get("key") for field in known):
        return parser_config
    properties = {}
    for field in known:
        limits = {"enum": field["enum"], "type": "string"} if field.get("enum") else {}
        properties[field["key"]] = {"description": field.get("description") or "", **limits}
    schema = {"additionalProperties": False, "properties": properties, "type": "object"}
    return json.dumps({**config, "metadata": schema} if known else config)


def raw_upload_row(d: Document) -> dict[str, Any]:
    """An uploaded document with the raw column names (`return_raw_files`)."""
    return {
        **_of_027(d), "created_by": d.created_by, "id": d.id, "kb_id": d.kb_id, "location": d.location,
        "name": d.name, "parser_id": d.parser_id, "pipeline_id": d.pipeline_id, "size": d.size,
        "source_type": d.source_type, "suffix": d.suffix, "thumbnail": d.thumbnail, "type": d.type,
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
