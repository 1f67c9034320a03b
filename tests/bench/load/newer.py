"""What RAGFlow 0.27 answers where 0.24 answers otherwise: rows of its size and shape (ragflow-0.27 §6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tests.bench.load import rows

MODEL: Final = "fake-chat@fake@OpenAI-API-Compatible"
MODEL_ID: Final = "5dc64d9eecb511f19fcd02fc00000001"
LARGEST_PAGE: Final = 100
TOO_LARGE: Final = "ValueError('page_size must be less than or equal to 100')"
_STATES: Final = {"UNSTART": "0", "RUNNING": "1", "CANCEL": "2", "DONE": "3", "FAIL": "4"}
_PROMPT: Final = (
    "Summarize the paragraphs below without inventing facts or changing numbers.\nOutput exactly two parts in the same "
    "language as the source:\n1. First line: a concise title only.\n2. Following lines: a concise summary of the "
    "content.\nDo not output labels, Markdown headings, bullet points, or any other commentary.\n\nParagraphs:\n"
    "{cluster_content}"
)
PARSER_CONFIG: Final[dict[str, Any]] = rows.PARSER_CONFIG | {
    "children_delimiter": "",
    "compilation_template_group_id": [],
    "enable_children": False,
    "graphrag": {
        "batch_chunk_token_size": 4096, "build_subgraph_min_timeout_seconds": 600,
        "build_subgraph_timeout_per_chunk_seconds": 300, "community_timeout_seconds": 1800,
        "entity_types": ["organization", "person", "geo", "event", "category"], "lock_acquire_timeout_seconds": 600,
        "merge_timeout_seconds": 180, "method": "light", "resolution_timeout_seconds": 1800, "retry_attempts": 2,
        "retry_backoff_max_seconds": 60.0, "retry_backoff_seconds": 2.0, "use_graphrag": False,
    },
    "llm_id": MODEL,
    "parent_child": {"children_delimiter": "\n", "use_parent_child": False},
    "raptor": {
        "clustering_ratio": 0.5, "clustering_threshold": 0.3, "max_cluster": 64, "max_token": 512, "prompt": _PROMPT,
        "random_seed": 0, "use_raptor": False,
    },
}  # fmt: skip


def dataset(row: dict[str, Any], states: Mapping[str, int] | None) -> dict[str, Any]:
    """A row of the list of datasets; with ``states``, also the number of documents in each."""
    more = {"embedding_model_name": "", "nickname": "bench", "tenant_avatar": None, "parser_config": PARSER_CONFIG}
    if states is not None:
        more["parsing_status"] = {f"{name.lower()}_count": states.get(name, 0) for name in _STATES}
    return row | more


def document(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"nickname": "bench", "parser_config": PARSER_CONFIG, "pipeline_name": None}


def counts(states: Iterable[str]) -> dict[str, Any]:
    """A list of documents with ``type=filter``: how many there are of each state."""
    found = Counter(_STATES[state] for state in states)
    total = found.total()
    return {"filter": {"metadata": {}, "run_status": dict(found), "suffix": {"txt": total}}, "total": total}


def chat() -> dict[str, Any]:
    old = rows.chat()
    prompt = old["prompt"]
    config = {
        "empty_response": prompt["empty_response"], "parameters": [{"key": "knowledge", "optional": False}],
        "prologue": prompt["opener"], "quote": True, "refine_multiturn": True, "system": prompt["prompt"], "tts": False,
    }  # fmt: skip
    kept = {name: value for name, value in old.items() if name not in ("avatar", "datasets", "llm", "prompt")}
    return kept | {
        "dataset_ids": [rows.DATASET], "icon": "", "kb_names": [old["datasets"][0]["name"]], "llm_id": MODEL,
        "llm_setting": {"temperature": 0.1}, "nickname": "bench", "prompt_config": config, "rerank_id": "",
        "similarity_threshold": 0.2, "tenant_avatar": None, "top_n": 6, "vector_similarity_weight": 0.3,
    }  # fmt: skip


def session(identifier: str) -> dict[str, Any]:
    return rows.session(identifier) | {"reference": []}


def models() -> list[dict[str, Any]]:
    model = {
        "instance_id": "1" * 32, "instance_name": "fake", "model_id": MODEL_ID, "model_type": ["chat"],
        "name": "fake-chat", "provider_id": "2" * 32, "provider_name": "OpenAI-API-Compatible", "rank": 500,
        "tenant_id": rows.TENANT, "tenant_name": "bench",
    }  # fmt: skip
    embedding = {
        "instance_id": "", "instance_name": "", "model_id": "", "model_type": ["embedding"],
        "name": "BAAI/bge-small-en-v1.5", "provider_name": "Builtin",
    }  # fmt: skip
    return [model, model | embedding]


def defaults() -> dict[str, Any]:
    """The tenant's default models."""
    named = {"model_id": MODEL_ID, "model_instance": "fake", "model_name": "fake-chat", "model_type": "chat"}
    return {"models": [{"enable": True, "model_provider": "OpenAI-API-Compatible", **named}]}
