"""What 0.27 accepts for datasets, in the words of its schema library (ragflow-0.27 §6 "Datasets")."""

from __future__ import annotations

import uuid
from typing import Any

from ragflow_admin.standin.face024.datasets import schema as old
from ragflow_admin.standin.face024.datasets.schema import Field, Wrong, boolean, group, listing, number, one_of, text
from ragflow_admin.standin.face027.datasets.parser_config import METHODS
from ragflow_admin.standin.face027.paging import MOST
from ragflow_admin.standin.http.answers import Refused


def any_uuid(value: Any) -> str:
    """An id: a UUID of any version, returned as 32 hex digits."""
    try:
        return uuid.UUID(value).hex
    except (ValueError, AttributeError, TypeError):
        raise Wrong("Invalid UUID format") from None


def id_list(value: Any) -> Any:
    ids = [any_uuid(item) for item in listing(value)]
    repeats = sorted({item for item in ids if ids.count(item) > 1}, key=ids.index)
    if repeats:
        raise Wrong("Duplicate ids: '" + ", ".join(repeats) + "'")
    return few(ids)


def few(ids: list[str]) -> list[str]:
    """The ids, if there are at most 100 (ragflow-0.27 §0.1)."""
    if len(ids) > MOST:
        raise Wrong(f"Value error, ids must contain at most {MOST} items")
    return ids


def page_size(value: Any) -> Any:
    size = number(1)(value)
    if size > MOST:
        raise Wrong(f"Value error, page_size must be less than or equal to {MOST}")
    return size


def mapping(value: Any) -> Any:
    if not isinstance(value, dict):
        raise Wrong("Input should be a valid dictionary")
    return value


def embedding_model(value: Any) -> Any:
    """A model's name in parts, or the tenant's id of it: 32 hex digits (ragflow-0.27 §0.3)."""
    name = text(0, 255, strip=True)(value)
    if "@" not in name and not (len(name) == 32 and not set(name) - set("0123456789abcdef")):
        raise Wrong("embedding model identifier must follow <model_name>@<provider> format")
    if not all(part.strip() for part in name.split("@")):
        raise Wrong("both model_name and provider must be non-empty strings")
    return name


def avatar(value: Any) -> Any:
    try:
        return old.avatar(value)
    except Wrong as error:
        words = str(error)
        raise Wrong(words[0].lower() + words[1:] if "MIME" in words else words) from None


def summary_length(value: Any) -> Any:
    """RAPTOR's `max_token`: less than 512, 0.24's default among them, becomes 512."""
    return max(512, number(1, 2048)(value))


def _any(value: Any) -> Any:
    return value


_SECONDS = Field(number(1))
PARSER_CONFIG = group(
    **(old.PARSER_CONFIG.fields or {})
    | {
        "graphrag": group(
            **((old.PARSER_CONFIG.fields or {})["graphrag"].fields or {}),
            batch_chunk_token_size=Field(number(1)),
            retry_attempts=Field(number(0)),
            retry_backoff_seconds=Field(number(0, whole=False)),
            retry_backoff_max_seconds=Field(number(0, whole=False)),
            build_subgraph_min_timeout_seconds=_SECONDS,
            build_subgraph_timeout_per_chunk_seconds=_SECONDS,
            merge_timeout_seconds=_SECONDS,
            resolution_timeout_seconds=_SECONDS,
            community_timeout_seconds=_SECONDS,
            lock_acquire_timeout_seconds=_SECONDS,
        ),
        "raptor": group(
            **((old.PARSER_CONFIG.fields or {})["raptor"].fields or {})
            | {"max_token": Field(summary_length), "threshold": Field(_any)},
            scope=Field(one_of("file", "dataset")),
            clustering_threshold=Field(number(0, 1, whole=False)),
            clustering_ratio=Field(number(0, 1, whole=False)),
            clustering_method=Field(_any),
            tree_builder=Field(_any),
            ext=Field(_any),
        ),
        "children_delimiter": Field(text()),
        "enable_children": Field(boolean),
        "parent_child": group(children_delimiter=Field(text()), use_parent_child=Field(boolean)),
        "compilation_template_group_id": Field(listing, null=True),
        "ext": Field(mapping),
        "table_column_mode": Field(one_of("auto", "manual"), null=True),
        "table_column_names": Field(listing, null=True),
        "table_column_roles": Field(mapping, null=True),
    }
)
CREATE = old.CREATE | {
    "avatar": Field(avatar, null=True),
    "embedding_model": Field(embedding_model, null=True),
    "permission": Field(one_of("me", "team")),
    "chunk_method": Field(one_of(*METHODS)),
    "parser_config": PARSER_CONFIG,
    "auto_metadata_config": Field(mapping, null=True),
    "ext": Field(mapping),
}
UPDATE = {
    **{name: Field(f.check, null=f.null, fields=f.fields) for name, f in CREATE.items()},
    "pagerank": Field(number(0, 100)),
    "language": Field(text(0, 32), null=True),
    "connectors": Field(listing),
}
LIST = {
    "id": Field(any_uuid),
    "name": Field(text()),
    "page": Field(number(1)),
    "page_size": Field(page_size),
    "orderby": Field(one_of("create_time", "update_time")),
    "desc": Field(boolean),
    "include_parsing_status": Field(boolean),
    "ids": Field(few),
    "owner_ids": Field(few),
    "keywords": Field(text()),
    "type": Field(text()),
    "ext": Field(mapping),
}
DELETE = {"ids": Field(id_list, null=True), "delete_all": Field(boolean)}


def method_or_pipeline(out: dict[str, Any], body: dict[str, Any]) -> list[str]:
    """A dataset has a chunk method or a pipeline. `parse_type` 1 means a method, so it drops the pipeline."""
    if out.get("parse_type") == 1:
        out["pipeline_id"] = None
    given = {name: out.get(name) is not None for name in ("parse_type", "pipeline_id")}
    if out.get("chunk_method") is not None:
        extra = [name for name in given if given[name] and out[name] != 1]
        message = "parser_id provided \u2192 disallowed fields present: " + ", ".join(extra)
        return [old.report("", message, body)] if extra else []
    absent = [name for name in given if not given[name]]
    if len(absent) == 1:
        return [old.report("", f"parser_id omitted \u2192 required fields missing: {absent[0]}", body)]
    return []


def checked_id(value: str) -> str:
    """The dataset id of a path. Raises Refused 101 if it is no UUID."""
    try:
        return any_uuid(value)
    except Wrong as error:
        raise Refused(101, old.report("dataset_id", str(error), value)) from None
