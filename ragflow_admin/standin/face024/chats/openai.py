"""POST /chats_openai/{id}/chat/completions: an assistant's answer in the form of OpenAI's API (contract §17.1)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from ragflow_admin.standin import quoting
from ragflow_admin.standin.face024.chats.completions import event, pause, stream_of, turn_of
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.parsing import tokens
from ragflow_admin.standin.store.models import Chat, Document, Session

DONE = b"data:[DONE]\n\n"


@dataclass(frozen=True)
class Wanted:
    """A checked body. `fields` limits the metadata of a reference's documents; None is all of it."""

    messages: list[dict[str, Any]]
    reference: bool
    metadata: bool
    fields: list[str] | None
    condition: dict[str, Any]

    @property
    def question(self) -> str:
        return str(self.messages[-1]["content"])

    @property
    def sent_tokens(self) -> int:
        """The tokens of all messages."""
        return sum(tokens.count(str(message.get("content") or "")) for message in self.messages)


@dataclass(frozen=True)
class Reply:
    """An answer. `deltas` is false if the text is only in the last chunk, as 0.24 sends an empty response."""

    chat_id: str
    model: str
    text: str
    thinking: tuple[str, ...]
    chunks: list[dict[str, Any]]
    deltas: bool = True


def completions(request: ApiRequest, chat_id: str) -> HttpResponseBase:
    """Answers the last message, streamed unless `stream` is false. Nothing is stored."""
    body = json_body(request)
    wanted = wanted_of(body)
    chat = own_chat(request, chat_id)
    if not isinstance(wanted.messages[-1]["content"], str):
        raise TypeError("expected string or buffer")
    before = [message for message in wanted.messages[:-1] if message["role"] != "system"]
    asked = {"question": wanted.question, "quote": wanted.reference, "metadata_condition": wanted.condition}
    turn = turn_of(request, chat, Session(dialog_id=chat.id, message=json.dumps(before)), asked)
    streams = bool(body.get("stream", True))
    model = "model" if streams else str(body["model"])
    chunks = with_metadata(turn.reference.get("chunks") or [], wanted)
    return answered(wanted, Reply(chat.id, model, turn.text, turn.thinking, chunks, not turn.empty), streams)


def own_chat(request: ApiRequest, chat_id: str) -> Chat:
    """The caller's assistant. Raises Refused (102)."""
    chat = Chat.objects.filter(id=chat_id, tenant_id=request.tenant.id).first()
    if chat is None:
        raise Refused(102, f"You don't own the chat {chat_id}")
    return chat


def wanted_of(body: dict[str, Any]) -> Wanted:
    """Checks what both faces check of a body. Raises Refused (101, 102)."""
    missing = [name for name in ("model", "messages") if name not in body]
    if missing:
        raise Refused(101, f"required argument are missing: {','.join(missing)}; ", data=None)
    extra = body.get("extra_body") or {}
    if not isinstance(extra, dict):
        raise Refused(102, "extra_body must be an object.")
    metadata = extra.get("reference_metadata") or {}
    if not isinstance(metadata, dict):
        raise Refused(102, "reference_metadata must be an object.")
    fields = metadata.get("fields")
    if fields is not None and not isinstance(fields, list):
        raise Refused(102, "reference_metadata.fields must be an array.")
    if not body["messages"]:
        raise Refused(102, "You have to provide messages.")
    if body["messages"][-1]["role"] != "user":
        raise Refused(102, "The last content of this conversation is not from user.")
    condition = extra.get("metadata_condition") or {}
    if not isinstance(condition, dict):
        raise Refused(102, "metadata_condition must be an object.")
    include = bool(metadata.get("include"))
    return Wanted(body["messages"], bool(extra.get("reference")), include, fields, condition)


def with_metadata(chunks: list[dict[str, Any]], wanted: Wanted) -> list[dict[str, Any]]:
    """The chunks of a reference, each with what was asked for of its document's metadata, if there is any."""
    if not wanted.metadata:
        return chunks
    ids = {chunk["document_id"] for chunk in chunks}
    stored = dict(Document.objects.filter(id__in=ids).values_list("id", "meta_fields"))
    for chunk in chunks:
        found = json.loads(stored.get(chunk["document_id"], "{}"))
        if wanted.fields is not None:
            found = {key: value for key, value in found.items() if key in wanted.fields}
        if found:
            chunk["document_metadata"] = found
    return chunks


def answered(wanted: Wanted, reply: Reply, streams: bool) -> HttpResponseBase:
    """The reply as a stream of chunks, or in one piece."""
    return stream_of(_streamed(wanted, reply)) if streams else _whole(wanted, reply)


def _streamed(wanted: Wanted, reply: Reply) -> Iterator[bytes]:
    def chunk(delta: dict[str, Any], finish: str | None = None, usage: dict[str, Any] | None = None) -> bytes:
        whole = {
            "content": None, "role": "assistant", "function_call": None, "tool_calls": None, "reasoning_content": None,
            **delta,
        }  # fmt: skip
        choice = {"delta": whole, "finish_reason": finish, "index": 0, "logprobs": None}
        return event({
            "id": f"chatcmpl-{reply.chat_id}", "choices": [choice], "created": int(time.time()), "model": reply.model,
            "object": "chat.completion.chunk", "system_fingerprint": "", "usage": usage,
        })  # fmt: skip

    for thought in reply.thinking:
        for piece in quoting.pieces(thought):
            pause()
            yield chunk({"reasoning_content": piece})
    for piece in quoting.pieces(reply.text) if reply.deltas else ():
        pause()
        yield chunk({"content": piece})
    last = {"reference": reply.chunks, "final_content": reply.text} if wanted.reference else {}
    yield chunk(last, "stop", _usage(wanted, reply))
    yield DONE


def _whole(wanted: Wanted, reply: Reply) -> HttpResponse:
    message: dict[str, Any] = {"content": reply.text, "role": "assistant"}
    if wanted.reference:
        message["reference"] = reply.chunks
    usage = _usage(wanted, reply)
    details = {
        "accepted_prediction_tokens": usage["completion_tokens"], "reasoning_tokens": wanted.sent_tokens,
        "rejected_prediction_tokens": 0,
    }  # fmt: skip
    choice = {"finish_reason": "stop", "index": 0, "logprobs": None, "message": message}
    return answers.json_answer({
        "choices": [choice], "created": int(time.time()), "id": f"chatcmpl-{reply.chat_id}", "model": reply.model,
        "object": "chat.completion", "usage": {**usage, "completion_tokens_details": details},
    })  # fmt: skip


def _usage(wanted: Wanted, reply: Reply) -> dict[str, int]:
    sent, written = tokens.count(wanted.question), tokens.count("".join(reply.thinking) + reply.text)
    return {"prompt_tokens": sent, "completion_tokens": written, "total_tokens": sent + written}
