"""Every URL of the product with its view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

ARGUMENTS = {"str": "f" * 32, "int": 1, "slug": "test"}


class Address(NamedTuple):
    """One URL of the product."""

    name: str
    view: Callable[..., Any]
    arguments: dict[str, Any]

    @property
    def path(self) -> str:
        return reverse(self.name, kwargs=self.arguments)


def walk(patterns: list[Any], namespace: str = "", above: dict[str, Any] | None = None) -> Iterator[Address]:
    """Every address under ``patterns``, with an argument for each of its parts."""
    for entry in patterns:
        converters = {name: type(c).__name__ for name, c in entry.pattern.converters.items()}
        kinds = {"StringConverter": "str", "IntConverter": "int", "SlugConverter": "slug"}
        arguments = {**(above or {}), **{name: ARGUMENTS[kinds[kind]] for name, kind in converters.items()}}
        if isinstance(entry, URLResolver):
            inner = ":".join(part for part in (namespace, entry.namespace) if part)
            yield from walk(entry.url_patterns, inner, arguments)
        elif isinstance(entry, URLPattern):
            yield Address(f"{namespace}:{entry.name}" if namespace else str(entry.name), entry.callback, arguments)


ADDRESSES = list(walk(get_resolver().url_patterns))


def allowed_methods(client: Client, address: Address) -> list[str]:
    """The methods that the view declares to allow."""
    response = client.generic("PROPFIND", address.path)
    assert response.status_code == 405, f"{address.name} takes any method: declare it"
    return sorted(method.strip() for method in response["Allow"].split(","))
