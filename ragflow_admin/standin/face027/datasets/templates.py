"""The built-in compilation templates and wiki presets of 0.27, in short (ragflow-0.27 §8.5)."""

from __future__ import annotations

from typing import Any, Final

from ragflow_admin.standin.face027.datasets.parser_config import PROMPT

_KINDS: Final = {
    "knowledge_graph": "Knowledge graph",
    "timeline": "List (Timeline) - Chronological events",
    "mind_map": "Mind map - Radial concept hierarchy",
    "page_index": "PageIndex - Hierarchical table of contents",
    "session_essence": "Session essence - Synopses of conversations",
    "session_graph": "Session graph - Knowledge graph of conversations",
    "tree": "Tree - RAPTOR-based document tree",
    "wiki": "Wiki - Graph-based wiki",
}
KINDS: Final = tuple(_KINDS)
_FIELD: Final = {"description": "What the text names.", "rule": "- The name as the text has it.\n", "type": "person"}
_TOPICS: Final = {
    "brand": "marketing", "engineering": "engineering", "general": "general", "market": "marketing",
    "product": "product", "user_interview": "product",
}  # fmt: skip


def _config(kind: str, llm_id: str) -> dict[str, Any]:
    of_sessions = kind.startswith("session_")
    part = {"description": "What to extract.", "fields": [_FIELD]}
    config: dict[str, Any] = {
        "entity": part, "relation": part, "kind": "knowledge_graph" if of_sessions else kind, "llm_id": llm_id,
    }  # fmt: skip
    if kind != "session_essence":
        config["global_rules"] = "Only what the text says."
    if kind not in ("tree", "wiki"):
        config["rechunk_rules"] = "One chunk per section."
    if of_sessions:
        config["entity"] = {**part, "fields": [_FIELD, {**_FIELD, "fact_fields": ["statement"]}]}
        config["synthesis"] = {"compile_kwd": kind, "enabled": True, "example": "A synopsis."}
    if kind == "tree":
        config["raptor"] = {"clustering_ratio": 0.5, "clustering_threshold": 0.3, "max_token": 512, "prompt": PROMPT}
    if kind == "wiki":
        config |= {
            "claim": {"fields": [{"statement": "What is claimed.", "subject": "Of what."}]},
            "concept": {"fields": [{"definition_excerpt": "How it is defined.", "term": "What it is called."}]},
            "example": "# Title\n", "instruction": "Write one page per concept.", "mode": "general",
        }  # fmt: skip
    return config


def builtins(llm_id: str) -> list[dict[str, Any]]:
    """One template of each kind, with the id of the tenant's chat model."""
    return [
        {"config": _config(kind, llm_id), "description": "", "display_name": name, "id": kind, "kind": kind}
        for kind, name in _KINDS.items()
    ]


def wiki_presets() -> list[dict[str, str]]:
    """Instructions for wikis by topic."""
    return [
        {"example": "# Title\n", "id": name, "instruction": f"Write a wiki about {topic}.", "topic": topic}
        for name, topic in _TOPICS.items()
    ]
