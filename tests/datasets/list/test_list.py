"""The list of datasets: what it shows, in which order, and what it asks of RAGFlow."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from dashboard.datasets.list import listing
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.support.ragflow.fake_upstream import closed_port

pytestmark = pytest.mark.releases


def names(response: Any) -> list[str]:
    """The names of the rows, in order, as they stand in the HTML."""
    return re.findall(r'<a class="ra-clip ra-block"[^>]*><bdi>(.*?)</bdi></a>', response.content.decode())


def make(ragflow: RAGFlow, *wanted: str, **more: Any) -> None:
    for name in wanted:
        ragflow.datasets.create(name=name, **more)


@pytest.fixture
def url(ragflow_server: Server) -> str:
    return ragflow_server.url("datasets:list")


def test_the_list_shows_each_dataset_with_its_facts(viewer_client: Client, url: str, ragflow: RAGFlow) -> None:
    make(ragflow, "Handbook", description="For all", permission="team", chunk_method="laws")

    page = viewer_client.get(url).content.decode()

    assert "Handbook" in page
    assert "For all" in page
    assert "Laws" in page
    assert "Team" in page


def test_a_server_without_datasets_explains_what_they_are_for(curator_client: Client, url: str) -> None:
    page = curator_client.get(url).content.decode()

    assert "No datasets yet" in page
    assert "/datasets/new/" in page


def test_a_plain_page_costs_one_call(
    viewer_client: Client, url: str, ragflow: RAGFlow, standin: StandinProcess, tenant_key: str
) -> None:
    make(ragflow, "A", "B")
    standin.reset_requests()

    viewer_client.get(url)

    assert [entry["path"] for entry in standin.requests(tenant_key)] == ["/api/v1/datasets"]


def test_a_page_makes_few_queries(
    viewer_client: Client, url: str, ragflow: RAGFlow, django_assert_max_num_queries: Any
) -> None:
    make(ragflow, *(f"Dataset {number}" for number in range(12)))

    with django_assert_max_num_queries(5):
        viewer_client.get(url)


def test_the_latest_changed_come_first(viewer_client: Client, url: str, ragflow: RAGFlow) -> None:
    make(ragflow, "First", "Second")
    ragflow.datasets.update(next(d for d in ragflow.datasets.walk() if d.name == "First"), description="changed")

    assert names(viewer_client.get(url)) == ["First", "Second"]


def test_pages_come_from_ragflow(viewer_client: Client, url: str, ragflow: RAGFlow) -> None:
    make(ragflow, *(f"Dataset {number:02}" for number in range(30)))

    page = viewer_client.get(f"{url}?sort=created&page=2&page_size=25")

    assert names(page) == [f"Dataset {number:02}" for number in range(25, 30)]
    assert "26 to 30 of 30" in page.content.decode()


def test_a_page_beyond_the_end_leads_to_the_last_one(viewer_client: Client, url: str, ragflow: RAGFlow) -> None:
    make(ragflow, "Only one")

    response = viewer_client.get(f"{url}?page=7&sort=-created")

    assert response.status_code == 302
    assert response["Location"] == f"{url}?page=1&sort=-created"


def test_a_search_finds_words_of_the_name_in_any_case(viewer_client: Client, url: str, ragflow: RAGFlow) -> None:
    make(ragflow, "Company Handbook", "Handbook of Cars", "Figures")

    assert sorted(names(viewer_client.get(f"{url}?q=HAND"))) == ["Company Handbook", "Handbook of Cars"]
    assert names(viewer_client.get(f"{url}?q=book+cars")) == ["Handbook of Cars"]


def test_a_search_without_hits_says_so_and_leads_back(viewer_client: Client, url: str, ragflow: RAGFlow) -> None:
    make(ragflow, "Figures")

    page = viewer_client.get(f"{url}?q=<b>nothing</b>").content.decode()

    assert "No datasets match “&lt;b&gt;nothing&lt;/b&gt;”" in page
    assert "Show all datasets" in page


def test_names_sort_as_people_read_them(viewer_client: Client, url: str, ragflow: RAGFlow) -> None:
    make(ragflow, "beta", "Alpha", "Gamma")

    assert names(viewer_client.get(f"{url}?sort=name")) == ["Alpha", "beta", "Gamma"]
    assert names(viewer_client.get(f"{url}?sort=-name")) == ["Gamma", "beta", "Alpha"]


def test_a_search_reads_all_datasets_in_pages_of_a_hundred_and_only_once(
    viewer_client: Client, url: str, ragflow: RAGFlow, standin: StandinProcess, tenant_key: str
) -> None:
    make(ragflow, *(f"Dataset {number:03}" for number in range(105)))
    standin.reset_requests()

    found = viewer_client.get(f"{url}?q=dataset+104")
    viewer_client.get(f"{url}?q=dataset+00&sort=name")

    assert names(found) == ["Dataset 104"]
    queries = [entry["query"] for entry in standin.requests(tenant_key)]
    assert len(queries) == 2
    assert all("page_size=100" in query for query in queries)


def test_too_many_datasets_are_said_to_be_too_many(
    viewer_client: Client, url: str, ragflow: RAGFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "WALK_SIZE", 2)
    monkeypatch.setattr(listing, "WALK_PAGES", 2)
    make(ragflow, "A", "B", "C", "D", "E", "F", "G")

    page = viewer_client.get(f"{url}?sort=name")

    assert names(page) == ["D", "E", "F", "G"]
    assert "3 older datasets were not searched" in page.content.decode()


def test_htmx_gets_the_table_only(viewer_client: Client, url: str, ragflow: RAGFlow) -> None:
    make(ragflow, "Handbook")

    page = viewer_client.get(f"{url}?q=hand", HTTP_HX_REQUEST="true").content.decode()

    assert 'id="table"' in page
    assert "Handbook" in page
    assert "<html" not in page


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("a\u202etxt.exe", "a\ufffdtxt.exe"),
        ("bell\x07", "bell\u2407"),
        ("x" * 128, "x" * 128),
        ("\u200b", "(blank name)"),
    ],
)
def test_hostile_names_are_shown_as_text(
    viewer_client: Client, url: str, ragflow: RAGFlow, name: str, shown: str
) -> None:
    make(ragflow, name)

    page = viewer_client.get(url)

    assert names(page) == [shown]
    assert "<img src=x" not in page.content.decode()


def test_viewers_cannot_select_or_delete(viewer_client: Client, url: str, ragflow: RAGFlow) -> None:
    make(ragflow, "Handbook")

    page = viewer_client.get(url).content.decode()

    assert "data-select-row" not in page
    assert "datasets/delete/" not in page
    assert "datasets/new/" not in page


@pytest.mark.parametrize("query", ["?sort=nonsense", "?page=0", "?page=abc", "?page_size=7", "?page=99999999999"])
def test_an_address_that_makes_no_sense_shows_the_list(
    viewer_client: Client, url: str, ragflow: RAGFlow, query: str
) -> None:
    make(ragflow, "Handbook")

    response = viewer_client.get(url + query, follow=True)

    assert response.status_code == 200
    assert names(response) == ["Handbook"]


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("error500", "RAGFlow failed"),
        ("html", "sent an invalid response"),
        ("half_json", "sent an invalid response"),
        ("data_false", "RAGFlow"),
        ("unauthorized", "RAGFlow rejected the API key"),
        ("drop", "RAGFlow is not responding"),
    ],
)
def test_a_bad_day_of_ragflow_is_told_with_a_way_on(
    viewer_client: Client, url: str, standin: StandinProcess, kind: str, title: str
) -> None:
    standin.fault(kind, path="/api/v1/datasets")

    response = viewer_client.get(url)

    assert response.status_code in (502, 504)
    assert title in response.content.decode()
    assert "Try again" in response.content.decode()


def test_a_server_that_is_down_is_told(viewer_client: Client, url: str, ragflow_server: Server) -> None:
    ragflow_server.base_url = f"http://127.0.0.1:{closed_port()}"
    ragflow_server.save()

    response = viewer_client.get(url)

    assert response.status_code == 502
    assert "RAGFlow is not responding" in response.content.decode()


def test_a_datasets_own_address_leads_to_its_documents(viewer_client: Client, ragflow_server: Server) -> None:
    response = viewer_client.get(ragflow_server.url("datasets:detail", "0" * 32))

    assert response.status_code == 302
    assert response["Location"] == ragflow_server.url("documents:list", "0" * 32)
