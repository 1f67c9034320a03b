"""Sessions of an assistant and their messages in 0.27 (ragflow-0.27 §6)."""

from __future__ import annotations

import datetime
import json
from typing import Any

from django.http import HttpResponse

from ragflow_admin.standin.face024.chats.sessions import COLUMNS, opened
from ragflow_admin.standin.face027.chats.chats import deleted
from ragflow_admin.standin.face027.chats.checks import order_of, own_chat
from ragflow_admin.standin.face027.chats.rows import session_row
from ragflow_admin.standin.face027.paging import page_of
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body, unique
from ragflow_admin.standin.store.models import Chat, Session, now_ms


def session_of(chat: Chat, session_id: Any) -> Session:
    """A session of the assistant. Raises Refused (102)."""
    session = Session.objects.filter(id=session_id, dialog_id=chat.id).first()
    if session is None:
        raise Refused(102, "Session not found!")
    return session


def _shown(request: ApiRequest, session: Session) -> HttpResponse:
    return answers.success(session_row(session, request.tenant.id))


def _saved(request: ApiRequest, session: Session) -> HttpResponse:
    session.update_time = now_ms()
    session.save()
    return _shown(request, session)


def create(request: ApiRequest, chat_id: str) -> HttpResponse:
    """POST …/sessions: a name that is too long is cut, and `user_id` is ignored: it is the caller's."""
    chat = own_chat(request, chat_id)
    name = str(json_body(request).get("name", "New session")).strip()
    if not name:
        raise Refused(102, "`name` can not be empty")
    return _shown(request, opened(chat, name[:255], request.tenant.id))


def listed(request: ApiRequest, chat_id: str) -> HttpResponse:
    """GET …/sessions: a bare list without a total."""
    chat = own_chat(request, chat_id)
    offset, limit = page_of(request.GET)
    order = order_of(request)
    asked = {key: request.GET[key] for key in ("id", "name", "user_id") if request.GET.get(key)}
    page = Session.objects.filter(dialog_id=chat.id, **asked).order_by(*order)[offset : offset + limit]
    return answers.success([session_row(session, request.tenant.id) for session in page])


def show(request: ApiRequest, chat_id: str, session_id: str) -> HttpResponse:
    """GET of one, the only answer that has the assistant's picture as `avatar`."""
    chat = own_chat(request, chat_id)
    session = session_of(chat, session_id)
    return answers.success(session_row(session, request.tenant.id) | {"avatar": chat.icon})


def update(request: ApiRequest, chat_id: str, session_id: str) -> HttpResponse:
    """PATCH, or 0.24's PUT. An unknown field is an unhandled error, whose text may make it an HTTP 401."""
    session = session_of(own_chat(request, chat_id), session_id)
    body = json_body(request)
    if "message" in body or "messages" in body:
        raise Refused(102, "`messages` cannot be changed")
    if "reference" in body:
        raise Refused(102, "`reference` cannot be changed")
    if "name" in body and not str(body["name"] or "").strip():
        raise Refused(102, "`name` can not be empty")
    for key, value in body.items():
        if key not in COLUMNS:
            now = datetime.datetime.now().replace(microsecond=0)  # noqa: DTZ005 - naive, as in the real message
            written = {**body, "update_time": now_ms(), "update_date": now}
            raise ValueError(f'Unrecognized field name: "{key}" in {written}.')
        setattr(session, key, value)
    return _saved(request, session)


def delete(request: ApiRequest, chat_id: str) -> HttpResponse:
    """DELETE …/sessions: nothing without ids, unless `delete_all` is true."""
    chat = own_chat(request, chat_id)
    body = json_body(request)
    mine = Session.objects.filter(dialog_id=chat.id)
    ids = body.get("ids") or (list(mine.values_list("id", flat=True)) if body.get("delete_all") is True else [])
    if not ids:
        return answers.success({})
    wanted, repeats = unique(list(ids), "session")
    errors, gone = [], 0
    for item in wanted:
        if mine.filter(id=item).delete()[0]:
            gone += 1
        else:
            errors.append(f"The chat doesn't own the session {item}")
    return deleted("sessions", gone, errors + repeats, True)


def delete_message(request: ApiRequest, chat_id: str, session_id: str, message_id: str) -> HttpResponse:
    """DELETE …/messages/{id}: a question, its answer and its reference. An unknown id changes nothing."""
    session = session_of(own_chat(request, chat_id), session_id)
    messages: list[dict[str, Any]] = json.loads(session.message)
    references: list[Any] = json.loads(session.reference)
    questions = [message for message in messages if message["role"] == "user"]
    place = next((n for n, message in enumerate(questions) if message.get("id") == message_id), None)
    if place is not None:
        session.message = json.dumps([m for m in messages if m.get("id") != message_id], ensure_ascii=False)
        session.reference = json.dumps(references[:place] + references[place + 1 :], ensure_ascii=False)
    return _saved(request, session)


def feedback(request: ApiRequest, chat_id: str, session_id: str, message_id: str) -> HttpResponse:
    """PUT …/messages/{id}/feedback `{"thumbup": bool, "feedback": "…"}`, kept with the answer.

    A thumb up removes an earlier text; an unknown id changes nothing.
    """
    session = session_of(own_chat(request, chat_id), session_id)
    body = json_body(request)
    up = body.get("thumbup")
    if not isinstance(up, bool):
        raise Refused(102, "thumbup must be a boolean")
    messages: list[dict[str, Any]] = json.loads(session.message)
    for message in messages:
        if message.get("id") == message_id and message["role"] == "assistant":
            message["thumbup"] = up
            message.pop("feedback", None)
            if not up and body.get("feedback"):
                message["feedback"] = body["feedback"]
    session.message = json.dumps(messages, ensure_ascii=False)
    return _saved(request, session)
