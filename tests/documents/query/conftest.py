"""Documents put straight into the stand-in's store, and conditions as the filter bar sends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.pages.documents import PEOPLE, at


@pytest.fixture
def made(standin, tenant_key, ragflow_server) -> Callable[..., str]:
    """Puts documents into the store as they are given and returns the address of their list."""

    def make(documents: list[dict[str, Any]]) -> str:
        found = standin.fill(tenant_key, datasets=[{"name": "Handbook", "documents": documents}])
        standin.reset_requests()
        return str(ragflow_server.url("documents:list", found["datasets"][0]["id"]))

    return make


@pytest.fixture
def people(made) -> str:
    """A day apart: ann.pdf on 10 May, ben.pdf, cleo.docx, dora.docx, and plain.txt on 14 May without metadata."""
    return made([{"name": name, "create_time": at(day), "meta_fields": meta} for name, day, meta in PEOPLE])


def conditions(*lines: tuple[str, str, str], logic: str = "") -> list[tuple[str, str]]:
    parts = [
        pair for key, operator, value in lines
        for pair in (("meta_key", key), ("meta_operator", operator), ("meta_value", value))
    ]  # fmt: skip
    return [*parts, ("logic", logic)] if logic else parts


def conditions_as_dict(*lines: tuple[str, str, str]) -> dict[str, list[str]]:
    keys, operators, values = zip(*lines, strict=True)
    return {"meta_key": list(keys), "meta_operator": list(operators), "meta_value": list(values)}
