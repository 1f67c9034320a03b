"""Ingestion logs: recorded answers of 0.25.4 and 0.27.0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import InvalidResponse, NotFound, UnsafeCall
from dashboard.ragflow.ingestion.logs import LogKind
from dashboard.ragflow.types import RunStatus
from tests.support.ragflow import things
from tests.support.ragflow.captures import Capture, capture
from tests.support.ragflow.expected import moment
from tests.support.ragflow.fake_upstream import FakeServer, Reply

OLD, NEW = "0.25.4", "0.27.0"
LOGS = f"/api/v1/datasets/{things.DATASET_ID}/ingestions"


def replay(fake: FakeServer, number: str, release: str) -> tuple[Capture, str]:
    """The recorded exchange, which the fake server of this release now answers, and its dataset's id."""
    recorded = capture(number, release)
    fake.release = f"v{release}"
    fake.on(recorded.method, recorded.path, recorded.reply)
    return recorded, recorded.path.split("/")[4]


@pytest.mark.parametrize(("number", "release"), [("0735", OLD), ("0693", NEW)])
def test_recorded_runs_of_documents_are_read(number: str, release: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded, dataset_id = replay(fake, number, release)
    page = client.ingestions.list(dataset_id, LogKind.DOCUMENTS, page=1, page_size=3)
    rows = recorded.data["logs"]
    assert (page.total, len(page)) == (recorded.data["total"], 3)
    first = page.items[0]
    assert (first.id, first.task_type, first.document_id) == (rows[0]["id"], "Parse", rows[0]["document_id"])
    assert (first.document_name, first.method, first.state) == ("notes.md", "naive", RunStatus.DONE)
    assert (first.progress, first.duration) == (1.0, rows[0]["process_duration"])
    assert (first.log, first.ended_at) == (rows[0]["progress_msg"], moment(rows[0]["create_time"]))
    assert fake.received[0].query["log_type"] == ["file"]


@pytest.mark.parametrize(("number", "release"), [("0734", OLD), ("0692", NEW)])
def test_a_dataset_without_jobs_has_no_runs(number: str, release: str, fake: FakeServer, client: RAGFlow) -> None:
    _recorded, dataset_id = replay(fake, number, release)
    page = client.ingestions.list(dataset_id, LogKind.JOBS)
    assert (page.items, page.total) == ((), 0)
    assert fake.received[0].query["log_type"] == ["dataset"]


def test_a_recorded_job_over_a_dataset_has_no_document(fake: FakeServer, client: RAGFlow) -> None:
    recorded, dataset_id = replay(fake, "1323", NEW)
    [run] = client.ingestions.list(dataset_id, LogKind.JOBS)
    assert (run.task_type, run.document_id, run.document_name, run.method) == ("RAPTOR", "", "", "")
    assert (run.state, run.progress) == (RunStatus.FAIL, -1.0)
    assert run.log == recorded.data["logs"][0]["progress_msg"]


@pytest.mark.parametrize(("number", "release", "name"), [("0737", OLD, ""), ("0695", NEW, "notes.md")])
def test_one_recorded_run_is_read(number: str, release: str, name: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded, dataset_id = replay(fake, number, release)
    run = client.ingestions.get(dataset_id, recorded.data["id"])
    assert (run.id, run.state, run.document_name) == (recorded.data["id"], RunStatus.DONE, name)


@pytest.mark.parametrize(("number", "release"), [("0732", OLD), ("0690", NEW)])
def test_a_recorded_summary_is_read(number: str, release: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded, dataset_id = replay(fake, number, release)
    found, counts = client.ingestions.summary(dataset_id), recorded.data["status"]
    assert (found.documents, found.chunks) == (recorded.data["doc_num"], recorded.data["chunk_num"])
    assert found.tokens == recorded.data["token_num"]
    assert found.states == {
        RunStatus.UNSTART: counts["unstart_count"],
        RunStatus.RUNNING: counts["running_count"],
        RunStatus.CANCEL: counts["cancel_count"],
        RunStatus.DONE: counts["done_count"],
        RunStatus.FAIL: counts["fail_count"],
    }


@pytest.mark.parametrize(
    ("number", "release"),
    [("0733", OLD), ("0738", OLD), ("0739", OLD), ("0691", NEW), ("0696", NEW), ("0697", NEW)],
)
def test_a_recorded_refusal_is_that_nothing_is_found(
    number: str, release: str, fake: FakeServer, client: RAGFlow
) -> None:
    recorded, dataset_id = replay(fake, number, release)
    last = recorded.path.split("/")[-1]
    calls: dict[str, Callable[[], Any]] = {
        "summary": lambda: client.ingestions.summary(dataset_id),
        "ingestions": lambda: client.ingestions.list(dataset_id, LogKind.JOBS),
    }
    call = calls.get(last, lambda: client.ingestions.get(dataset_id, last))
    with pytest.raises(NotFound):
        call()
    assert fake.asked == [("GET", recorded.path)]


def test_a_large_pipeline_in_a_row_is_not_kept(fake: FakeServer, client: RAGFlow) -> None:
    row: dict[str, Any] = {**capture("0693", NEW).data["logs"][0], "dsl": {"deep": [{"a": "x" * 1000}] * 500}}
    fake.on("GET", LOGS, Reply({"code": 0, "data": {"logs": [row], "total": 1}}))
    [run] = client.ingestions.list(things.DATASET_ID, LogKind.DOCUMENTS)
    assert "xxx" not in repr(run)


@pytest.mark.parametrize("status", ["0", 1, "2", "5", "9", None])
def test_every_state_of_a_run_has_a_word(status: Any, fake: FakeServer, client: RAGFlow) -> None:
    row = {**capture("0693", NEW).data["logs"][0], "operation_status": status}
    fake.on("GET", LOGS, Reply({"code": 0, "data": {"logs": [row], "total": 1}}))
    [run] = client.ingestions.list(things.DATASET_ID, LogKind.DOCUMENTS)
    words = {"1": RunStatus.RUNNING, "2": RunStatus.CANCEL, "5": RunStatus.RUNNING}
    assert run.state is words.get(str(status), RunStatus.UNSTART)


def test_a_page_is_never_larger_than_ragflow_allows(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", LOGS, Reply({"code": 0, "data": {"logs": [], "total": 0}}))
    client.ingestions.list(things.DATASET_ID, LogKind.DOCUMENTS, page=2, page_size=500)
    assert fake.received[0].query["page_size"] == ["100"]
    with pytest.raises(UnsafeCall):
        client.ingestions.list(things.DATASET_ID, LogKind.DOCUMENTS, page=0)


def test_an_answer_of_another_shape_is_an_error(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", LOGS, Reply({"code": 0, "data": []}))
    with pytest.raises(InvalidResponse):
        client.ingestions.list(things.DATASET_ID, LogKind.DOCUMENTS)
