"""What is made of a question besides an answer: further questions, a mind map (ragflow-0.27 §6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from ragflow_admin.standin.face024.chats.completions import questions_like
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.store.models import Tenant


def _needed(request: ApiRequest, *names: str) -> dict[str, Any]:
    body: dict[str, Any] = json_body(request)
    missing = [name for name in names if name not in body]
    if missing:
        raise Refused(101, f"required argument are missing: {','.join(missing)}; ", data=None)
    return body


def recommendation(request: ApiRequest) -> HttpResponse:
    """POST /chat/recommendation, and 0.24's /sessions/related_questions: questions on the same subject."""
    return answers.success(questions_like(str(_needed(request, "question")["question"])))


def mindmap(request: ApiRequest) -> HttpResponse:
    """POST /chat/mindmap: only the root, because there is no language model that could draw it."""
    _needed(request, "question", "kb_ids")
    return answers.success({"children": [], "id": "root"})


def beta_token(request: HttpRequest) -> Tenant | None:
    """Routes for embedded pages require another token and refuse API keys."""
    raise Refused(102, "Authentication error: API key is invalid! ", data=None)
