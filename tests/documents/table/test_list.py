"""The documents page: what it shows, and what it costs."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from dashboard.documents.parsing import progress
from dashboard.documents.query import dated
from dashboard.documents.query.query import COLUMNS
from dashboard.models import Watch
from dashboard.ragflow import RAGFlow
from tests.support.pages.documents import names
from tests.support.pages.reading import visible_text
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.releases


def test_the_page_names_every_document_and_its_state(viewer_client, address, stored, ragflow):
    document = stored("a.txt")
    stored("b.md")
    ragflow.documents.parse(document)
    wait_until(lambda: ragflow.documents.get(document.dataset_id, document.id).run == "DONE")
    page = viewer_client.get(address())
    assert page.status_code == 200
    assert names(page) == ["b.md", "a.txt"]
    text = visible_text(page)
    assert "1 of 2 parsed" in text
    assert "Not parsed 1" in text
    assert "Parsed 1" in text


def test_an_empty_dataset_shows_where_to_drop_files(curator_client, address):
    page = curator_client.get(address())
    assert "Drop files or folders here" in visible_text(page)
    assert "at most 128.0 MB each" in visible_text(page).replace("\xa0", " ")


def test_a_viewer_is_offered_nothing_that_changes_documents(viewer_client, address, stored):
    stored("a.txt")
    html = viewer_client.get(address()).content.decode()
    assert 'id="bulk"' not in html
    assert "upload-files" not in html
    assert 'name="id"' not in html


def test_a_hostile_name_is_text_and_nothing_else(viewer_client, address, stored):
    stored("<img src=x onerror=alert(1)>.txt")
    html = viewer_client.get(address()).content.decode()
    assert "<img src=x" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;.txt" in html


def test_pages_are_those_of_ragflow(viewer_client, address, stored, standin, tenant_key):
    for number in range(3):
        stored(f"{number}.txt")
    standin.reset_requests()
    viewer_client.get(address(), {"page_size": "100", "page": "1", "sort": "name"})
    asked = [r for r in standin.requests(tenant_key) if "page_size=100" in r["query"] or "100" in str(r["query"])]
    assert len(asked) == 1
    assert "name" in str(asked[0]["query"])


def test_the_order_is_ragflows(viewer_client, address, stored):
    for name in ("b.txt", "a.txt", "c.txt"):
        stored(name)
    assert names(viewer_client.get(address(), {"sort": "name"})) == ["a.txt", "b.txt", "c.txt"]
    assert names(viewer_client.get(address(), {"sort": "-name"})) == ["c.txt", "b.txt", "a.txt"]


@pytest.mark.parametrize("column", COLUMNS)
def test_the_list_is_sorted_by_every_column(column, viewer_client, address, stored):
    stored("a.txt")
    page = viewer_client.get(address(), {"sort": f"-{column}"})
    assert page.status_code == 200
    assert names(page) == ["a.txt"]


def test_the_order_of_a_column_that_ragflow_cannot_sort_by_is_made_here(viewer_client, address, stored):
    for name, text in (("b.txt", b"One"), ("a.txt", b"One, two, three"), ("c.txt", b"One, two")):
        stored(name, text)
    assert names(viewer_client.get(address(), {"sort": "size"})) == ["b.txt", "c.txt", "a.txt"]
    assert names(viewer_client.get(address(), {"sort": "-size"})) == ["a.txt", "c.txt", "b.txt"]


def test_too_many_documents_to_sort_here_are_sorted_by_upload(viewer_client, address, stored, monkeypatch, release):
    monkeypatch.setattr(dated, "WHOLE", 2)
    for name, text in (("b.txt", b"One"), ("a.txt", b"One, two, three"), ("c.txt", b"One, two")):
        stored(name, text)
    page = viewer_client.get(address(), {"sort": "size"})
    assert ("sorts by name and date only" in visible_text(page)) is (release != "0.24")
    assert names(page) == (["b.txt", "c.txt", "a.txt"] if release == "0.24" else ["c.txt", "a.txt", "b.txt"])


def test_searching_keeps_the_status_and_counts_under_the_search(viewer_client, address, stored):
    stored("report-1.txt")
    stored("report-2.txt")
    stored("other.txt")
    page = viewer_client.get(address(), {"q": "report", "status": "not-parsed"})
    assert sorted(names(page)) == ["report-1.txt", "report-2.txt"]
    assert "All 2" in visible_text(page)
    assert "q=report" in page.content.decode()


def test_a_page_beyond_the_last_shows_the_last(viewer_client, address, stored):
    stored("only.txt")
    assert names(viewer_client.get(address(), {"page": "7"})) == ["only.txt"]


def test_htmx_gets_the_table_and_no_frame(viewer_client, address, stored):
    stored("a.txt")
    answer = viewer_client.get(address(), headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert 'id="table"' in html
    assert "<html" not in html
    assert 'id="chips"' in html


def test_a_first_visit_costs_few_calls_and_a_second_two(viewer_client, address, stored, standin, tenant_key):
    stored("a.txt")
    standin.reset_requests()
    viewer_client.get(address())
    assert len(standin.requests(tenant_key)) <= 6
    standin.reset_requests()
    viewer_client.get(address())
    assert len(standin.requests(tenant_key)) == 2


def test_the_cost_in_queries_does_not_grow_with_the_rows(viewer_client, address, stored, django_assert_max_num_queries):
    for number in range(12):
        stored(f"{number}.txt")
    viewer_client.get(address())
    with django_assert_max_num_queries(6):
        viewer_client.get(address())


def test_a_document_that_came_meanwhile_is_counted_once(
    viewer_client, address, stored, ragflow_server, dataset, make_due, standin, tenant_key
):
    stored("a.txt")
    viewer_client.get(address())
    progress.poll(make_due())
    stored("b.txt")
    assert "All 2" in visible_text(viewer_client.get(address()))
    standin.reset_requests()
    assert "All 2" in visible_text(viewer_client.get(address()))
    assert len(standin.requests(tenant_key)) == 2


def test_a_dataset_of_somebody_else_is_not_found(viewer_client, ragflow_server, standin, dataset):
    other = RAGFlow(standin.base_url, standin.new_key()).datasets.create(name="Theirs")
    answer = viewer_client.get(ragflow_server.url("documents:list", other.id))
    assert answer.status_code == 404
    assert not Watch.objects.filter(dataset_id=other.id).exists()


def test_a_deleted_dataset_says_so(viewer_client, address, ragflow, dataset):
    ragflow.datasets.delete([dataset])
    cache.clear()
    assert viewer_client.get(address()).status_code == 404


def test_ragflow_being_down_is_said_and_nothing_breaks(viewer_client, address, standin):
    standin.fault("error500", path=".*")
    answer = viewer_client.get(address())
    assert answer.status_code == 502
    assert "Try again" in visible_text(answer)


def test_parsed_without_a_chunk_is_a_warning(viewer_client, address, stored, ragflow):
    document = stored("blank.txt", b"\n \n")
    ragflow.documents.parse(document)
    wait_until(lambda: ragflow.documents.get(document.dataset_id, document.id).run != "RUNNING")
    assert "Parsed, 0 chunks" in visible_text(viewer_client.get(address()))


def test_opening_the_page_starts_a_watch(viewer_client, address, stored, ragflow_server, dataset):
    stored("a.txt")
    viewer_client.get(address())
    watch = Watch.objects.get(server=ragflow_server, dataset_id=dataset.id)
    assert watch.next_at is not None
