"""What the document routes of 0.27 accept in a body, with the messages of the real server's schema library."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from ragflow_admin.standin.face024.datasets import schema
from ragflow_admin.standin.face024.datasets.parser_config import METHODS
from ragflow_admin.standin.face024.datasets.schema import Field, Wrong
from ragflow_admin.standin.face027 import paging
from ragflow_admin.standin.face027.datasets.schema import PARSER_CONFIG
from ragflow_admin.standin.http.answers import Refused

# A document may not be a "resume", but a "knowledge_graph" (ragflow-0.27 §6 "Datasets").
DOCUMENT_METHODS = frozenset({*METHODS, "knowledge_graph"}) - {"resume"}


def _dictionary(value: Any) -> Any:
    if not isinstance(value, dict):
        raise Wrong("Input should be a valid dictionary")
    return value


def _metadata(value: Any) -> Any:
    """Values are texts, numbers, or lists of them."""
    for item in _dictionary(value).values():
        for part in item if isinstance(item, list) else [item]:
            if not isinstance(part, (str, int, float)):
                raise Wrong(f"The type is not supported: {item}")
    return value


def _method(value: Any) -> Any:
    name = schema.text()(value)
    if not name:
        raise Wrong("`chunk_method` (empty string) is not valid")
    if name not in DOCUMENT_METHODS:
        raise Wrong(f"`chunk_method` {name} doesn't exist")
    return name


def _switch(value: Any) -> Any:
    """0 or 1: booleans are refused."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong("Input should be a valid integer")
    return schema.number(0, 1)(value)


def _ids(value: Any) -> Any:
    ids = schema.listing(value)
    repeats = [item for item in dict.fromkeys(ids) if ids.count(item) > 1]
    if repeats:
        raise Wrong("Duplicate ids: " + ", ".join(f"'{item}'" for item in repeats))
    return ids


UPDATE = {
    "name": Field(schema.text()),
    "chunk_method": Field(_method),
    "enabled": Field(_switch),
    "meta_fields": Field(_metadata),
    "parser_config": PARSER_CONFIG,
    "chunk_count": Field(schema.number(0)),
    "token_count": Field(schema.number(0)),
    "progress": Field(schema.number(-1, 1, whole=False)),
}
DELETE = {"ids": Field(_ids, null=True), "delete_all": Field(schema.boolean)}
METADATA_FIELD = {
    "key": Field(schema.text(1), required=True),
    "type": Field(schema.text(), null=True),
    "description": Field(schema.text(), null=True),
    "enum": Field(schema.listing, null=True),
}


def checked(specs: dict[str, Field], body: dict[str, Any], code: int) -> dict[str, Any]:
    """The validated values. Raises Refused with `code` and one line per invalid field."""
    try:
        return schema.checked(specs, body)
    except Refused as refused:
        raise Refused(code, refused.message) from None


def checked_known(specs: dict[str, Field], body: dict[str, Any], code: int) -> dict[str, Any]:
    """As `checked`, for a route that ignores unknown fields."""
    return checked(specs, {key: value for key, value in body.items() if key in specs}, code)


def id_list(query: QueryDict, name: str) -> list[str]:
    """The ids of a parameter that may be repeated, or list them with commas. Raises ValueError for more than 100."""
    ids = [item.strip() for value in query.getlist(name) for item in value.split(",") if item.strip()]
    paging.at_most(ids, name)
    return ids
