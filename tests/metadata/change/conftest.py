"""Conditions of a change as the form sends them, and the writes that RAGFlow got."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.ragflow.types import Document
from ragflow_admin.standin.testing import StandinProcess

Stored = Callable[[], dict[str, Any]]


def where(*lines: str | tuple[str, ...], logic: str = "and") -> dict[str, Any]:
    """Conditions, each (key, value, operator) or less of it, as the builder sends them."""
    full = [(*((line,) if isinstance(line, str) else line), "", "")[:3] for line in lines]
    return {
        "meta_key": [key for key, _value, _operator in full],
        "meta_operator": [operator or "is" for _key, _value, operator in full],
        "meta_value": [value for _key, value, _operator in full],
        "logic": logic,
    }


def updates(standin: StandinProcess, key: str) -> list[Any]:
    return [entry["json"] for entry in standin.requests(key) if entry["method"] != "GET"]


@pytest.fixture
def asked(standin: StandinProcess, tenant_key: str, documents: dict[str, Document]) -> Callable[[], list[Any]]:
    """The writes that RAGFlow got since the documents were made."""
    standin.reset_requests()
    return lambda: updates(standin, tenant_key)
