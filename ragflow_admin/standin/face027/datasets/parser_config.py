"""Defaults of each chunk method's parser_config in 0.27 (ragflow-0.27 §6 "Datasets")."""

from __future__ import annotations

import copy
from typing import Any

from ragflow_admin.standin.face024.datasets import parser_config as old
from ragflow_admin.standin.face024.datasets.parser_config import ENTITY_TYPES, merged

METHODS = (*old.METHODS, "resume")
PROMPT = (
    "Summarize the paragraphs below without inventing facts or changing numbers.\n"
    "Output exactly two parts in the same language as the source:\n"
    "1. First line: a concise title only.\n"
    "2. Following lines: a concise summary of the content.\n"
    "Do not output labels, Markdown headings, bullet points, or any other commentary.\n\n"
    "Paragraphs:\n{cluster_content}"
)
_GRAPHRAG: dict[str, Any] = {
    "batch_chunk_token_size": 4096, "build_subgraph_min_timeout_seconds": 600,
    "build_subgraph_timeout_per_chunk_seconds": 300, "community_timeout_seconds": 1800, "entity_types": ENTITY_TYPES,
    "lock_acquire_timeout_seconds": 600, "merge_timeout_seconds": 180, "method": "light",
    "resolution_timeout_seconds": 1800, "retry_attempts": 2, "retry_backoff_max_seconds": 60.0,
    "retry_backoff_seconds": 2.0,
}  # fmt: skip
_RAPTOR: dict[str, Any] = {
    "clustering_ratio": 0.5, "clustering_threshold": 0.3, "max_cluster": 64, "max_token": 512, "prompt": PROMPT,
    "random_seed": 0,
}  # fmt: skip
_PARENT_CHILD = {"children_delimiter": "\n", "use_parent_child": False}
# Accepted from older clients, and dropped.
_DROPPED = ("threshold", "clustering_method", "tree_builder", "ext")
_NAIVE: dict[str, Any] = {
    "children_delimiter": "",
    "graphrag": {**_GRAPHRAG, "use_graphrag": True},
    "parent_child": _PARENT_CHILD,
    "raptor": {**_RAPTOR, "use_raptor": True},
}
# What the request schema adds to a parser_config that was sent on create, whatever the method.
SCHEMA_DEFAULTS: dict[str, Any] = {
    **old.SCHEMA_DEFAULTS,
    "children_delimiter": "",
    "compilation_template_group_id": [],
    "delimiter": "\n",
    "enable_children": False,
    "ext": {},
    "graphrag": {**_GRAPHRAG, "community": False, "resolution": False, "use_graphrag": False},
    "parent_child": _PARENT_CHILD,
    "raptor": {**_RAPTOR, "auto_disable_for_structured_data": True, "scope": "file", "use_raptor": False},
    "table_column_mode": None,
    "table_column_names": None,
    "table_column_roles": None,
}


def default_for(method: str) -> dict[str, Any]:
    """The parser_config of a method if none is sent. naive turns raptor and graphrag on."""
    return copy.deepcopy(old.default_for(method) | (_NAIVE if method == "naive" else {}))


def with_raptor(config: dict[str, Any]) -> dict[str, Any]:
    """The parser_config of a dataset when a RAPTOR job runs: if RAPTOR was off, it is on with the defaults."""
    if config.get("raptor", {}).get("use_raptor"):
        return config
    return {**config, "raptor": {**_RAPTOR, "scope": "file", "use_raptor": True}}


def accepted(sent: dict[str, Any]) -> dict[str, Any]:
    """A validated parser_config without the settings that only older clients send."""
    raptor = sent.get("raptor")
    if not raptor:
        return sent
    return {**sent, "raptor": {name: value for name, value in raptor.items() if name not in _DROPPED}}


def on_create(method: str, sent: dict[str, Any] | None, llm_id: str) -> dict[str, Any]:
    """The parser_config of a new dataset. If one is sent, missing keys come from the schema, not from the method."""
    config = merged(SCHEMA_DEFAULTS, accepted(sent)) | old.default_for("one") if sent else default_for(method)
    return copy.deepcopy({**config, "llm_id": llm_id})


def on_update(current: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """The parser_config after a partial one was sent, which also brings `enable_children`."""
    return merged({"enable_children": False, **current}, accepted(sent))
