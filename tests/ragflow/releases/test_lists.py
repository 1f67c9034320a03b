"""Lists, counts and files as newer releases give them (ragflow-0.27 §0, §6)."""

from __future__ import annotations

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import NotFound, Rejected
from dashboard.ragflow.types import RunStatus
from tests.ragflow.safety.conftest import ANY
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture
from tests.support.ragflow.expected import check_dataset, upload
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Reply

EMPTY = Reply({"code": 0, "data": {"docs": [], "total": 0}})
DOCUMENTS = f"/api/v1/datasets/{things.DATASET_ID}/documents"


@pytest.mark.parametrize(
    ("release", "names"), [("v0.24.0", ["RUNNING"]), ("v0.25.4", ["RUNNING"]), ("v0.27.0", ["RUNNING", "SCHEDULE"])]
)
def test_scheduled_documents_are_among_the_running_ones(
    release: str, names: list[str], fake: FakeServer, client: RAGFlow
) -> None:
    fake.release = release
    rows = [things.document_row(run=run) for run in ("RUNNING", "SCHEDULE", "5")]
    fake.on("GET", DOCUMENTS, Reply({"code": 0, "data": {"docs": rows, "total": 3}}))
    found = client.documents.list(things.DATASET_ID, run=[RunStatus.RUNNING])
    assert [document.run for document in found] == [RunStatus.RUNNING] * 3
    assert fake.received[0].query["run"] == names


@pytest.mark.parametrize(("release", "number"), [("0.25.4", "0967"), ("0.27.0", "1194")])
def test_documents_are_counted_by_status_in_one_call(
    release: str, number: str, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = capture(number, release)
    fake.release = f"v{release}"
    fake.on("GET", ANY, recorded.reply)
    counts = client.documents.counts(things.DATASET_ID, "alpha", ["txt", ""])
    assert counts is not None
    assert counts[RunStatus.UNSTART] == recorded.data["filter"]["run_status"]["0"]
    assert sum(counts.values()) == recorded.data["total"]
    (asked,) = fake.received
    assert asked.query == {"type": ["filter"], "keywords": ["alpha"], "suffix": ["txt"]}


def test_scheduled_documents_are_counted_with_the_running_ones(fake: FakeServer, client: RAGFlow) -> None:
    fake.release = "v0.27.0"
    fake.on("GET", ANY, Reply({"code": 0, "data": {"filter": {"run_status": {"1": 2, "5": 3}}, "total": 5}}))
    counts = client.documents.counts(things.DATASET_ID)
    assert counts is not None
    assert counts[RunStatus.RUNNING] == 5


def test_0_24_is_not_asked_for_counts_that_it_does_not_have(fake: FakeServer, client: RAGFlow) -> None:
    assert client.documents.counts(things.DATASET_ID) is None
    assert client.datasets.states([things.DATASET_ID]) == {}
    assert fake.received == []


def test_a_list_of_datasets_tells_the_states_of_their_documents(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("1203", "0.27.0")
    fake.release = "v0.27.0"
    fake.on("GET", ANY, recorded.reply)
    (dataset,) = client.datasets.list(with_states=True)
    check_dataset(dataset, recorded.data[0])
    assert dataset.states is not None
    assert dataset.states[RunStatus.DONE] == recorded.data[0]["parsing_status"]["done_count"] == 1
    assert fake.received[0].query["include_parsing_status"] == ["true"]
    assert client.datasets.states([dataset.id]) == {dataset.id: dataset.states}
    assert fake.received[1].query["ids"] == [dataset.id]


def test_where_the_states_are_left_out_they_are_unknown(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("0061", "0.25.4")
    fake.release = "v0.25.4"
    fake.on("GET", ANY, recorded.reply)
    assert {dataset.states for dataset in client.datasets.list(with_states=True)} == {None}
    assert client.datasets.states([things.DATASET_ID]) == {}


@pytest.mark.parametrize(
    ("release", "path"),
    [
        ("v0.24.0", "/v1/document/image"),
        ("v0.25.4", "/api/v1/documents/images"),
        ("v0.27.0", "/api/v1/documents/images"),
    ],
)
def test_the_picture_of_a_chunk_is_asked_for_with_the_key(
    release: str, path: str, fake: FakeServer, client: RAGFlow
) -> None:
    fake.release = release
    image = f"{things.DATASET_ID}-51eb7149eafe0c5e"
    fake.on("GET", f"{path}/{image}", Reply(body=b"JPEG", content_type="image/JPEG"))
    assert client.chunks.image(things.DATASET_ID, image) == b"JPEG"
    assert fake.received[0].headers["authorization"] == f"Bearer {KEY}"
    missing = Reply({"code": 100, "data": None, "message": "NotFound('NotFound (permanent) at stat')"})
    fake.on("GET", ANY, missing)
    with pytest.raises(NotFound):
        client.chunks.image(things.DATASET_ID, image)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "text/csv; charset=utf-8"])
def test_a_file_of_any_type_is_downloaded(kind: str, fake: FakeServer, client: RAGFlow) -> None:
    """Until 0.25, every file was an octet-stream, and any other type an error."""
    fake.release = "v0.27.0"
    name = {"Content-Disposition": "attachment; filename=page.html"}
    fake.on("GET", f"{DOCUMENTS}/.*", Reply(body=b'{"code": 1}', content_type=kind, headers=name))
    with client.documents.download(things.document()) as file:
        assert (file.name, b"".join(file)) == ("page.html", b'{"code": 1}')


def test_a_recorded_download_is_read(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("0163", "0.27.0")
    fake.release = "v0.27.0"
    fake.on("GET", ANY, recorded.reply)
    with client.documents.download(things.document()) as file:
        assert (file.name, b"".join(file)) == ("table.csv", recorded.raw)


def test_a_refused_file_is_refused_though_others_are_listed(fake: FakeServer, client: RAGFlow) -> None:
    """Code 500 with data: what was stored of several files in one call. The client sends one file per call."""
    fake.release = "v0.27.0"
    fake.on("POST", ANY, capture("1178", "0.27.0").reply)
    with pytest.raises(Rejected, match="not been supported"):
        upload("a.exe")(client)
