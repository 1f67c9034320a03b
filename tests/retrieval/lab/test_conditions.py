"""Metadata conditions in the retrieval lab: joined as they read, although RAGFlow forgets what nothing meets."""

from __future__ import annotations

import html
from urllib.parse import urlencode

import pytest
from django.test import Client

from dashboard.models import Server
from ragflow_admin.standin.testing import StandinProcess

CHUNK = [{"content": "Annual leave is thirty days."}]


@pytest.fixture
def dataset_ids(standin: StandinProcess, tenant_key: str, ragflow_server: Server) -> list[str]:
    """Two datasets, of which one has documents of the year 2025 and the other one of 2024."""
    found = standin.fill(
        tenant_key,
        datasets=[
            {"name": name, "documents": [{"name": f"{name}.txt", "run": "DONE", "chunks": CHUNK, "meta_fields": meta}]}
            for name, meta in (("new", {"year": 2025, "team": "HR"}), ("old", {"year": 2024, "team": "IT"}))
        ],
    )
    standin.reset_requests()
    return [one["id"] for one in found["datasets"]]


def ask(client: Client, server: Server, dataset_ids: list[str], *lines: tuple[str, str, str], logic: str = "and"):
    pairs = [("q", "annual leave"), ("logic", logic), *(("dataset", one) for one in dataset_ids)]
    for key, operator, value in lines:
        pairs += [("meta_key", key), ("meta_operator", operator), ("meta_value", value)]
    return client.get(f"{server.url('retrieval:lab')}?{urlencode(pairs)}")


def test_conditions_that_exclude_each_other_find_nothing_and_say_so(
    viewer_client: Client, ragflow_server: Server, dataset_ids: list[str], standin: StandinProcess, tenant_key: str
) -> None:
    answer = ask(viewer_client, ragflow_server, dataset_ids, ("team", "is", "nobody"), ("year", "is", "2025"))
    assert answer.status_code == 422
    assert "No document matches all of these conditions" in html.unescape(answer.content.decode())
    assert not [call for call in standin.requests(tenant_key) if call["path"].endswith("/retrieval")]


def test_a_beginning_that_one_of_the_datasets_meets_is_enough(
    viewer_client: Client, ragflow_server: Server, dataset_ids: list[str]
) -> None:
    answer = ask(viewer_client, ragflow_server, dataset_ids, ("team", "is", "IT"), ("year", "<", "2025"))
    assert answer.status_code == 200
    assert "old.txt" in answer.content.decode()
    assert "new.txt" not in answer.content.decode()


def test_any_of_the_conditions_needs_no_further_call(
    viewer_client: Client, ragflow_server: Server, dataset_ids: list[str], standin: StandinProcess, tenant_key: str
) -> None:
    lines = (("team", "is", "nobody"), ("year", "is", "2025"))
    answer = ask(viewer_client, ragflow_server, dataset_ids, *lines, logic="or")
    assert "new.txt" in answer.content.decode()
    assert not [call for call in standin.requests(tenant_key) if "metadata_condition" in call["query"]]
