"""POST /openai/{id}/chat/completions of 0.27, and 0.24's path to it (ragflow-0.27 §6)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from django.http.response import HttpResponseBase

from ragflow_admin.standin import offered
from ragflow_admin.standin.face024 import conditions
from ragflow_admin.standin.face024.chats.openai import Reply, answered, own_chat, wanted_of, with_metadata
from ragflow_admin.standin.face027.chats.asked import Asked
from ragflow_admin.standin.face027.chats.turns import turn_of
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.store.models import Chat

# What a client sends if it doesn't care which model answers.
ANY_MODEL = "model"


def completions(request: ApiRequest, chat_id: str) -> HttpResponseBase:
    """Answers the last message, in one piece unless `stream` is true. Nothing is stored."""
    body = json_body(request)
    wanted = wanted_of(body)
    wanted = replace(wanted, messages=[{**message, "content": _text(message)} for message in wanted.messages])
    chat = own_chat(request, chat_id)
    model, shown = _model(request, chat, str(body["model"]))
    documents: list[str] = []
    if wanted.condition:
        documents = conditions.documents_meeting(json.loads(chat.kb_ids), wanted.condition) or ["-999"]
    turn = turn_of(
        request,
        Asked(
            chat=chat,
            session=None,
            messages=[message for message in wanted.messages if message["role"] != "system"],
            model=model,
            documents=documents,
            stream=True,
            legacy=False,
            quote=wanted.reference,
            reasoning=0,
            stores=False,
        ),
    )
    chunks = with_metadata(turn.reference.get("chunks") or [], wanted)
    return answered(wanted, Reply(chat.id, shown, turn.text, turn.thinking, chunks), bool(body.get("stream")))


def _text(message: dict[str, Any]) -> str:
    """The text of a message, which may come in parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text") or "") for part in content if part.get("type") == "text")


def _model(request: ApiRequest, chat: Chat, name: str) -> tuple[str, str]:
    """The stored name of the model that answers, and the name that is shown. Raises Refused (101)."""
    if name == ANY_MODEL:
        default = offered.resolve(chat.llm_id, request.tenant.id)
        return default.stored if default else "", offered.shown(chat.llm_id)
    try:
        return offered.find(name, "chat", request.tenant.id).stored, name
    except LookupError:
        raise Refused(101, f"`llm_id` {name} doesn't exist") from None
