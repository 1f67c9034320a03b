"""The filter bar's days of upload, with every other filter, and what RAGFlow is asked for them."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from dashboard.documents.parsing import snapshot
from dashboard.documents.query import listing
from dashboard.documents.query.listing import Query
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from tests.support.pages.documents import DAY, at, names
from tests.support.pages.reading import visible_text

pytestmark = pytest.mark.releases


def asked_of(standin, key: str) -> list[dict[str, Any]]:
    return [call["query"] for call in standin.requests(key) if call["path"].endswith("/documents")]


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ({"from": "2026-05-11", "to": "2026-05-12"}, ["cleo.docx", "ben.pdf"]),
        ({"from": "2026-05-13"}, ["plain.txt", "dora.docx"]),
        ({"to": "2026-05-10"}, ["ann.pdf"]),
        ({"from": "2026-05-12", "to": "2026-05-12"}, ["cleo.docx"]),
        ({"from": "2026-05-11", "type": "word"}, ["dora.docx", "cleo.docx"]),
        ({"from": "2026-05-11", "sort": "name"}, ["ben.pdf", "cleo.docx", "dora.docx", "plain.txt"]),
        ({"from": "2026-05-11", "q": "o", "sort": "-name"}, ["dora.docx", "cleo.docx"]),
        ({"from": "2026-05-11", "meta_key": "author", "meta_value": "Ann"}, ["dora.docx"]),
    ],
)
def test_documents_of_days_are_listed_with_every_other_filter(viewer_client: Client, people: str, days, found) -> None:
    page = viewer_client.get(people, days)
    assert names(page) == found
    assert f"All {len(found)}" in visible_text(page)


def test_ragflow_is_never_asked_for_days_because_it_counts_them_wrongly(
    viewer_client: Client, people: str, standin, tenant_key
) -> None:
    viewer_client.get(people, {"from": "2026-05-11", "to": "2026-05-12"})
    asked = asked_of(standin, tenant_key)
    assert asked
    assert not [query for query in asked if "create_time_from" in str(query) or "create_time_to" in str(query)]


def test_pages_of_days_are_full_and_follow_each_other(viewer_client: Client, made) -> None:
    url = made([{"name": f"{n:03}.txt", "create_time": at(n / 10)} for n in range(200)])
    days = {"from": "2026-05-12", "to": "2026-05-25"}
    pages = [viewer_client.get(url, days | {"page": str(number)}) for number in (1, 2, 3)]
    seen = [name for page in pages for name in names(page)]
    right = [f"{n:03}.txt" for n in range(200) if DAY.date() + timedelta(2) <= (DAY + timedelta(n / 10)).date()
             <= DAY.date() + timedelta(15)]  # fmt: skip
    assert seen == sorted(right, reverse=True)
    assert [len(names(page)) for page in pages] == [50, 50, len(right) - 100]
    assert f"1 to 50 of {len(right)}" in visible_text(pages[0])
    assert "from=2026-05-12&amp;to=2026-05-25&amp;page=2" in pages[0].content.decode()


def test_states_are_counted_among_the_days(viewer_client: Client, made) -> None:
    states = ["DONE", "DONE", "FAIL", "UNSTART"]
    url = made([{"name": f"{n}.txt", "run": run, "create_time": at(n)} for n, run in enumerate(states)])
    page = viewer_client.get(url, {"from": "2026-05-11"})
    assert "All 3" in visible_text(page)
    for words in ("Parsed 1", "Failed 1", "Not parsed 1"):
        assert words in visible_text(page)
    assert names(viewer_client.get(url, {"from": "2026-05-11", "status": "failed"})) == ["2.txt"]


def test_many_documents_of_days_cost_few_calls_and_say_how_they_are_sorted(
    viewer_client: Client, made, standin, tenant_key
) -> None:
    url = made([{"name": f"{n}.txt", "create_time": at(n / 100)} for n in range(3000)])
    days = {"from": "2026-05-12", "sort": "name"}
    page = viewer_client.get(url, days)
    assert len(asked_of(standin, tenant_key)) <= 24
    assert "they are sorted by upload, newest first" in visible_text(page)
    assert names(page) == [f"{n}.txt" for n in range(2999, 2949, -1)]
    standin.reset_requests()
    viewer_client.get(url, days | {"page": "2"})
    # Where the days stand is remembered for some seconds: the number of documents and the page are asked for.
    assert len(asked_of(standin, tenant_key)) <= 3


def test_a_first_day_after_the_last_is_said(viewer_client: Client, people: str) -> None:
    page = viewer_client.get(people, {"from": "2026-05-12", "to": "2026-05-11"})
    assert "The start date is after the end date" in visible_text(page)


def test_the_time_zone_of_the_days_is_told(viewer_client: Client, people: str) -> None:
    assert "Dates are in the time zone UTC" in visible_text(viewer_client.get(people))


def test_a_job_for_all_that_match_means_the_days_too(ragflow: RAGFlow, people: str) -> None:
    dataset_id = people.split("/datasets/")[1].split("/")[0]
    query = Query.read(QueryDict("from=2026-05-11&to=2026-05-13&type=word"))
    found = listing.page_of(ragflow, dataset_id, query, number=1, size=500)
    assert [document.name for document in found] == ["cleo.docx", "dora.docx"]
    assert found.total == 2


@pytest.mark.parametrize(
    ("query", "found", "chip"),
    [
        ({}, ["b.pdf", "a.txt"], "Stalled 2"),
        ({"q": "a"}, ["a.txt"], "Stalled 1"),
        ({"type": "pdf"}, ["b.pdf"], "Stalled 1"),
        ({"from": "2026-05-11"}, ["b.pdf"], "Stalled 1"),
        ({"meta_key": "k", "meta_value": "1"}, ["a.txt"], "Stalled"),
    ],
)
def test_what_stands_still_is_narrowed_by_every_filter(
    viewer_client: Client, made, ragflow: RAGFlow, ragflow_server: Server, standin, query, found, chip
) -> None:
    standin.parsing(paused=True)
    running = {"run": "RUNNING", "progress": 0.3}
    url = made([
        {"name": "a.txt", "create_time": at(0), "meta_fields": {"k": 1}, **running},
        {"name": "b.pdf", "create_time": at(1), **running},
        {"name": "c.pdf", "create_time": at(2), **running},
    ])  # fmt: skip
    dataset_id = url.split("/datasets/")[1].split("/")[0]
    documents = ragflow.documents.list(dataset_id, page_size=10).items
    seen = snapshot.advance(None, time.time(), documents, (), {"RUNNING": 3})
    for entry in seen.entries.values():
        entry.stalled = not entry.name.startswith("c")
    snapshot.save(ragflow_server, dataset_id, seen)
    page = viewer_client.get(url, {"status": "stalled"} | query)
    assert names(page) == found
    assert chip in visible_text(page)
