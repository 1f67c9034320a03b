"""A RAGFlow that answers what a test tells it to, and the form of a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from dashboard.ragflow.releases import detection
from tests.support.ragflow.certificates import Authority
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Reply, serving

Typed = dict[str, str]


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    """A RAGFlow 0.27 without datasets that takes any key."""
    cache.clear()
    with serving() as server:
        server.release = "v0.27.0"
        server.on("GET", "/v1/system/healthz", Reply({"code": 404}, status=404))
        server.on("GET", "/api/v1/datasets", Reply({"code": 0, "data": [], "total_datasets": 3}))
        server.on("GET", "/api/v1/models/default", Reply({"code": 0, "data": {"models": []}}))
        yield server
        detection.forget(server.base_url)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def typed(fake: FakeServer) -> Callable[..., Typed]:
    """The fields of the form, filled for the fake: ``typed(base_url="…")`` changes some."""

    def fill(**changed: Any) -> Typed:
        fields = {"name": "Second", "base_url": fake.base_url, "api_key": KEY, "tls": "on", "ca_file": ""}
        return fields | changed

    return fill


@pytest.fixture
def said(administrator_client: Client, typed: Callable[..., Typed]) -> Callable[..., str]:
    """What *Test connection* says about the typed fields."""

    def test(**changed: Any) -> str:
        response = administrator_client.post("/administration/servers/test/", typed(**changed))
        page = response.content.decode()
        assert KEY not in page
        start = page.index('role="alert"')
        return page[start : page.index("</form>", start)]

    return test
