"""What the overview says about the release of a server."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from dashboard.models import Server
from tests.support.pages.reading import text_of
from tests.support.ragflow.fake_upstream import FakeServer, Reply, serving

WELL = {"db": "ok", "redis": "ok", "doc_engine": "ok", "storage": "ok", "status": "ok"}


@pytest.fixture
def upstream(ragflow_server: Server) -> Iterator[FakeServer]:
    with serving() as upstream:
        upstream.on("GET", "/api/v1/datasets", Reply({"code": 0, "data": [], "total_datasets": 0}))
        upstream.on("GET", "/api/v1/system/healthz", Reply(WELL))
        upstream.on("GET", "/v1/system/healthz", Reply(WELL))
        upstream.on("GET", "/api/v1/models", Reply({"code": 0, "data": []}))
        ragflow_server.base_url = upstream.base_url
        ragflow_server.save()
        yield upstream


def shown(client: Client, server: Server) -> str:
    page = text_of(client.get(server.get_absolute_url()))
    return " ".join(re.sub(r"</?b>", "", page).split())


@pytest.mark.parametrize(
    ("told", "missing", "there"),
    [
        ("v0.24.0", "There are no ingestion logs.", "Sessions always belong to the owner"),
        ("v0.25.4", "There are no compilation templates", "There are no ingestion logs."),
        ("v0.27.0", "Sessions always belong to the owner", "There are no compilation templates"),
    ],
)
def test_what_a_release_does_not_offer_is_listed(
    viewer_client: Client, ragflow_server: Server, upstream: FakeServer, told: str, missing: str, there: str
) -> None:
    upstream.release = told
    page = shown(viewer_client, ragflow_server)
    assert f"RAGFlow {told.removeprefix('v')}" in page
    assert missing in page
    assert there not in page


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("v0.31.0", "newer than this dashboard. It is spoken to as 0.27."),
        ("v0.19.0", "too old. The dashboard works with 0.24 and later."),
        ("392ec9965", "doesn't tell its release. Judging by what it has, it is spoken to as 0.26."),
    ],
)
def test_a_release_that_is_not_known_is_said(
    viewer_client: Client, ragflow_server: Server, upstream: FakeServer, told: str, said: str
) -> None:
    upstream.release = told
    assert said in shown(viewer_client, ragflow_server)


def test_the_server_in_go_is_said_to_lack_much(
    viewer_client: Client, ragflow_server: Server, upstream: FakeServer
) -> None:
    upstream.release = "v0.27.0"
    upstream.on("GET", "/api/v1/language", Reply({"code": 0, "data": {"language": "go"}}))
    page = shown(viewer_client, ragflow_server)
    assert "RAGFlow's API server in Go answers here." in page
    assert "All systems operational" not in page
    assert "API_PROXY_SCHEME=python" in page
    assert "Datasets can't be searched" in page
    assert "API server in Go" in page
