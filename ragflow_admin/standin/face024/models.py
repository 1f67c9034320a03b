"""The lists of language models (contract §23)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from ragflow_admin.standin import offered
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.offered import BUILTIN, FACTORY

CHAT, REASONER = offered.CHAT, offered.REASONER
TAGS = {BUILTIN: "TEXT EMBEDDING", FACTORY: "LLM,TEXT EMBEDDING,SPEECH2TEXT,MODERATION"}
BORN_MS = 1_767_225_600_000  # 2026-01-01, when the built-in models "were added"


def exists(name: str, kind: str) -> bool:
    """Whether a model exists, by full name `name@factory` or bare name."""
    return any(name in (model.stored, model.llm_name) for model in offered.of_kind(kind))


def reasons(name: str) -> bool:
    """Whether the model sends its reasoning before the answer."""
    model = offered.resolve(name)
    return model is not None and model.stored == REASONER


def listed(request: ApiRequest) -> HttpResponse:
    """GET /v1/llm/list: all models by factory, `model_type` filters."""
    wanted = request.GET.get("model_type")
    data: dict[str, list[dict[str, object]]] = {}
    for model in offered.MODELS:
        if wanted and wanted not in model.kind:
            continue
        row: dict[str, object] = {
            "available": True, "fid": model.provider, "llm_name": model.llm_name, "model_type": model.kind,
            "status": "1",
        }  # fmt: skip
        if model.provider == BUILTIN:
            row |= {
                "create_date": "2026-01-01T00:00:00", "create_time": BORN_MS, "is_tools": False,
                "max_tokens": model.tokens, "tags": f"TEXT EMBEDDING,{model.tokens}",
                "update_date": "2026-01-01T00:00:00", "update_time": BORN_MS,
            }  # fmt: skip
        data.setdefault(model.provider, []).append(row)
    return answers.success(data)


def mine(request: ApiRequest) -> HttpResponse:
    """GET /v1/llm/my_llms: the same by factory, with the tokens used (never any)."""
    data: dict[str, dict[str, object]] = {}
    for factory, tags in TAGS.items():
        rows = [
            {"name": model.llm_name, "status": "1", "type": model.kind, "used_token": 0}
            for model in offered.MODELS
            if model.provider == factory
        ]
        data[factory] = {"llm": rows, "tags": tags}
    return answers.success(data)


def factories(request: HttpRequest) -> HttpResponse:
    rows = [{"name": name, "tags": tags, "logo": "", "status": "1"} for name, tags in TAGS.items()]
    return answers.success(rows)
