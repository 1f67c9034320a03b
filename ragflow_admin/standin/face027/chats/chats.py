"""Assistants (the API's chats) in 0.27: `/chats` and `/chats/{id}` (ragflow-0.27 §6)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

from ragflow_admin.standin.face027.chats.checks import as_stored, columns_of, name_of, order_of, own_chat, with_defaults
from ragflow_admin.standin.face027.chats.rows import chat_row, dataset_names, listed_chat
from ragflow_admin.standin.face027.paging import page_of
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body, unique
from ragflow_admin.standin.store.models import Chat, Session, now_ms


def create(request: ApiRequest) -> HttpResponse:
    """POST /chats. 0.24's `llm`, `prompt` and `avatar` are ignored without a word."""
    body = json_body(request)
    name_of(body.get("name"), "`name` is required")
    columns = columns_of(request, body)
    if Chat.objects.filter(tenant_id=request.tenant.id, name__iexact=columns["name"]).exists():
        raise Refused(102, "duplicated chat name in creating chat")
    chat = Chat.objects.create(tenant_id=request.tenant.id, **as_stored(with_defaults(request, columns)))
    return answers.success(chat_row(chat))


def listed(request: ApiRequest) -> HttpResponse:
    """GET /chats: `{chats, total}`; an unknown id or name is an empty list. `id` and `name` switch `keywords` off."""
    offset, limit = page_of(request.GET)
    order = order_of(request)
    rows = Chat.objects.filter(tenant_id=request.tenant.id)
    owners = request.GET.getlist("owner_ids")
    if owners:
        rows = rows.filter(tenant_id__in=owners)
    exact = {key: request.GET[key] for key in ("id", "name") if request.GET.get(key)}
    if exact:
        rows = rows.filter(**exact)
    elif request.GET.get("keywords"):
        rows = rows.filter(name__icontains=request.GET["keywords"])
    page = list(rows.order_by(*order)[offset : offset + limit])
    names = dataset_names(page)
    return answers.success(
        {"chats": [listed_chat(chat, names, request.tenant) for chat in page], "total": rows.count()}
    )


def show(request: ApiRequest, chat_id: str) -> HttpResponse:
    """GET /chats/{id}: only the caller's own, else code 109."""
    return answers.success(chat_row(own_chat(request, chat_id)))


def update(request: ApiRequest, chat_id: str) -> HttpResponse:
    """PUT /chats/{id}: what is sent replaces what was there. A partial `prompt_config` breaks the next completion."""
    chat = own_chat(request, chat_id)
    return _write(request, chat, columns_of(request, json_body(request)))


def patch(request: ApiRequest, chat_id: str) -> HttpResponse:
    """PATCH /chats/{id}: `prompt_config` and `llm_setting` are merged with what was there."""
    chat = own_chat(request, chat_id)
    columns = columns_of(request, json_body(request), patch=True)
    for key in ("prompt_config", "llm_setting"):
        if key in columns:
            columns[key] = {**json.loads(getattr(chat, key)), **columns[key]}
    return _write(request, chat, columns)


def _write(request: ApiRequest, chat: Chat, columns: dict[str, Any]) -> HttpResponse:
    same = Chat.objects.filter(tenant_id=request.tenant.id, name__iexact=columns.get("name", "")).exclude(id=chat.id)
    if "name" in columns and same.exists():
        raise Refused(102, "duplicated chat name")
    for key, value in as_stored(columns).items():
        setattr(chat, key, value)
    chat.update_time = now_ms()
    chat.save()
    return answers.success(chat_row(chat))


def delete_one(request: ApiRequest, chat_id: str) -> HttpResponse:
    """DELETE /chats/{id}, with its sessions: only the caller's own, else code 109."""
    _remove(own_chat(request, chat_id).id)
    return answers.success(True)


def delete(request: ApiRequest) -> HttpResponse:
    """DELETE /chats: nothing without ids, unless `delete_all` is true.

    `chat_id` deletes one without asking whose it is, also another tenant's (ragflow-0.27 §0.11).
    """
    body = json_body(request)
    ids = body.get("ids")
    if not ids and body.get("chat_id"):
        if not _remove(body["chat_id"]):
            raise Refused(102, f"Failed to delete chat {body['chat_id']}")
        return answers.success(True)
    mine = Chat.objects.filter(tenant_id=request.tenant.id)
    if not ids and body.get("delete_all") is True:
        ids = list(mine.values_list("id", flat=True))
    if not ids:
        return answers.success({})
    wanted, repeats = unique(list(ids), "chat")
    errors, gone = [], 0
    for item in wanted:
        if mine.filter(id=item).exists():
            gone += _remove(item)
        else:
            errors.append(f"Chat({item}) not found.")
    return deleted("chats", gone, errors + repeats, {"success_count": gone})


def deleted(what: str, gone: int, errors: list[str], data: Any) -> HttpResponse:
    """The answer to a deletion of several: `data`, or what went wrong. Raises Refused (102) if nothing was deleted."""
    if not errors:
        return answers.success(data)
    if not gone:
        raise Refused(102, "; ".join(errors))
    message = f"Partially deleted {gone} {what} with {len(errors)} errors"
    return answers.json_answer({"code": 0, "data": {"errors": errors, "success_count": gone}, "message": message})


def _remove(chat_id: str) -> int:
    gone = Chat.objects.filter(id=chat_id).delete()[0]
    if gone:
        Session.objects.filter(dialog_id=chat_id).delete()
    return gone
