"""Recorded answers about documents."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import RunStatus
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture
from tests.support.ragflow.expected import (
    D,
    check_document,
    upload,
)
from tests.support.ragflow.fake_upstream import FakeServer, Reply

DOCUMENT_LISTS: dict[str, dict[str, Any]] = {
    "0106": {},
    "0120": {},
    "0121": {"page": 1, "page_size": 2},
    "0122": {"page": 99, "page_size": 2},
    "0126": {"orderby": "name", "desc": False},
    "0128": {"keywords": "alpha"},
    "0134": {"run": [RunStatus.UNSTART]},
    "0136": {"run": [RunStatus.UNSTART, RunStatus.DONE]},
    "0137": {"suffix": ["md"]},
    "0138": {"suffix": ["md", "csv"]},
    "0180": {},
    "0183": {},
    "0186": {},
    "0189": {},
    "0199": {},
    "0214": {"run": [RunStatus.RUNNING]},
    "0220": {"run": [RunStatus.CANCEL]},
    "0226": {"keywords": "goodfile"},
    "0231": {"run": [RunStatus.FAIL]},
}


@pytest.mark.parametrize("number", DOCUMENT_LISTS)
def test_a_recorded_list_of_documents_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    dataset_id = recorded.path.split("/")[4]
    page = client.documents.list(dataset_id, **DOCUMENT_LISTS[number])
    assert page.total == recorded.data["total"]
    for document, row in zip(page.items, recorded.data["docs"], strict=True):
        check_document(document, row)
        assert document.meta_fields == row["meta_fields"]
    query = recorded.query or {}
    pairs = query if isinstance(query, list) else list(query.items())
    for key in {key for key, _ in pairs}:
        assert fake.received[0].query[key] == [str(value) for name, value in pairs if name == key]


def test_of_a_list_the_metadata_alone_is_read(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("0199")
    rows = [*recorded.data["docs"], {"id": "f" * 32, "name": "bare.txt", "meta_fields": None}]
    fake.on("GET", recorded.path, Reply(json={"code": 0, "data": {"docs": rows, "total": 41}}))
    page = client.documents.metadata(recorded.path.split("/")[4], 2, 20)
    assert [(row.id, row.name) for row in page] == [(row["id"], row["name"]) for row in rows]
    assert [row.meta_fields for row in page] == [row["meta_fields"] or {} for row in rows]
    assert (page.total, page.pages) == (41, 3)
    asked = fake.received[0].query
    assert {key: asked[key] for key in ("page", "page_size", "orderby", "desc")} == {
        "page": ["2"], "page_size": ["20"], "orderby": ["create_time"], "desc": ["false"]
    }  # fmt: skip


ONE_DOCUMENT = ["0129", "0158", "0202", "0205", "0213", "0217", "0218", "0273"]


@pytest.mark.parametrize("number", ONE_DOCUMENT)
def test_a_recorded_document_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    check_document(client.documents.get(D, recorded.query["id"]), recorded.data["docs"][0])


def test_the_states_of_a_document_are_told_apart(fake: FakeServer, client: RAGFlow) -> None:
    seen = {}
    for number in ("0129", "0202", "0213", "0217", "0231", "0158"):
        fake.on("GET", capture(number).path, capture(number).reply)
        seen[number] = client.documents.list(D).items[0]
    assert (seen["0129"].run, seen["0129"].progress, seen["0129"].enabled) == (RunStatus.UNSTART, 0.0, True)
    assert (seen["0202"].run, seen["0202"].progress, seen["0202"].chunk_count) == (RunStatus.DONE, 1.0, 30)
    assert seen["0213"].run is RunStatus.RUNNING
    assert 0 < seen["0213"].progress < 1
    assert (seen["0217"].run, seen["0217"].progress, seen["0217"].chunk_count) == (RunStatus.CANCEL, 0.0, 0)
    assert (seen["0231"].run, seen["0231"].progress) == (RunStatus.FAIL, -1.0)
    assert "[ERROR]" in seen["0231"].progress_msg
    assert seen["0158"].enabled is False


UPLOADS = {
    "0107": ("alpha.txt", "alpha.txt"),
    "0109": ("alpha.txt", "alpha(1).txt"),
    "0115": ("empty.txt", "empty.txt"),
    "0118": ("inpath.txt", "inpath.txt"),
    "0119": ("日本語 é.txt", "日本語 é.txt"),
    "0209": None,
    "0227": None,
    "0228": None,
}


@pytest.mark.parametrize("number", UPLOADS)
def test_a_recorded_upload_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    row = recorded.data[0]
    sent, stored = UPLOADS[number] or (row["name"], row["name"])
    result = upload(sent, recorded.path.split("/")[4])(client)
    assert (result.id, result.dataset_id, result.name) == (row["id"], row["dataset_id"], stored)
    assert (result.size, result.chunk_method) == (row["size"], row["chunk_method"])


UPDATED_DOCUMENTS = ["0143", "0149", "0151", "0152", "0155", "0156", "0157", "0159", "0210", "0215", "0221", "0233"]


@pytest.mark.parametrize("number", UPDATED_DOCUMENTS)
def test_a_recorded_update_of_a_document_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    document_id = recorded.path.split("/")[6]
    row = things.document_row(
        id=document_id, chunk_method="book", parser_config={}, status="0" if recorded.sent == {"enabled": 1} else "1"
    )
    fake.on("GET", ".*", Reply({"code": 0, "data": {"docs": [row], "total": 1}}))
    fake.on("PUT", recorded.path, recorded.reply)
    before = things.document(id=document_id, enabled=row["status"] == "1", chunk_method="book")
    changed = client.documents.update(before, **recorded.sent)
    check_document(changed, recorded.data)
    assert changed.meta_fields == recorded.sent.get("meta_fields", {})
    assert fake.writes[0].json == recorded.sent


@pytest.mark.parametrize(
    ("number", "name", "size", "beginning"),
    [
        ("0166", "alpha-renamed.txt", 3829, b"RAGFlow dashboard lists datasets."),
        ("0167", "table.csv", 24, b"name,qty\nalpha,1\nbeta,2\n"),
    ],
)
def test_a_recorded_download_is_read(
    number: str, name: str, size: int, beginning: bytes, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    with client.documents.download(things.document(id=recorded.path.split("/")[6])) as download:
        content = b"".join(download)
    assert (download.name, download.size, len(content)) == (name, size, size)
    assert download.content_type == "application/octet-stream"
    assert content.startswith(beginning)


def test_where_the_list_takes_ids_any_hundred_documents_are_seen_in_one_call(fake: FakeServer, client: RAGFlow) -> None:
    listed = "/api/v1/datasets/" + "d" * 32 + "/documents"
    fake.on("GET", listed, Reply({"code": 0, "data": {"docs": [], "total": 0}}))
    fake.on("GET", "/api/v1/system/version", Reply({"code": 0, "data": "v0.25.4"}))
    ids = ["a" * 32, "b" * 32]
    client.documents.some("d" * 32, ids, page=7, run=RunStatus.DONE)
    [query] = [request.query for request in fake.received if request.path == listed]
    assert (query["ids"], query["page"], "run" in query) == (ids, ["1"], False)
