"""Recorded answers about knowledge graphs and the jobs that build them, and what must not be sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.ragflow import RAGFlow, WriteRecord
from dashboard.ragflow.errors import InvalidResponse, NotFound, Rejected, UnsafeCall
from dashboard.ragflow.resources.graph import Edge, JobKind, Node
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture
from tests.support.ragflow.expected import moment
from tests.support.ragflow.fake_upstream import FakeServer, Reply

GRAPH_PATH = f"/api/v1/datasets/{things.DATASET_ID}/knowledge_graph"
TRACE_PATH = f"/api/v1/datasets/{things.DATASET_ID}/trace_raptor"


def dataset_of(number: str) -> Any:
    return things.dataset(id=capture(number).path.split("/")[4])


@pytest.mark.parametrize("number", ["0870", "0893"])
def test_a_dataset_without_graph_has_no_nodes(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    graph = client.graph.get(dataset_of(number).id)
    assert (graph.nodes, graph.edges, graph.mind_map) == ((), (), {})


def test_a_recorded_graph_is_read(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("0889")
    fake.on("GET", recorded.path, recorded.reply)
    graph = client.graph.get(dataset_of("0889").id)
    assert graph.nodes == (
        Node(
            id="RAGFLOW",
            type="ORGANIZATION",
            descriptions=("RAGFlow is a retrieval augmented generation engine",),
            pagerank=1.0,
            document_ids=("5be4a20ae5e911f1aff102fc00000001", "5be61c5ce5e911f1aff102fc00000001"),
        ),
    )
    assert graph.edges == ()


def test_edges_are_read_with_all_that_is_said_of_them(fake: FakeServer, client: RAGFlow) -> None:
    edge = {
        "source": "A",
        "target": "B",
        "src_id": "A",
        "tgt_id": "B",
        "description": "one<SEP>two<SEP>one",
        "keywords": ["9"],
        "weight": 17.0,
        "source_id": [things.DOCUMENT_ID],
    }
    body = {"graph": {"nodes": [{"id": "A"}, {"id": "B"}], "edges": [edge]}, "mind_map": {"id": "root"}}
    fake.on("GET", GRAPH_PATH, Reply({"code": 0, "data": body}))
    graph = client.graph.get(things.DATASET_ID)
    assert graph.edges == (Edge("A", "B", ("one", "two"), ("9",), 17.0, (things.DOCUMENT_ID,)),)
    assert graph.nodes[0] == Node("A", "", (), 0.0, ())
    assert graph.mind_map == {"id": "root"}


def test_a_graph_of_another_form_is_garbled(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", GRAPH_PATH, Reply({"code": 0, "data": {"graph": {"nodes": [7]}}}))
    with pytest.raises(InvalidResponse):
        client.graph.get(things.DATASET_ID)


@pytest.mark.parametrize(("number", "kind"), [("0871", JobKind.GRAPH), ("0872", JobKind.RAPTOR)])
def test_before_any_run_there_is_no_job(number: str, kind: JobKind, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    assert client.graph.trace(dataset_of(number).id, kind) is None


def test_a_raptor_job_whose_document_is_gone_is_no_job(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", TRACE_PATH, Reply({"code": 102, "message": "RAPTOR Task Not Found or Error Occurred"}))
    assert client.graph.trace(things.DATASET_ID, JobKind.RAPTOR) is None


def test_other_refusals_of_a_trace_stay_errors(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", TRACE_PATH, Reply({"code": 102, "message": "Something else"}))
    with pytest.raises(Rejected):
        client.graph.trace(things.DATASET_ID, JobKind.RAPTOR)


@pytest.mark.parametrize(("number", "kind"), [("0883", JobKind.GRAPH), ("0887", JobKind.RAPTOR)])
def test_a_recorded_job_is_read(number: str, kind: JobKind, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    job = client.graph.trace(dataset_of(number).id, kind)
    assert job is not None
    assert (job.id, job.kind, job.document_id) == (recorded.data["id"], kind, recorded.data["doc_id"])
    assert (job.progress, job.running, job.failed) == (1.0, False, False)
    assert job.log == recorded.data["progress_msg"]
    assert job.duration == recorded.data["process_duration"]
    assert (job.created_at, job.updated_at) == (
        moment(recorded.data["create_time"]),
        moment(recorded.data["update_time"]),
    )


@pytest.mark.parametrize(("progress", "running", "failed"), [(0, True, False), (0.4, True, False), (-1, False, True)])
def test_a_job_tells_whether_it_runs(
    progress: float, running: bool, failed: bool, fake: FakeServer, client: RAGFlow
) -> None:
    fake.on("GET", TRACE_PATH, Reply({"code": 0, "data": {**capture("0887").data, "progress": progress}}))
    job = client.graph.trace(things.DATASET_ID, JobKind.RAPTOR)
    assert job is not None
    assert (job.running, job.failed) == (running, failed)


@pytest.mark.parametrize(
    ("number", "kind", "action"), [("0880", JobKind.GRAPH, "graph.run"), ("0884", JobKind.RAPTOR, "raptor.run")]
)
def test_a_recorded_start_is_read(
    number: str, kind: JobKind, action: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    assert client.graph.run(dataset_of(number), kind) == recorded.data[f"{kind.value}_task_id"]
    assert [(record.action, record.outcome) for record in records] == [(action, "ok")]


def test_a_start_without_a_job_is_an_error(fake: FakeServer, client: RAGFlow, records: list[WriteRecord]) -> None:
    fake.on("POST", ".*", Reply({"code": 0, "data": {}}))
    with pytest.raises(Exception, match="did not return the ID of the new job"):
        client.graph.run(things.dataset(), JobKind.GRAPH)
    assert [record.outcome for record in records] == ["unknown"]


REFUSALS: dict[str, tuple[Callable[[RAGFlow], Any], type[Exception], str]] = {
    "0873": (lambda c: c.graph.get(things.NOBODYS_ID), NotFound, "No authorization"),
    "0874": (lambda c: c.graph.run(things.dataset(id=things.NOBODYS_ID), JobKind.GRAPH), NotFound, "No authorization"),
    "0875": (lambda c: c.graph.run(things.dataset(id=things.NOBODYS_ID), JobKind.RAPTOR), NotFound, "No authorization"),
    "0876": (lambda c: c.graph.run(dataset_of("0876"), JobKind.GRAPH), Rejected, "No documents in Dataset"),
    "0881": (lambda c: c.graph.run(dataset_of("0881"), JobKind.GRAPH), Rejected, "A Graph Task is already running"),
    "0885": (lambda c: c.graph.run(dataset_of("0885"), JobKind.RAPTOR), Rejected, "A RAPTOR Task is already running"),
}


@pytest.mark.parametrize("number", REFUSALS)
def test_a_recorded_refusal_becomes_the_right_error(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    call, kind, words = REFUSALS[number]
    fake.on(recorded.method, recorded.path, recorded.reply)
    with pytest.raises(kind, match=words):
        call(client)
    assert (recorded.method, recorded.path) in fake.asked


@pytest.mark.parametrize("number", ["0891", "0892"])
def test_a_recorded_deletion_is_read(
    number: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    recorded = capture(number)
    fake.on("DELETE", recorded.path, recorded.reply)
    client.graph.delete(dataset_of(number))
    assert [record.action for record in records] == ["graph.delete"]


@pytest.mark.parametrize(
    ("kind", "name", "action"),
    [(JobKind.GRAPH, "GraphRAG", "graph.release"), (JobKind.RAPTOR, "RAPTOR", "raptor.release")],
)
def test_a_dead_job_is_released_by_the_route_of_the_web_application(
    kind: JobKind, name: str, action: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    fake.on("DELETE", "/v1/kb/unbind_task", Reply({"code": 0, "data": True, "message": "success"}))
    client.graph.release(things.dataset(), kind)
    assert fake.received[0].query == {"kb_id": [things.DATASET_ID], "pipeline_task_type": [name]}
    assert [record.action for record in records] == [action]


UNSAFE: dict[str, Callable[[RAGFlow], Any]] = {
    "delete the graph of an id": lambda c: c.graph.delete(things.DATASET_ID),  # type: ignore[arg-type]
    "delete the graph of nothing": lambda c: c.graph.delete(things.dataset(id="")),
    "run for an id": lambda c: c.graph.run(things.DATASET_ID, JobKind.GRAPH),  # type: ignore[arg-type]
    "run for nothing": lambda c: c.graph.run(things.dataset(id=None), JobKind.RAPTOR),
    "release a job of an id": lambda c: c.graph.release(things.DATASET_ID, JobKind.GRAPH),  # type: ignore[arg-type]
    "release a job of two datasets": lambda c: c.graph.release(
        things.dataset(id=f"{things.DATASET_ID}&kb_id={things.OTHER_ID}"), JobKind.GRAPH
    ),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_a_call_that_names_nothing_is_not_sent(
    name: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    for method in ("POST", "DELETE"):
        fake.on(method, ".*", Reply({"code": 0, "data": True}))
    with pytest.raises(UnsafeCall):
        UNSAFE[name](client)
    assert fake.received == []
    assert records == []
