"""POST /chats/{id}/completions (contract §16): retrieves, quotes, streams, and stores the turn once it is read."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from ragflow_admin.standin import offered, quoting, search
from ragflow_admin.standin.control import state
from ragflow_admin.standin.face024 import conditions, models
from ragflow_admin.standin.face024.chats.sessions import opened
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.store.models import Chat, Session, now_ms

_BACK = re.compile(
    r"^(and|but|or|so|why|how come|what about|more)\b|\b(it|its|they|them|their|that|this|those|these)\b", re.I
)


@dataclass
class Turn:
    """One question and its answer."""

    session_id: str
    question: str
    text: str
    reference: dict[str, Any]
    prompt: str = ""
    thinking: tuple[str, ...] = ()
    linked: bool = True  # the assistant has datasets
    empty: bool = False  # nothing was found: use the assistant's empty response
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def cited(self) -> dict[str, Any]:
        return self.reference if self.linked else {"chunks": []}


def event(body: dict[str, Any]) -> bytes:
    return f"data:{json.dumps(body)}\n\n".encode()


def stream_of(frames: Iterator[bytes]) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(frames, content_type="text/event-stream; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["X-Accel-Buffering"] = "no"
    # The real server sends the content type twice.
    answer._headers_raw = [("Content-Type", "text/event-stream; charset=utf-8")]  # type: ignore[attr-defined]
    connection.close()  # a stream holds no database connection
    return answer


def completions(request: ApiRequest, chat_id: str) -> HttpResponseBase:
    body: Any = json_body(request)
    chat = Chat.objects.filter(id=chat_id, tenant_id=request.tenant.id).first()
    if chat is None:
        raise Refused(102, f"You don't own the chat {chat_id}")
    stream = body.get("stream", True)
    session_id = body.get("session_id")
    if not session_id:
        return _opener(chat, str(body.get("name") or "New session"), stream)
    if not Session.objects.filter(id=session_id, dialog_id=chat_id).exists():
        raise Refused(102, f"You don't own the session {session_id}")
    if "question" not in body:
        raise TypeError("async_completion() missing 1 required positional argument: 'question'")
    turn = turn_of(request, chat, Session.objects.get(id=session_id), body)
    return stream_of(_streamed(turn)) if stream else _whole(turn)


def _opener(chat: Chat, name: str, stream: bool) -> HttpResponseBase:
    """Without a session the question is dropped: a session is created and its opener returned."""
    session = opened(chat, name)
    content = json.loads(session.message)[0]["content"]
    data = {"answer": content, "reference": {}, "audio_binary": None, "id": None, "session_id": session.id}
    if not stream:
        return answers.done(data)
    frames = [{"code": 0, "message": "", "data": data}, {"code": 0, "message": "", "data": True}]
    return stream_of(iter([event(frame) for frame in frames]))


def refers_back(question: str) -> bool:
    """Whether a question depends on the previous one, such as "And how is it done?", or is empty."""
    return not question.strip() or bool(_BACK.search(question))


def find(chat: Chat, question: str, before: list[str], documents: list[str]) -> search.Found:
    """What the assistant's datasets (or only `documents`, by id) have on a question.

    If nothing is found, the question is searched together with those asked `before` it, the latest first.
    """
    ids = json.loads(chat.kb_ids)
    options: dict[str, Any] = {
        "threshold": chat.similarity_threshold,
        "vector_weight": chat.vector_similarity_weight,
        "top_k": chat.top_k,
    }
    found = search.search(question, ids, documents, **options)
    if found.hits or not json.loads(chat.prompt_config).get("refine_multiturn"):
        return found
    for earlier in reversed(before[-4:]):
        found = search.search(f"{earlier} {question}", ids, documents, **options)
        if found.hits:
            break
    return found


def _search(chat: Chat, session: Session, question: str, body: dict[str, Any], back: bool) -> search.Found:
    """Searches for the question; with `back`, together with the previous question that it refers to."""
    documents = [item for item in str(body.get("doc_ids") or "").split(",") if item]
    condition = body.get("metadata_condition")
    if condition and question:
        documents = conditions.documents_meeting(json.loads(chat.kb_ids), condition) or ["-999"]
    before = [m["content"] for m in json.loads(session.message) if m["role"] == "user"] if back else []
    return find(chat, question, before, documents)


def reference_of(found: search.Found, hits: list[search.Hit], text: str) -> dict[str, Any]:
    """The reference of an answer: the chunks of the prompt, and the documents that `text` cites (else all found)."""
    cited = {hit.chunk.doc_id for n, hit in enumerate(hits) if f"[ID:{n}]" in text}
    aggs = [a for a in found.doc_aggs() if not cited or a["doc_id"] in cited]
    aggs = [{"doc_name": a["doc_name"], "doc_id": a["doc_id"], "count": a["count"]} for a in aggs]
    return {"total": len(found.hits), "chunks": [search.reference_row(hit) for hit in hits], "doc_aggs": aggs}


def turn_of(request: ApiRequest, chat: Chat, session: Session, body: dict[str, Any]) -> Turn:
    """The answer to a question. The session, which need not be stored, has the questions before it."""
    config = json.loads(chat.prompt_config)
    question = str(body["question"])
    fault = request.META.get("standin.fault")
    breaks = "please fail halfway" in question.lower() or fault == "error_midway"
    fails = not breaks and ("please fail" in question.lower() or fault == "error_answer")
    thinks = models.reasons(offered.in_024(chat.llm_id, chat.tenant_id)) or fault in ("think", "think_twice")
    if not json.loads(chat.kb_ids):
        text = quoting.REFUSAL if fails else quoting.NO_DATASET
        thinking = (quoting.thoughts(question, []),) if thinks and not fails else ()
        return Turn(session.id, question, text, {"chunks": []}, thinking=thinking, linked=False)
    found = _search(chat, session, question, body, back=fails or refers_back(question))
    hits = found.hits[: chat.top_n]
    quote = body.get("quote", True) and config.get("quote", True)
    if not hits and config.get("empty_response") and not fails:
        nothing = {"chunks": [], "doc_aggs": [], "total": 0}
        prompt = f"\n\n### Query:\n{question}"
        return Turn(session.id, question, config["empty_response"], nothing, prompt, empty=True)
    text = quoting.REFUSAL if fails else quoting.answer(found, hits, bool(quote))
    if fault == "answer":
        text = str(request.META["standin.message"])
    if breaks:
        text = quoting.halfway(text)
    reference = reference_of(found, hits, text) if quote else {}
    thinking = (quoting.thoughts(question, hits),) if thinks and not fails else ()
    if fault == "think_twice":
        thinking = (quoting.research(question, hits), *thinking)
    return Turn(session.id, question, text, reference, prompt_of(config, hits, question), thinking)


def prompt_of(config: dict[str, Any], hits: list[search.Hit], question: str) -> str:
    """The prompt that a language model would have received, as the real server shows it in the final frame."""
    parts = [
        f"\n------\n\nID: {n}\n├── Title: {hit.document_name}\n└── Content:\n{hit.chunk.content}\n"
        for n, hit in enumerate(hits)
    ]
    system = str(config.get("system", "")).replace("{knowledge}", "\n".join(parts))
    return f"{system}\n\n### Query:\n{question}"


def pause() -> None:
    """Waits as long as a model needs for the next piece of its answer."""
    time.sleep(state.frame_delay)


def _streamed(turn: Turn) -> Iterator[bytes]:
    """The frames of a turn. If the reader disconnects, the generator is closed and the turn is lost."""
    end = {"id": turn.id, "session_id": turn.session_id}
    last: dict[str, Any]
    if turn.empty:
        last = {"answer": turn.text, "reference": turn.reference, "prompt": turn.prompt, "audio_binary": None}
        yield event({"code": 0, "data": {**last, "final": True, **end}})
    else:
        yield from _deltas(turn, end)
        if turn.linked:
            last = {"answer": "", "reference": turn.reference, "prompt": turn.prompt, "created_at": time.time()}
            yield event({"code": 0, "data": {**last, "final": True, "audio_binary": None, **end}})
    thoughts = "".join(f"<think>{thought}</think>" for thought in turn.thinking)
    _store(turn, thoughts + turn.text)
    yield event({"code": 0, "data": True})


def _deltas(turn: Turn, end: dict[str, Any]) -> Iterator[bytes]:
    def frame(text: str, **more: bool) -> bytes:
        data: dict[str, Any] = {"answer": text, "reference": {"chunks": []}, "audio_binary": None}
        if not turn.linked:
            data |= {"prompt": "", "created_at": time.time()}
        return event({"code": 0, "data": {**data, "final": False, **more, **end}})

    for thought in turn.thinking:
        yield frame("", start_to_think=True)
        for piece in quoting.pieces(thought):
            pause()
            yield frame(piece)
        yield frame("", end_to_think=True)
    for piece in quoting.pieces(turn.text):
        pause()
        yield frame(piece)


def _whole(turn: Turn) -> HttpResponse:
    _store(turn, turn.text)
    data: dict[str, Any] = {
        "answer": turn.text, "audio_binary": None, "id": turn.id, "prompt": turn.prompt,
        "reference": turn.reference, "session_id": turn.session_id,
    }  # fmt: skip
    data |= {"final": True} if turn.empty else {"created_at": time.time()}
    return answers.done(data)


def _store(turn: Turn, content: str) -> None:
    session = Session.objects.filter(id=turn.session_id).first()
    if session is not None:
        messages, references = json.loads(session.message), json.loads(session.reference)
        messages += [
            {"content": turn.question, "id": turn.id, "role": "user"},
            {"content": content, "created_at": time.time(), "id": turn.id, "role": "assistant"},
        ]
        references.append(turn.cited())
        session.message = json.dumps(messages, ensure_ascii=False)
        session.reference = json.dumps(references, ensure_ascii=False)
        session.update_time = now_ms()
        session.save()
    connection.close()


def ask(request: ApiRequest) -> HttpResponseBase:
    """POST /sessions/ask: a one-off question to datasets, streamed but not stored."""
    body: Any = json_body(request)
    for key in ("question", "dataset_ids"):
        if not body.get(key):
            raise Refused(102, f"`{key}` is required.")
    found = search.search(body["question"], body["dataset_ids"])
    hits = found.hits[:12]
    text = quoting.answer(found, hits)
    chunks = [search.reference_row(hit) for hit in hits]
    aggs = [{"doc_name": a["doc_name"], "doc_id": a["doc_id"], "count": a["count"]} for a in found.doc_aggs()]
    reference = {"total": len(found.hits), "chunks": chunks, "doc_aggs": aggs}

    def frames() -> Iterator[bytes]:
        def frame(data: Any) -> bytes:
            return event({"code": 0, "message": "", "data": data})

        for piece in quoting.pieces(text):
            pause()
            yield frame({"answer": piece, "reference": {}, "final": False})
        yield frame({"answer": "", "reference": reference, "final": True})
        yield frame(True)

    return stream_of(frames())


def questions_like(question: str) -> list[str]:
    """Questions on the same subject, built from the question's words, because there is no language model."""
    topic = question.strip(" ?.!")
    starts = ("What else is known about", "How does one begin with", "Where is more about", "Who needs", "Why")
    return [f"{start}: {topic}?" for start in starts]


def related(request: ApiRequest) -> HttpResponse:
    """POST /sessions/related_questions."""
    body = json_body(request)
    if not body.get("question"):
        raise Refused(102, "`question` is required.")
    return answers.done(questions_like(str(body["question"])))
