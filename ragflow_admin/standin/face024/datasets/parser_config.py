"""Defaults of each chunk method's parser_config, and how partial ones are merged (contract §7.1, §9.3)."""

from __future__ import annotations

import copy
from typing import Any

from ragflow_admin.standin.face024 import models

METHODS = (
    "naive", "book", "email", "laws", "manual", "one", "paper", "picture", "presentation", "qa", "table", "tag",
)  # fmt: skip
ENTITY_TYPES = ["organization", "person", "geo", "event", "category"]
RAPTOR_PROMPT = (
    "Please summarize the following paragraphs. Be careful with the numbers, do not make things up. "
    "Paragraphs as following:\n      {cluster_content}\nThe above is the content you need to summarize."
)

_ALWAYS: dict[str, Any] = {"image_context_size": 0, "table_context_size": 0}
_SWITCHES = {"graphrag": {"use_graphrag": False}, "raptor": {"use_raptor": False}}
_NAIVE: dict[str, Any] = {
    "auto_keywords": 0,
    "auto_questions": 0,
    "chunk_token_num": 512,
    "delimiter": "\n",
    "graphrag": {"entity_types": ENTITY_TYPES, "method": "light", "use_graphrag": True},
    "html4excel": False,
    "layout_recognize": "DeepDOC",
    "raptor": {
        "max_cluster": 64, "max_token": 256, "prompt": RAPTOR_PROMPT, "random_seed": 0, "threshold": 0.1,
        "use_raptor": True,
    },
    "topn_tags": 3,
}  # fmt: skip
_WITH_SWITCHES = {"book", "laws", "manual", "paper", "presentation", "qa"}


def default_for(method: str) -> dict[str, Any]:
    """The parser_config of a method if none is sent. naive turns raptor and graphrag on."""
    own = _NAIVE if method == "naive" else _SWITCHES if method in _WITH_SWITCHES else {}
    return copy.deepcopy({**own, **_ALWAYS})


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """`old` updated with `new`: objects are merged key by key, lists and values replaced."""
    out = dict(old)
    for key, value in new.items():
        before = out.get(key)
        out[key] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return out


# What the request schema adds to a parser_config that was sent on create, whatever the method.
SCHEMA_DEFAULTS: dict[str, Any] = {
    "auto_keywords": 0,
    "auto_questions": 0,
    "chunk_token_num": 512,
    "delimiter": r"\n",
    "filename_embd_weight": 0.1,
    "graphrag": {
        "community": False, "entity_types": ENTITY_TYPES, "method": "light", "resolution": False,
        "use_graphrag": False,
    },
    "html4excel": False,
    "layout_recognize": "DeepDOC",
    "pages": None,
    "raptor": {
        "auto_disable_for_structured_data": True, "max_cluster": 64, "max_token": 256, "prompt": RAPTOR_PROMPT,
        "random_seed": 0, "threshold": 0.1, "use_raptor": False,
    },
    "tag_kb_ids": [],
    "task_page_size": None,
    "topn_tags": 1,
}  # fmt: skip


def on_create(method: str, sent: dict[str, Any] | None) -> dict[str, Any]:
    """The parser_config of a new dataset. If one is sent, missing keys come from the schema, not from the method."""
    config = default_for(method) if sent is None else {**merged(SCHEMA_DEFAULTS, sent), **_ALWAYS}
    return copy.deepcopy({**config, "llm_id": models.CHAT})
