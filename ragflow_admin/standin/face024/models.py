"""The language models that the stand-in pretends to have, named like those of an OpenAI-compatible server."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.routing import ApiRequest

FACTORY = "OpenAI-API-Compatible"
CHAT = f"standin-chat___OpenAI-API@{FACTORY}"
REASONER = f"standin-reasoner___OpenAI-API@{FACTORY}"
EMBEDDING = "standin/hash-embedding@Builtin"

# Factory, name, type and maximum input in tokens.
OFFERED = [
    ("Builtin", "standin/hash-embedding", "embedding", 8192),
    ("Builtin", "standin/hash-embedding-small", "embedding", 512),
    (FACTORY, "standin-chat___OpenAI-API", "chat", 8192),
    (FACTORY, "standin-reasoner___OpenAI-API", "chat", 8192),
    (FACTORY, "standin-embed___OpenAI-API", "embedding", 8192),
    (FACTORY, "standin-rerank___OpenAI-API", "rerank", 8192),
]
TAGS = {"Builtin": "TEXT EMBEDDING", FACTORY: "LLM,TEXT EMBEDDING,SPEECH2TEXT,MODERATION"}
BORN_MS = 1_767_225_600_000  # 2026-01-01, when the built-in models "were added"


def exists(name: str, kind: str) -> bool:
    """Whether a model exists, by full name `name@factory` or bare name."""
    return any(kind == k and name in (n, f"{n}@{factory}") for factory, n, k, _ in OFFERED)


def reasons(name: str) -> bool:
    """Whether the model sends its reasoning before the answer."""
    return name.split("@", maxsplit=1)[0] == REASONER.split("@", maxsplit=1)[0]


def listed(request: ApiRequest) -> HttpResponse:
    """GET /v1/llm/list: all models by factory, `model_type` filters."""
    kind = request.GET.get("model_type")
    data: dict[str, list[dict[str, object]]] = {}
    for factory, name, model_type, tokens in OFFERED:
        if kind and kind not in model_type:
            continue
        row: dict[str, object] = {
            "available": True, "fid": factory, "llm_name": name, "model_type": model_type, "status": "1",
        }  # fmt: skip
        if factory == "Builtin":
            row |= {
                "create_date": "2026-01-01T00:00:00", "create_time": BORN_MS, "is_tools": False,
                "max_tokens": tokens, "tags": f"TEXT EMBEDDING,{tokens}",
                "update_date": "2026-01-01T00:00:00", "update_time": BORN_MS,
            }  # fmt: skip
        data.setdefault(factory, []).append(row)
    return answers.success(data)


def mine(request: ApiRequest) -> HttpResponse:
    """GET /v1/llm/my_llms: the same by factory, with the tokens used (never any)."""
    data: dict[str, dict[str, object]] = {}
    for factory, tags in TAGS.items():
        rows = [
            {"name": name, "status": "1", "type": kind, "used_token": 0}
            for of, name, kind, _ in OFFERED
            if of == factory
        ]
        data[factory] = {"llm": rows, "tags": tags}
    return answers.success(data)


def factories(request: HttpRequest) -> HttpResponse:
    rows = [{"name": name, "tags": tags, "logo": "", "status": "1"} for name, tags in TAGS.items()]
    return answers.success(rows)
