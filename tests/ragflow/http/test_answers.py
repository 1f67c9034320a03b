"""Answers that are not RAGFlow's, which error an answer means, and answers that only look like errors."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import InvalidResponse, NotFound, RAGFlowError, Rejected, ServerError
from tests.ragflow.http.conftest import HTML
from tests.support.ragflow import things
from tests.support.ragflow.fake_upstream import FakeServer, Reply

pytestmark = pytest.mark.usefixtures("hasty")
GARBLED: dict[str, Reply] = {
    "html": HTML,
    "half json": Reply(body=b'{"code":0,"data":[{"id":"75'),
    "nothing": Reply(body=b""),
    "a list": Reply(body=b"[]"),
    "a text": Reply(body=b'"pong"'),
    "null": Reply(body=b"null"),
    "no code": Reply({"data": []}),
    "a code in words": Reply({"code": "0", "data": []}),
    "json called text": Reply(body=b'{"code":0,"data":[]}', content_type="text/plain"),
    "another shape": Reply({"code": 0, "data": {"docs": []}}),
    "no data": Reply({"code": 0}),
    "rows without id": Reply({"code": 0, "data": [{"name": "x"}]}),
    "a redirect": Reply(status=302, headers={"Location": "http://127.0.0.1:1/elsewhere"}, body=b""),
}


@pytest.mark.parametrize("name", GARBLED)
def test_an_answer_that_is_not_ragflows_is_garbled(name: str, fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", GARBLED[name])
    with pytest.raises(InvalidResponse) as caught:
        client.datasets.list()
    assert (caught.value.method, caught.value.path) == ("GET", "/api/v1/datasets")
    assert caught.value.base_url == fake.base_url
    assert len(caught.value.excerpt) <= 200
    assert len(fake.received) == 1


def test_the_beginning_of_a_garbled_answer_is_kept(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", HTML)
    with pytest.raises(InvalidResponse) as caught:
        client.datasets.list()
    assert caught.value.excerpt == "<html><h1>Welcome to nginx</h1></html>"
    assert "text/html" in caught.value.message


STATUSES: dict[str, tuple[Reply, type[RAGFlowError]]] = {
    "500 html": (Reply(status=500, body=b"<html>", content_type="text/html"), ServerError),
    "500 json": (Reply({"code": 100, "message": "boom"}, status=500), ServerError),
    "404 html": (Reply(status=404, body=b"<html>", content_type="text/html"), NotFound),
    "413 html": (Reply(status=413, body=b"<html>", content_type="text/html"), Rejected),
    "400 json": (Reply({"code": 400, "message": "no"}, status=400), Rejected),
    "mixed models": (Reply({"code": 109, "message": 'Datasets use different embedding models."'}), Rejected),
    "not ours": (Reply({"code": 109, "message": "No authorization."}), NotFound),
    "a name that looks like an error": (
        Reply({"code": 102, "message": "Dataset name 'Document not found' already exists"}),
        Rejected,
    ),
}


@pytest.mark.parametrize("name", STATUSES)
def test_status_and_code_decide_the_error(name: str, fake: FakeServer, client: RAGFlow) -> None:
    reply, kind = STATUSES[name]
    fake.on("GET", ".*", reply)
    with pytest.raises(RAGFlowError) as caught:
        client.datasets.list()
    assert type(caught.value) is kind


def test_the_health_of_a_sick_server_is_an_answer(fake: FakeServer, client: RAGFlow) -> None:
    sick = {"db": "ok", "redis": "nok", "doc_engine": "ok", "storage": "ok", "status": "nok", "_meta": {"redis": {}}}
    fake.on("GET", "/v1/system/healthz", Reply(sick, status=500))
    health = client.system.health()
    assert health.ok is False
    assert health.parts["redis"] == "nok"
    assert len(fake.received) == 1


def test_a_health_probe_that_is_none_is_garbled(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", "/v1/system/healthz", HTML)
    with pytest.raises(InvalidResponse):
        client.system.health()


def test_a_dataset_that_was_never_parsed_has_no_chunks(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply({"code": 100, "message": "No chunk found, please upload file and parse it."}))
    page = client.chunks.list(things.document())
    assert (page.items, page.total, page.document) == ((), 0, things.document())


def test_all_datasets_are_walked_page_by_page(fake: FakeServer, client: RAGFlow) -> None:
    def page(request: Any) -> Reply:
        number = int(request.query["page"][0])
        count = 100 if number < 3 else 7
        rows = [{"id": f"{number:02x}{i:030x}", "name": f"{number}-{i}", "chunk_method": "naive"} for i in range(count)]
        return Reply({"code": 0, "data": rows, "total_datasets": 207})

    fake.on("GET", "/api/v1/datasets", page)
    assert len({dataset.id for dataset in client.datasets.walk()}) == 207
    assert [request.query["page"] for request in fake.received] == [["1"], ["2"], ["3"]]
    assert {request.query["page_size"][0] for request in fake.received} == {"100"}
