"""POST /chat/completions of 0.27, and 0.24's path to it (ragflow-0.27 §0.5, §0.6, §6)."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from ragflow_admin.standin import quoting
from ragflow_admin.standin.face024.chats.completions import event, pause, stream_of
from ragflow_admin.standin.face027.chats.asked import Asked, asked_of
from ragflow_admin.standin.face027.chats.turns import Turn, turn_of
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.store.models import Session, now_ms


def completions(request: ApiRequest) -> HttpResponseBase:
    """Answers a question, with or without an assistant and a session, streamed unless `stream` is false."""
    return _answered(request, json_body(request))


def of_chat(request: ApiRequest, chat_id: str) -> HttpResponseBase:
    """POST /chats/{id}/completions, 0.24's path: the same, also without a session."""
    return _answered(request, {**json_body(request), "chat_id": chat_id})


def _answered(request: ApiRequest, body: dict[str, Any]) -> HttpResponseBase:
    asked = asked_of(request, body)
    if not asked.stream:
        return _whole(asked, turn_of(request, asked))
    try:
        turn = turn_of(request, asked)
    except KeyError as error:
        # In a stream a failure is a frame, and the stream ends as usual.
        data = {"answer": f"**ERROR**: {error}", "reference": []}
        failed = {"code": 500, "message": str(error), "data": data}
        return stream_of(iter([event(failed), _frame(True)]))
    return stream_of(_streamed(asked, turn))


def _frame(data: Any) -> bytes:
    return event({"code": 0, "message": "", "data": data})


def _streamed(asked: Asked, turn: Turn) -> Iterator[bytes]:
    """The frames of a turn. If the reader disconnects, the generator is closed and the turn is lost.

    The final frame has the references and no text, unless the whole text is repeated: for an empty response, and with
    `legacy`. Without datasets there is no final frame.
    """
    repeated = turn.whole if asked.legacy else ""
    last: dict[str, Any] = {"reference": turn.reference, "prompt": turn.prompt}
    if turn.empty:
        repeated = turn.text
        first: dict[str, Any] = {"answer": turn.text, "reference": {"chunks": []}, "prompt": "", "audio_binary": None}
        yield _frame({**first, "final": False, **asked.ends})
    else:
        yield from _deltas(asked, turn)
        last["created_at"] = time.time()
    if turn.linked:
        yield _frame({"answer": repeated, **last, "final": True, "audio_binary": None, **asked.ends})
    _store(asked, turn.whole, turn.reference)
    yield _frame(True)


def _deltas(asked: Asked, turn: Turn) -> Iterator[bytes]:
    def frame(text: str, **more: bool) -> bytes:
        data: dict[str, Any] = {"answer": text, "reference": {"chunks": []}, "audio_binary": None}
        if not turn.linked:
            data |= {"prompt": "", "created_at": time.time()}
        return _frame({**data, "final": False, **more, **asked.ends})

    if asked.legacy:
        # Every frame repeats what came before it.
        thoughts = [["<think>", *quoting.pieces(thought, 1), "</think>"] for thought in turn.thinking]
        for text in itertools.accumulate([*itertools.chain(*thoughts), *quoting.pieces(turn.text)]):
            pause()
            yield frame(text)
        return
    for thought in turn.thinking:
        yield frame("", start_to_think=True)
        for piece in quoting.pieces(thought):
            pause()
            yield frame(piece)
        yield frame("", end_to_think=True)
    for piece in quoting.pieces(turn.text):
        pause()
        yield frame(piece)


def _whole(asked: Asked, turn: Turn) -> HttpResponse:
    """The answer in one piece: without its thinking, and for an empty response the first frame of the stream."""
    data: dict[str, Any] = {"answer": turn.text, "audio_binary": None, **asked.ends}
    if turn.empty:
        reference: dict[str, Any] = {"chunks": [], "doc_aggs": []}
        data |= {"final": False, "prompt": "", "reference": {"chunks": []}}
    else:
        reference = turn.reference
        data |= {"created_at": time.time(), "prompt": turn.prompt, "reference": reference}
    _store(asked, turn.text, reference)
    return answers.success(data)


def _store(asked: Asked, content: str, reference: dict[str, Any]) -> None:
    """Keeps the turn in its session. With `pass_all_history_messages` the sent messages replace the stored ones, but
    the references are only added to."""
    session = Session.objects.filter(id=asked.session.id).first() if asked.session and asked.stores else None
    if session is not None:
        answer = {"content": content, "created_at": time.time(), "id": asked.ends["id"], "role": "assistant"}
        session.message = json.dumps([*asked.messages, answer], ensure_ascii=False)
        references = [*json.loads(session.reference), reference or {"chunks": []}]
        session.reference = json.dumps(references, ensure_ascii=False)
        session.update_time = now_ms()
        session.save()
    connection.close()
