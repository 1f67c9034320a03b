"""Sessions of an assistant (contract §15)."""

from __future__ import annotations

import datetime
import json
from typing import Any

from django.http import HttpResponse

from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body, ordering, page_of, unique
from ragflow_admin.standin.store.models import Chat, Session, now_ms
from ragflow_admin.standin.store.times import iso

COLUMNS = frozenset({
    "id", "dialog_id", "name", "user_id", "message", "reference", "create_time", "create_date", "update_time",
    "update_date",
})  # fmt: skip
KEPT = ("id", "content", "document_id", "document_name", "dataset_id", "image_id", "positions")


def row_of(session: Session, messages: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "chat_id": session.dialog_id, "create_date": iso(session.create_time), "create_time": session.create_time,
        "id": session.id, "messages": messages, "name": session.name, "update_date": iso(session.update_time),
        "update_time": session.update_time, "user_id": session.user_id,
    }  # fmt: skip


def with_references(session: Session) -> list[dict[str, Any]]:
    """The messages with their chunks, off by one as in 0.24: answer j's chunks are attached to message j - 1."""
    messages: list[dict[str, Any]] = json.loads(session.message)
    references: list[dict[str, Any]] = json.loads(session.reference)
    at = 0
    for message in messages:
        if message["role"] == "assistant" and at < len(references):
            chunks = references[at].get("chunks", []) if references[at] else []
            message["reference"] = [{key: chunk.get(key) for key in KEPT} for chunk in chunks]
            at += 1
    return messages


def opened(chat: Chat, name: str, user_id: str = "") -> Session:
    """A new session; its first message is the assistant's opener."""
    opener = json.loads(chat.prompt_config).get("prologue", "")
    message = json.dumps([{"role": "assistant", "content": opener}], ensure_ascii=False)
    return Session.objects.create(dialog_id=chat.id, name=name, user_id=user_id, message=message)


def create(request: ApiRequest, chat_id: str) -> HttpResponse:
    body = json_body(request)
    chat = Chat.objects.filter(id=chat_id, tenant_id=request.tenant.id).first()
    if chat is None:
        raise Refused(102, "You do not own the assistant.")
    name = body.get("name", "New session")
    if not name:
        raise Refused(102, "`name` can not be empty.")
    session = opened(chat, str(name), str(body.get("user_id", "")))
    return answers.done(row_of(session, json.loads(session.message)))


def listed(request: ApiRequest, chat_id: str) -> HttpResponse:
    if not Chat.objects.filter(id=chat_id, tenant_id=request.tenant.id).exists():
        raise Refused(102, f"You don't own the assistant {chat_id}.")
    rows = Session.objects.filter(dialog_id=chat_id)
    asked = {key: request.GET[key] for key in ("id", "name", "user_id") if request.GET.get(key)}
    rows = rows.filter(**asked)
    offset, limit = page_of(request)
    order = ordering(request, "Conversation", COLUMNS)
    page = rows.order_by(order, "-id" if order[0] == "-" else "id")[offset : offset + limit]
    return answers.done([row_of(session, with_references(session)) for session in page])


def update(request: ApiRequest, chat_id: str, session_id: str) -> HttpResponse:
    session = Session.objects.filter(id=session_id, dialog_id=chat_id).first()
    if session is None:
        raise Refused(102, "Session does not exist")
    if not Chat.objects.filter(id=chat_id, tenant_id=request.tenant.id).exists():
        raise Refused(102, "You do not own the session")
    body = json_body(request)
    if "message" in body or "messages" in body:
        raise Refused(102, "`message` can not be change")
    if "reference" in body:
        raise Refused(102, "`reference` can not be change")
    if "name" in body and not body["name"]:
        raise Refused(102, "`name` can not be empty.")
    for key, value in body.items():
        if key not in COLUMNS:
            now = datetime.datetime.now().replace(microsecond=0)  # noqa: DTZ005 - naive, as in the real message
            written = {**body, "dialog_id": chat_id, "update_time": now_ms(), "update_date": now}
            raise ValueError(f'Unrecognized field name: "{key}" in {written}.')
        setattr(session, key, value)
    session.update_time = now_ms()
    session.save()
    return answers.done()


def delete(request: ApiRequest, chat_id: str) -> HttpResponse:
    """DELETE sessions: no ids, in whatever form, means all of the assistant (contract §6)."""
    if not Chat.objects.filter(id=chat_id, tenant_id=request.tenant.id).exists():
        raise Refused(102, "You don't own the chat")
    mine = Session.objects.filter(dialog_id=chat_id)
    ids = json_body(request).get("ids") or list(mine.values_list("id", flat=True))
    wanted, repeats = unique(list(ids), "session")
    errors, gone = [], 0
    for item in wanted:
        if mine.filter(id=item).delete()[0]:
            gone += 1
        else:
            errors.append(f"The chat doesn't own the session {item}")
    if errors and not gone:
        raise Refused(102, "; ".join(errors))
    if errors or repeats:
        return answers.done({"errors": errors + repeats, "success_count": gone})
    return answers.done()
