"""How 0.27 shows an assistant and a session. Both may have been made on the 0.24 face."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ragflow_admin.standin import offered
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.store.models import Chat, Dataset, Session, Tenant
from ragflow_admin.standin.store.times import iso


def dataset_names(chats: Iterable[Chat]) -> dict[str, str]:
    """Id and name of every dataset of the assistants that still exists."""
    ids = {item for chat in chats for item in json.loads(chat.kb_ids)}
    return dict(Dataset.objects.filter(id__in=ids).values_list("id", "name")) if ids else {}


def _common(chat: Chat, names: dict[str, str]) -> dict[str, Any]:
    linked = [item for item in json.loads(chat.kb_ids) if item in names]
    return {
        "create_time": chat.create_time, "dataset_ids": linked, "description": chat.description,
        "do_refer": chat.do_refer, "icon": chat.icon, "id": chat.id, "kb_names": [names[item] for item in linked],
        "language": chat.language, "llm_id": offered.shown(chat.llm_id),
        "llm_setting": answers.raw_json(chat.llm_setting), "name": chat.name,
        "prompt_config": answers.raw_json(chat.prompt_config), "prompt_type": chat.prompt_type,
        "rerank_id": offered.shown(chat.rerank_id), "similarity_threshold": chat.similarity_threshold,
        "status": chat.status, "tenant_id": chat.tenant_id, "top_k": chat.top_k, "top_n": chat.top_n,
        "update_time": chat.update_time, "vector_similarity_weight": chat.vector_similarity_weight,
    }  # fmt: skip


def chat_row(chat: Chat) -> dict[str, Any]:
    """An assistant as answered by GET of one, create and update: flat, without 0.24's `llm`, `prompt` and `avatar`."""
    return {
        **_common(chat, dataset_names([chat])),
        "create_date": iso(chat.create_time), "meta_data_filter": answers.raw_json(chat.meta_data_filter),
        "tenant_llm_id": _model_id(chat.llm_id, chat.tenant_id),
        "tenant_rerank_id": _model_id(chat.rerank_id, chat.tenant_id), "update_date": iso(chat.update_time),
    }  # fmt: skip


def listed_chat(chat: Chat, names: dict[str, str], tenant: Tenant) -> dict[str, Any]:
    """An assistant as a row of the list, which has fewer keys, and its owner's name."""
    return {**_common(chat, names), "nickname": tenant.nickname, "tenant_avatar": None}


def _model_id(name: str, tenant_id: str) -> str | None:
    model = offered.resolve(name, tenant_id) if name else None
    return model.id_for(tenant_id) if model else None


def session_row(session: Session, tenant_id: str) -> dict[str, Any]:
    """A session with its messages; the i-th reference belongs to the i-th question, not to a message."""
    return {
        "chat_id": session.dialog_id, "create_date": iso(session.create_time), "create_time": session.create_time,
        "id": session.id, "messages": answers.raw_json(session.message), "name": session.name,
        "reference": [_reference(stored) for stored in json.loads(session.reference)],
        "update_date": iso(session.update_time), "update_time": session.update_time,
        "user_id": session.user_id or tenant_id,
    }  # fmt: skip


def _reference(stored: dict[str, Any] | None) -> dict[str, Any]:
    """A stored reference. Without any chunk it may be empty, but it is shown with an empty list."""
    kept = stored or {}
    return {**kept, "chunks": [chunk_row(chunk) for chunk in kept.get("chunks") or []]}


def chunk_row(chunk: dict[str, Any]) -> dict[str, Any]:
    """A chunk of a reference, with the two keys that 0.24 doesn't have."""
    return {"row_id": None, "document_metadata": None, **chunk}
