"""What a request to `POST /chat/completions` asks for (ragflow-0.27 §0.5, §6)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ragflow_admin.standin import offered
from ragflow_admin.standin.face024.chats.sessions import opened
from ragflow_admin.standin.face027.chats.checks import own_chat
from ragflow_admin.standin.face027.chats.sessions import session_of
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.store.models import Chat, Session, new_id


@dataclass(frozen=True)
class Asked:
    """A checked request. `messages` are those the model gets, the question last."""

    chat: Chat | None
    session: Session | None
    messages: list[dict[str, Any]]
    model: str
    documents: list[str]
    stream: bool
    legacy: bool
    quote: bool
    reasoning: int
    stores: bool

    @property
    def question(self) -> str:
        """The text of the last message."""
        return str(self.messages[-1].get("content") or "")

    @property
    def before(self) -> list[str]:
        """The questions before this one."""
        return [str(message.get("content") or "") for message in self.messages[:-1] if message["role"] == "user"]

    @property
    def ends(self) -> dict[str, Any]:
        """The ids that every frame ends with. Without an assistant the session is empty, if nothing is stored null."""
        ids: dict[str, Any] = {"id": self.messages[-1]["id"]}
        if self.chat is None:
            return {**ids, "session_id": ""}
        return {**ids, "session_id": self.session.id if self.session else None, "chat_id": self.chat.id}


def asked_of(request: ApiRequest, body: dict[str, Any]) -> Asked:
    """Checks a body and opens a session if it names none. Raises Refused, or LookupError for an unknown model."""
    sent = _messages(body)
    if body.get("session_id") and not body.get("chat_id"):
        raise Refused(102, "`chat_id` is required when `session_id` is provided.")
    whole, stores = bool(body.get("pass_all_history_messages")), body.get("store_history_messages", True) is not False
    if not stores and not whole:
        raise Refused(102, "`pass_all_history_messages` must be true when `store_history_messages` is false.")
    chat = own_chat(request, body["chat_id"]) if body.get("chat_id") else None
    session = session_of(chat, body["session_id"]) if chat and body.get("session_id") else None
    model = _model(request, chat, body.get("llm_id"))
    if chat and stores and session is None:
        session = opened(chat, str(body.get("name") or "New session")[:255], request.tenant.id)
    if session and not whole:
        # Only the last message is new, however many were sent.
        sent = [*json.loads(session.message), sent[-1]]
    return Asked(
        chat=chat,
        session=session,
        messages=sent,
        model=model,
        documents=_documents(body, sent[-1]),
        stream=bool(body.get("stream", True)),
        legacy=bool(body.get("legacy")),
        quote=bool(body.get("quote", True)),
        # A question without it is answered as the assistant says.
        reasoning=_effort(body.get("reasoning", _of_assistant(chat))),
        stores=stores,
    )


def _of_assistant(chat: Chat | None) -> Any:
    return json.loads(chat.prompt_config).get("reasoning") if chat else None


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of `messages` or `question`, without system messages and an opener; the last one has an id."""
    if "messages" in body:
        messages = body["messages"]
        if not isinstance(messages, list) or not messages:
            raise Refused(101, "`messages` must be a non-empty list.")
    elif "question" in body:
        messages = [{"role": "user", "content": body["question"]}]
    else:
        raise Refused(101, "required argument are missing: messages")
    if messages[-1]["role"] != "user":
        raise Refused(101, "The last message must be from user.")
    kept: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "user" or (message["role"] == "assistant" and kept):
            kept.append(dict(message))
    kept[-1]["id"] = kept[-1].get("id") or new_id()
    return kept


def _model(request: ApiRequest, chat: Chat | None, name: Any) -> str:
    """The stored name of the model that answers: the request's, else the assistant's, else the tenant's."""
    if name:
        if "@" not in str(name) and not offered.resolve(str(name), request.tenant.id):
            raise LookupError("Provider name is required.")
        return offered.find(str(name), "chat", request.tenant.id).stored
    model = offered.resolve(chat.llm_id if chat else request.tenant.llm_id, request.tenant.id)
    return model.stored if model else ""


def _documents(body: dict[str, Any], message: dict[str, Any]) -> list[str]:
    """The ids of the documents that the question is limited to. A `metadata_condition` is ignored."""
    ids = body.get("doc_ids") or message.get("doc_ids") or []
    return [item for item in (ids.split(",") if isinstance(ids, str) else ids) if item]


def _effort(value: Any) -> int:
    """How hard to think: 0 is not at all, 1 to 4 are low, medium, high and ultra."""
    return int(value) if isinstance(value, int) and 0 <= value <= 4 else 0
