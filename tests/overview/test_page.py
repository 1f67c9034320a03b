"""The overview: how the server is, what it holds, what is parsed, who did what; and what it says on a bad day."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from dashboard.documents.parsing import progress
from dashboard.models import Server, Watch
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.reading import text_of
from tests.support.ragflow.fake_upstream import Reply, closed_port, serving

pytestmark = pytest.mark.releases


@pytest.fixture
def url(ragflow_server: Server) -> str:
    return ragflow_server.get_absolute_url()


def paths(standin: StandinProcess) -> list[str]:
    return [entry["path"] for entry in standin.requests()]


def poll_all() -> None:
    """What beat and worker do, once."""
    for watch_id in progress.due_watches():
        progress.poll(watch_id)


def upload(ragflow: RAGFlow, dataset_name: str, file_name: str, text: str) -> Any:
    dataset = ragflow.datasets.create(name=dataset_name)
    stored = ragflow.documents.upload(dataset, file_name, io.BytesIO(text.encode()), len(text.encode()))
    return ragflow.documents.get(dataset.id, stored.id)


def test_a_healthy_server_is_said_to_be_well(viewer_client: Client, url: str, ragflow: RAGFlow, release: str) -> None:
    ragflow.datasets.create(name="Handbook")

    page = text_of(viewer_client.get(url))

    assert "All systems operational" in page
    for part in ("Database", "Queue", "Document engine", "Object storage"):
        assert part in page
    assert f"RAGFlow {release}.0" in page
    assert "API server in Python" in page
    assert '"doc_engine": "ok"' in page


def test_the_totals_are_those_of_all_datasets(viewer_client: Client, url: str, ragflow: RAGFlow) -> None:
    upload(ragflow, "One", "a.txt", "text")
    upload(ragflow, "Two", "b.txt", "text")

    page = text_of(viewer_client.get(url)).replace("\n", " ")

    assert ">2</a></dd>" in page
    assert "<dt>Documents</dt><dd>2</dd>" in page
    assert "approximate" in page


def test_a_newcomer_is_told_the_way_to_an_answer(curator_client: Client, url: str) -> None:
    page = text_of(curator_client.get(url))

    assert "No datasets yet" in page
    assert "Upload files" in page
    assert "Ask an assistant" in page
    assert "/datasets/new/" in page


def test_a_page_costs_few_calls_and_the_next_one_none(
    viewer_client: Client, url: str, ragflow: RAGFlow, standin: StandinProcess, release: str
) -> None:
    ragflow.datasets.create(name="Handbook")
    viewer_client.get(url)
    cache.clear()
    standin.reset_requests()

    viewer_client.get(url)
    first = paths(standin)
    viewer_client.get(url)
    viewer_client.get(f"{url}health-dot/")

    health = "/v1/system/healthz" if release == "0.24" else "/api/v1/system/healthz"
    assert sorted(first) == sorted(["/api/v1/datasets", health])
    assert paths(standin) == first


def test_the_queries_of_a_page_do_not_grow_with_the_datasets(
    viewer_client: Client, url: str, ragflow: RAGFlow, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        ragflow.datasets.create(name=f"Dataset {number}")

    with django_assert_max_num_queries(12):
        viewer_client.get(url)


def test_a_part_that_is_down_needs_attention(viewer_client: Client, url: str, ragflow_server: Server) -> None:
    failing_parts = {"db": "ok", "redis": "ok", "doc_engine": "nok", "storage": "ok", "status": "nok"}
    with serving() as upstream:
        upstream.on("GET", "/v1/system/healthz", Reply(failing_parts, status=500))
        upstream.on("GET", "/api/v1/system/version", Reply({"code": 0, "data": "v0.24.0"}))
        upstream.on("GET", "/api/v1/datasets", Reply({"code": 0, "data": [], "total_datasets": 0}))
        ragflow_server.base_url = upstream.base_url
        ragflow_server.save()

        page = text_of(viewer_client.get(url))
        dot = text_of(viewer_client.get(f"{url}health-dot/"))

    assert "1 thing needs attention" in page
    assert "Document engine is down" in page
    assert '"doc_engine": "nok"' in page
    assert "1 service is down" in dot
    assert upstream.asked.count(("GET", "/v1/system/healthz")) == 2, "once more before it says so, then no more"


def test_a_probe_that_fails_once_is_not_said_to_be_an_outage(
    viewer_client: Client, url: str, ragflow_server: Server
) -> None:
    well = {"db": "ok", "redis": "ok", "doc_engine": "ok", "storage": "ok", "status": "ok"}
    with serving() as upstream:
        upstream.on(
            "GET",
            "/v1/system/healthz",
            Reply(well | {"db": "nok", "status": "nok"}, status=500),
            Reply(well | {"redis": "nok", "status": "nok"}, status=500),
        )
        upstream.on("GET", "/api/v1/system/version", Reply({"code": 0, "data": "v0.24.0"}))
        upstream.on("GET", "/api/v1/datasets", Reply({"code": 0, "data": [], "total_datasets": 0}))
        ragflow_server.base_url = upstream.base_url
        ragflow_server.save()

        page = text_of(viewer_client.get(url))

    assert "All systems operational" in page
    assert "is down" not in page


def test_a_server_that_is_down_is_told_with_a_way_on(viewer_client: Client, url: str, ragflow_server: Server) -> None:
    ragflow_server.base_url = f"http://127.0.0.1:{closed_port()}"
    ragflow_server.save()

    response = viewer_client.get(url)
    dot = text_of(viewer_client.get(f"{url}health-dot/"))

    assert response.status_code == 200
    page = text_of(response)
    assert "RAGFlow is not responding" in page
    assert ragflow_server.base_url in page
    assert "Try again" in page
    assert "All systems operational" not in page
    assert "RAGFlow is not responding" in dot


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("error500", "RAGFlow failed"),
        ("html", "RAGFlow sent an invalid response"),
        ("half_json", "RAGFlow sent an invalid response"),
        ("unauthorized", "RAGFlow rejected the API key"),
        ("drop", "RAGFlow is not responding"),
    ],
)
def test_a_bad_day_of_ragflow_is_told_on_the_page_itself(
    viewer_client: Client, url: str, standin: StandinProcess, kind: str, title: str
) -> None:
    standin.fault(kind, path="/api/v1/datasets")

    response = viewer_client.get(url)

    assert response.status_code == 200
    assert title in text_of(response)
    assert "Try again" in text_of(response)
    assert "Object storage" in text_of(response)


def test_a_server_that_just_did_not_answer_is_left_alone_for_a_while(
    viewer_client: Client, url: str, standin: StandinProcess
) -> None:
    standin.fault("drop", path="/")
    viewer_client.get(url)
    standin.reset_requests()

    again = text_of(viewer_client.get(url))

    assert "RAGFlow is not responding" in again
    assert paths(standin) == []


def test_a_wrong_key_is_told(viewer_client: Client, url: str, ragflow_server: Server) -> None:
    ragflow_server.api_key = "not-a-key-of-this-server"
    ragflow_server.save()

    assert "RAGFlow rejected the API key" in text_of(viewer_client.get(url))


def test_trying_again_asks_again(
    viewer_client: Client, url: str, standin: StandinProcess, ragflow: RAGFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ragflow.datasets.create(name="Handbook")
    standin.fault("html", path="/v1/system/healthz", times=1)
    before = text_of(viewer_client.get(url))
    monkeypatch.setattr("dashboard.overview.views.AGAIN_SECONDS", 0)

    after = text_of(viewer_client.get(f"{url}?check=1"))

    assert "sent an invalid response" in before
    assert "All systems operational" in after


def test_what_is_parsed_is_shown_wherever_it_was_started(
    viewer_client: Client, url: str, ragflow: RAGFlow, standin: StandinProcess, ragflow_server: Server
) -> None:
    standin.parsing(paused=True)
    document = upload(ragflow, "Product manuals", "a.txt", "text")
    ragflow.documents.parse(document)

    viewer_client.get(url)
    assert Watch.objects.filter(server=ragflow_server, dataset_id=document.dataset_id).exists()
    poll_all()
    page = text_of(viewer_client.get(url))

    assert "1 document in 1 dataset" in page
    assert "Product manuals" in page
    assert "Started outside this dashboard" in page


def test_failed_documents_need_attention_and_have_a_link(
    viewer_client: Client, url: str, ragflow: RAGFlow, ragflow_server: Server, settings: Any
) -> None:
    dataset = ragflow.datasets.create(name="Contracts")
    content = (settings.BASE_DIR / "ragflow_admin/standin/demo/scanned-contract.pdf").read_bytes()
    stored = ragflow.documents.upload(dataset, "scan.pdf", io.BytesIO(content), len(content))
    ragflow.documents.parse(ragflow.documents.get(dataset.id, stored.id))
    end = time.monotonic() + 20
    while ragflow.documents.get(dataset.id, stored.id).run == "RUNNING" and time.monotonic() < end:
        time.sleep(0.05)

    viewer_client.get(url)
    poll_all()
    page = text_of(viewer_client.get(url))

    assert "1 thing needs attention" in page
    assert "1 document failed in" in page
    assert f'{ragflow_server.url("documents:list", dataset.id)}?status=failed"' in page


def test_the_moving_part_is_sent_only_when_something_moved(viewer_client: Client, url: str, ragflow: RAGFlow) -> None:
    ragflow.datasets.create(name="Handbook")
    page = viewer_client.get(url).content.decode()
    since = page.partition(f'hx-get="{url}?since=')[2].partition('"')[0]

    same = viewer_client.get(f"{url}?since={since}", HTTP_HX_REQUEST="true")
    moved = viewer_client.get(f"{url}?since=before", HTTP_HX_REQUEST="true")

    assert same.status_code == 204
    assert moved.status_code == 200
    assert 'id="live-overview"' in text_of(moved)
    assert "<html" not in text_of(moved)


def test_the_api_key_is_on_no_page(viewer_client: Client, url: str, ragflow_server: Server, tenant_key: str) -> None:
    assert tenant_key not in text_of(viewer_client.get(url))
