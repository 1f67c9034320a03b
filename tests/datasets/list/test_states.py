"""The bars of the list: how many documents are parsed, and what counting them costs."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, RunStatus
from ragflow_admin.standin.testing import StandinProcess

pytestmark = pytest.mark.releases

Fill = Callable[..., Dataset]


@pytest.fixture
def url(ragflow_server: Server) -> str:
    return ragflow_server.url("datasets:states")


@pytest.fixture
def fill(ragflow: RAGFlow) -> Fill:
    """A dataset with a number of parsed documents, and a number of unparsed ones."""

    def make(name: str, parsed: int = 0, todo: int = 0) -> Dataset:
        dataset = ragflow.datasets.create(name=name)
        for number in range(parsed + todo):
            made = ragflow.documents.upload(dataset, f"{number}.txt", io.BytesIO(b"One line."), 9)
            if number < parsed:
                ragflow.documents.parse(ragflow.documents.get(dataset.id, made.id))
        end = time.monotonic() + 20
        while (ragflow.documents.list(dataset.id, run=(RunStatus.DONE,)).total or 0) < parsed:
            assert time.monotonic() < end, "the stand-in does not parse"
            time.sleep(0.05)
        return dataset

    return make


def calls(standin: StandinProcess, key: str) -> list[str]:
    """What was asked about documents."""
    return [entry["query"] for entry in standin.requests(key) if entry["path"].endswith("/documents")]


def words(page: str, dataset: Dataset) -> str:
    """What the bar of the dataset says to screen readers."""
    found = re.search(rf'id="state-{dataset.id}".*?aria-label="(.*?)"', page, re.DOTALL)
    return found[1] if found else ""


def test_each_dataset_says_what_is_parsed(viewer_client: Client, url: str, fill: Fill) -> None:
    done, partly, empty = fill("Done", parsed=2), fill("Partly", parsed=1, todo=2), fill("Empty")

    page = viewer_client.get(url).content.decode()

    assert words(page, done) == "Done: 2 parsed"
    assert words(page, partly) == "Partly: 1 of 3 parsed, 2 not parsed"
    assert empty.id not in page


def test_failed_stopped_and_running_documents_have_their_part(
    viewer_client: Client, url: str, ragflow: RAGFlow, standin: StandinProcess
) -> None:
    dataset = ragflow.datasets.create(name="Mixed")
    standin.parsing(speed=20, paused=True)
    for name in ("a.txt", "b.txt"):
        made = ragflow.documents.upload(dataset, name, io.BytesIO(b"One"), 3)
        ragflow.documents.parse(ragflow.documents.get(dataset.id, made.id))
    ragflow.documents.stop(ragflow.documents.get(dataset.id, made.id))

    page = viewer_client.get(url).content.decode()

    assert words(page, dataset) == "Mixed: 0 of 2 parsed, 1 parsing, 1 cancelled"
    assert "delay:10s" in page, "asked again while something is parsed"


def test_the_list_itself_counts_nothing(
    viewer_client: Client, ragflow_server: Server, fill: Fill, standin: StandinProcess, tenant_key: str
) -> None:
    dataset = fill("Partly", todo=1)
    standin.reset_requests()

    page = viewer_client.get(ragflow_server.url("datasets:list") + "?sort=name").content.decode()

    assert calls(standin, tenant_key) == []
    assert f'id="state-{dataset.id}"' in page
    assert "1 document<" in page
    assert "/datasets/states/?sort=name" in page


def test_a_parsed_dataset_costs_one_call_any_other_five_and_the_next_seconds_nothing(
    viewer_client: Client, url: str, fill: Fill, standin: StandinProcess, tenant_key: str, release: str
) -> None:
    fill("Done", parsed=3)
    fill("Empty")
    fill("Partly", parsed=1, todo=9)
    standin.reset_requests()

    viewer_client.get(url)
    asked = calls(standin, tenant_key)
    viewer_client.get(url)

    if release != "0.24":
        assert asked == []
        assert len(standin.requests(tenant_key)) == 2, "the list has the counts"
        return
    assert len(asked) == 1 + 5
    assert all("page_size=1&" in f"{query}&" for query in asked), "documents are counted, not read"
    assert calls(standin, tenant_key) == asked


def test_another_document_is_counted_at_once(viewer_client: Client, url: str, fill: Fill, ragflow: RAGFlow) -> None:
    dataset = fill("Done", parsed=1)
    assert words(viewer_client.get(url).content.decode(), dataset) == "Done: 1 parsed"

    ragflow.documents.upload(dataset, "more.txt", io.BytesIO(b"One"), 3)

    assert words(viewer_client.get(url).content.decode(), dataset) == "Done: 1 of 2 parsed, 1 not parsed"


def test_a_dataset_that_cannot_be_counted_keeps_its_number_and_hurts_no_other(
    viewer_client: Client, url: str, fill: Fill, standin: StandinProcess, release: str
) -> None:
    bad, good = fill("Bad", todo=1), fill("Good", parsed=1)
    cache.clear()
    standin.fault("error500", path=f"/api/v1/datasets/{bad.id}/documents")

    response = viewer_client.get(url)

    assert response.status_code == 200
    assert (bad.id in response.content.decode()) is (release != "0.24"), "0.27 counts in the list of datasets"
    assert words(response.content.decode(), good) == "Good: 1 parsed"


def test_a_hostile_name_stays_text(viewer_client: Client, url: str, fill: Fill) -> None:
    dataset = fill('"><img src=x onerror=alert(1)>', parsed=1)

    page = viewer_client.get(url).content.decode()

    assert "<img" not in page
    assert words(page, dataset) == "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;: 1 parsed"
