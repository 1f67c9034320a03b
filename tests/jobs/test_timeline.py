"""All kinds in one list: what runs and what is past, by kind, in pages; a graph's state from RAGFlow, but not often."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.models import (
    AuditEntry,
    Job,
    JobItem,
    ParsedDocument,
    ParseRun,
    QuestionResult,
    QuestionRun,
    QuestionSet,
)
from dashboard.ragflow.resources.graph import JobKind
from tests.support.pages.reading import visible_text
from tests.support.processes.waiting import wait_until

NOW = datetime.now(UTC)


@pytest.fixture
def page(viewer_client, ragflow_server):
    return lambda **query: viewer_client.get(ragflow_server.url("activity:page"), query)


@pytest.fixture
def job(ragflow_server):
    made = Job.objects.create(
        server=ragflow_server, dataset_id="d" * 32, dataset_name="Handbook", username="ada", action="delete",
        collected=True, ended_at=NOW,
    )  # fmt: skip
    JobItem.objects.create(job=made, document_id="1" * 32, name="a.txt", state="done")
    return made


@pytest.fixture
def run(ragflow_server):
    made = ParseRun.objects.create(
        server=ragflow_server, dataset_id="d" * 32, dataset_name="Contracts", username="grace"
    )
    ParsedDocument.objects.create(run=made, document_id="a" * 32, name="good.txt")
    return made


@pytest.fixture
def asked(ragflow_server):
    made = QuestionRun.objects.create(
        question_set=QuestionSet.objects.create(server=ragflow_server, name="Sick leave"),
        username="edsger",
        parameters={},
        dataset_ids=[],
        state="done",
        ended_at=NOW,
        next_at=NOW,
    )
    for state, rank in (("asked", 1), ("asked", None), ("failed", None)):
        QuestionResult.objects.create(run=made, text="?", state=state, rank=rank)
    return made


@pytest.fixture
def entry(ragflow_server, ragflow):
    """The audit entry of a graph that is built, or was, in a dataset of the stand-in."""

    def make(kind=JobKind.GRAPH, outcome="ok", parsed=True):
        dataset = ragflow.datasets.create(name=f"Graph {kind.value}")
        if parsed:
            made = ragflow.documents.upload(dataset, "a.txt", io.BytesIO(b"Ada met Grace. " * 50), 750)
            document = ragflow.documents.get(dataset.id, made.id)
            ragflow.documents.parse(document)
            wait_until(lambda: ragflow.documents.get(dataset.id, document.id).run == "DONE")
            ragflow.graph.run(dataset, kind)
        return AuditEntry.objects.create(
            server=ragflow_server, server_name="x", username="barbara", outcome=outcome, target_type="dataset",
            action={JobKind.GRAPH: "graph.run", JobKind.RAPTOR: "raptor.run"}[kind],
            target_ids=[dataset.id], target_names=[dataset.name], error="" if outcome == "ok" else "No documents.",
        )  # fmt: skip

    return make


def test_every_kind_is_there_with_who_and_how_it_went(page, job, run, asked, standin, tenant_key):
    standin.reset_requests()
    text = visible_text(page())
    assert standin.requests(tenant_key) == []
    assert "1 of 1 deleted" in text
    assert "Sick leave" in text
    assert "2 of 3 asked" in text
    assert "1 with a correct hit" in text
    assert "edsger" in text
    assert text.index("Contracts") < text.index("Handbook")


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ({"kind": "questions"}, "Sick leave", "Handbook"),
        ({"kind": "jobs"}, "Handbook", "Sick leave"),
        ({"kind": "parsing"}, "Contracts", "Handbook"),
        ({"state": "running"}, "Contracts", "Handbook"),
        ({"state": "past"}, "Handbook", "Contracts"),
        ({"kind": "parsing", "state": "past"}, "No activity of this kind yet", "Contracts"),
        ({"kind": "jobs", "state": "running"}, "Nothing of this kind is running", "Handbook"),
        ({"kind": "nonsense", "state": "nonsense"}, "Handbook", "Nothing"),
    ],
)
def test_kind_and_state_narrow_it_down(page, job, run, asked, query, there, not_there):
    text = visible_text(page(**query))
    assert there in text
    assert not_there not in text


def test_a_graph_that_is_built_is_asked_for_once_in_a_while(page, entry, standin, tenant_key):
    standin.parsing(paused=True)
    standin.parsing(paused=False, speed=20)
    made = entry()
    standin.reset_requests()
    text = visible_text(page(kind="graph"))
    assert "barbara" in text
    assert "Knowledge graph" in text
    assert len(standin.requests(tenant_key)) == 1
    page()
    assert len(standin.requests(tenant_key)) == 1
    AuditEntry.objects.filter(pk=made.pk).update(at=NOW - timedelta(days=30))
    standin.reset_requests()
    assert "outcome unknown" in visible_text(page(kind="graph"))
    assert standin.requests(tenant_key) == []


def test_a_server_that_is_down_does_not_hide_the_page(page, entry, job, standin):
    entry(JobKind.RAPTOR)
    standin.fault("drop", path="trace_")
    text = visible_text(page())
    assert "RAPTOR summaries" in text
    assert "outcome unknown" in text
    assert "Handbook" in text


def test_what_was_not_started_says_why(page, entry, standin, tenant_key):
    entry(outcome="failed", parsed=False)
    standin.reset_requests()
    text = visible_text(page(kind="graph"))
    assert "not started" in text
    assert "No documents." in text
    assert standin.requests(tenant_key) == []


def test_the_past_has_pages_over_all_kinds(page, ragflow_server, job, asked):
    for number in range(30):
        Job.objects.create(
            server=ragflow_server, dataset_id="d" * 32, dataset_name=f"D{number}", action="stop", ended_at=NOW
        )
    first, second = visible_text(page(page_size=25)), visible_text(page(page_size=25, page=2))
    assert "1 to 25 of 32" in first
    assert "26 to 32 of 32" in second
    assert "Sick leave" in second
    assert "kind=jobs" in page(kind="jobs").content.decode()


@pytest.mark.parametrize(("left", "told_twice"), [(0, False), (1, True)])
def test_a_parse_job_that_did_all_is_told_by_its_run_alone(page, ragflow_server, left, told_twice):
    job = Job.objects.create(
        server=ragflow_server, dataset_id="d" * 32, dataset_name="Handbook", action="parse", collected=True,
        ended_at=NOW,
    )  # fmt: skip
    JobItem.objects.create(job=job, document_id="1" * 32, name="a.txt", state="done")
    for number in range(left):
        JobItem.objects.create(job=job, document_id=f"{number + 2}" * 32, name="b.txt", state="failed")
    run = ParseRun.objects.create(
        server=ragflow_server, dataset_id="d" * 32, dataset_name="Handbook", batch=f"job-{job.pk}"
    )
    ParsedDocument.objects.create(run=run, document_id="1" * 32, name="a.txt")
    assert visible_text(page()).count("Handbook") == (2 if told_twice else 1)
    assert "Handbook" in visible_text(page(kind="jobs"))
