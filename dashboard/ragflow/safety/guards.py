"""Checks before a request: ids are valid, lists of ids are not empty, configurations have only known keys.

RAGFlow 0.24 treats an empty or missing list of ids as "all" (contract §6), so these checks must never let one through.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from dashboard.ragflow.errors import NotFound, UnsafeCall
from dashboard.ragflow.releases.offers import Offer

_ROW_ID = re.compile(r"[0-9a-f]{32}")
_CHUNK_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class HasId(Protocol):
    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=HasId)


def safe_id(value: object, what: str) -> str:
    """The id of a row (32 hex digits), for use in a write. Anything else raises UnsafeCall."""
    if not isinstance(value, str) or not _ROW_ID.fullmatch(value):
        raise UnsafeCall(f"{what} id must be 32 hexadecimal digits, not {value!r}")
    return value


def safe_chunk_id(value: object) -> str:
    """The id of a chunk, for use in a write. Anything else raises UnsafeCall."""
    if not isinstance(value, str) or not _CHUNK_ID.fullmatch(value):
        raise UnsafeCall(f"chunk id must be a short word, not {value!r}")
    return value


def may_be_id(value: str) -> bool:
    """Whether there may be a row with this id, for lists of ids from a form."""
    return _ROW_ID.fullmatch(value) is not None


def lookup_id(value: object, what: str, pattern: re.Pattern[str] = _ROW_ID) -> str:
    """The id of a row to read, often from a URL.

    A string that can't be an id raises NotFound without a call. None, "" and other types are bugs of ours and raise
    UnsafeCall.
    """
    if not isinstance(value, str) or not value:
        raise UnsafeCall(f"{what} id must be a non-empty string, not {value!r}")
    if not pattern.fullmatch(value):
        raise NotFound(f"No {what} with the ID “{value[:64]}”.")
    return value


def lookup_chunk_id(value: object) -> str:
    """Like ``lookup_id``, for chunks."""
    return lookup_id(value, "chunk", _CHUNK_ID)


def some(items: Sequence[Item], kind: type[Item]) -> tuple[Item, ...]:
    """The items of a delete without duplicates. Raises UnsafeCall unless there is at least one, all of this kind."""
    if not isinstance(items, Collection) or isinstance(items, str | bytes):  # type: ignore[unreachable]
        raise UnsafeCall(f"a sequence of {kind.__name__} is needed, not {type(items).__name__}")
    if not items:
        raise UnsafeCall(f"refusing to delete: no {kind.__name__.lower()} was named")
    for item in items:
        only(item, kind)
    return tuple({item.id: item for item in items}.values())


def only(item: object, kind: type) -> None:
    """Raise UnsafeCall for anything that was not read from the server, such as a bare id."""
    if not isinstance(item, kind):
        raise UnsafeCall(f"a {kind.__name__} from a list or get is needed, not {type(item).__name__}")


_RAPTOR = {
    "clustering_threshold",
    "clustering_ratio",
    "use_raptor",
    "prompt",
    "max_token",
    "threshold",
    "max_cluster",
    "random_seed",
    "auto_disable_for_structured_data",
}
_GRAPH_LIMITS = {
    "batch_chunk_token_size",
    "retry_attempts",
    "retry_backoff_seconds",
    "retry_backoff_max_seconds",
    "build_subgraph_timeout_per_chunk_seconds",
    "build_subgraph_min_timeout_seconds",
    "merge_timeout_seconds",
    "resolution_timeout_seconds",
    "community_timeout_seconds",
    "lock_acquire_timeout_seconds",
}
_GRAPHRAG = {"use_graphrag", "entity_types", "method", "community", "resolution", *_GRAPH_LIMITS}
_PARSER_KEYS: dict[str, set[str] | None] = {
    "auto_keywords": None,
    "auto_questions": None,
    "chunk_token_num": None,
    "delimiter": None,
    "html4excel": None,
    "layout_recognize": None,
    "tag_kb_ids": None,
    "topn_tags": None,
    "filename_embd_weight": None,
    "task_page_size": None,
    "pages": None,
    "graphrag": _GRAPHRAG,
    "raptor": _RAPTOR,
    "enable_children": None,
    "children_delimiter": None,
    "compilation_template_group_id": None,
}
# Refused by releases that do not offer this, though 0.25 stores some of them itself (ragflow-0.27 §6).
_SINCE: dict[str, Offer] = {
    "enable_children": "parts of chunks",
    "children_delimiter": "parts of chunks",
    "compilation_template_group_id": "compilation templates",
    "clustering_threshold": "RAPTOR clustering",
    "clustering_ratio": "RAPTOR clustering",
    **dict.fromkeys(_GRAPH_LIMITS, "limits of graph building"),
}
_MAY_BE_NULL = {"filename_embd_weight", "task_page_size", "pages"}


def parser_config(config: Mapping[str, Any], offered: Collection[Offer]) -> dict[str, Any]:
    """The part of a parser configuration that a server accepts which offers this (contract §7.1, ragflow-0.27 §6).

    RAGFlow adds keys of its own to the stored configuration and refuses them on input. Unknown keys, also inside
    ``raptor`` and ``graphrag``, are dropped.
    """
    kept: dict[str, Any] = {}
    for key, value in config.items():
        if key not in _PARSER_KEYS or not _has(key, offered) or (value is None and key not in _MAY_BE_NULL):
            continue
        inner = _PARSER_KEYS[key]
        if inner is None:
            kept[key] = value
        elif isinstance(value, Mapping):
            kept[key] = {
                name: part for name, part in value.items() if name in inner and _has(name, offered) and part is not None
            }
    return kept


def _has(key: str, offered: Collection[Offer]) -> bool:
    return key not in _SINCE or _SINCE[key] in offered


def changed_keys(wanted: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The part of ``wanted`` that differs from ``stored``, for servers that merge deeply."""
    difference: dict[str, Any] = {}
    for key, value in wanted.items():
        old = stored.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            inner = changed_keys(value, old)
            if inner:
                difference[key] = inner
        elif key not in stored or value != old:
            difference[key] = value
    return difference
