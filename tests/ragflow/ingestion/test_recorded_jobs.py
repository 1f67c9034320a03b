"""Jobs over a dataset since 0.25: recorded answers of 0.25.4 and 0.27.0, and whose task may be cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.ragflow import RAGFlow, WriteRecord
from dashboard.ragflow.errors import NotFound, RAGFlowError, Rejected, UnsafeCall
from dashboard.ragflow.resources.graph import JobKind
from tests.support.ragflow import things
from tests.support.ragflow.captures import Capture, capture
from tests.support.ragflow.expected import moment
from tests.support.ragflow.fake_upstream import FakeServer, Reply

OLD, NEW = "0.25.4", "0.27.0"
INDEX = f"/api/v1/datasets/{things.DATASET_ID}/index"
TASK_ID = "7be25f0aecb711f1a6e502fc00000001"


def answered(fake: FakeServer, number: str, release: str) -> Capture:
    """The recorded exchange, which the fake server of this release now answers."""
    recorded = capture(number, release)
    fake.release = f"v{release}"
    fake.on(recorded.method, recorded.path, recorded.reply)
    return recorded


def replay(fake: FakeServer, number: str, release: str) -> tuple[Capture, Any]:
    """The recorded exchange, and its dataset."""
    recorded = answered(fake, number, release)
    return recorded, things.dataset(id=recorded.path.split("/")[4])


@pytest.mark.parametrize(
    ("number", "release"),
    [("0688", OLD), ("0707", OLD), ("0647", NEW), ("1315", NEW)],
)
def test_a_dataset_without_graph_has_no_nodes(number: str, release: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded, dataset = replay(fake, number, release)
    graph = client.graph.get(dataset.id)
    assert (graph.nodes, graph.edges, graph.mind_map) == ((), (), {})
    assert fake.asked == [("GET", recorded.path)]


@pytest.mark.parametrize(
    ("number", "release", "kind"),
    [
        ("0689", OLD, JobKind.GRAPH),
        ("0690", OLD, JobKind.RAPTOR),
        ("0648", NEW, JobKind.GRAPH),
        ("0649", NEW, JobKind.RAPTOR),
    ],
)
def test_before_any_run_there_is_no_job(
    number: str, release: str, kind: JobKind, fake: FakeServer, client: RAGFlow
) -> None:
    recorded, dataset = replay(fake, number, release)
    assert client.graph.trace(dataset.id, kind) is None
    assert fake.received[0].query == {"type": [recorded.query["type"]]}


@pytest.mark.parametrize(
    ("number", "release", "kind"),
    [
        ("0701", OLD, JobKind.GRAPH),
        ("0705", OLD, JobKind.RAPTOR),
        ("0660", NEW, JobKind.GRAPH),
        ("0664", NEW, JobKind.RAPTOR),
        ("1312", NEW, JobKind.RAPTOR),
        ("1314", NEW, JobKind.GRAPH),
    ],
)
def test_a_recorded_job_is_read(number: str, release: str, kind: JobKind, fake: FakeServer, client: RAGFlow) -> None:
    recorded, dataset = replay(fake, number, release)
    job = client.graph.trace(dataset.id, kind)
    assert job is not None
    assert (job.id, job.kind, job.progress) == (recorded.data["id"], kind, recorded.data["progress"])
    assert job.document_id == "", "it overwrites no document's log"
    assert job.from_templates == (release == NEW and kind is JobKind.GRAPH)
    assert (job.log, job.cancelled) == (recorded.data["progress_msg"], False)
    assert job.created_at == moment(recorded.data["create_time"])


def test_a_recorded_cancelled_job_is_told_from_one_that_failed(fake: FakeServer, client: RAGFlow) -> None:
    _recorded, dataset = replay(fake, "1543", NEW)
    job = client.graph.trace(dataset.id, JobKind.RAPTOR)
    assert job is not None
    assert (job.failed, job.cancelled) == (True, True)


@pytest.mark.parametrize(
    ("number", "release", "kind"),
    [
        ("0698", OLD, JobKind.GRAPH),
        ("0702", OLD, JobKind.RAPTOR),
        ("0657", NEW, JobKind.GRAPH),
        ("0661", NEW, JobKind.RAPTOR),
    ],
)
def test_a_recorded_start_is_read(number: str, release: str, kind: JobKind, fake: FakeServer, client: RAGFlow) -> None:
    recorded, dataset = replay(fake, number, release)
    assert client.graph.run(dataset, kind) == recorded.data["task_id"]
    assert fake.received[0].query == {"type": [recorded.query["type"]]}


@pytest.mark.parametrize(("number", "release"), [("0709", OLD), ("0710", OLD), ("0668", NEW), ("0669", NEW)])
def test_a_recorded_deletion_is_read(
    number: str, release: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    recorded, dataset = replay(fake, number, release)
    client.graph.delete(dataset)
    assert fake.asked == [("DELETE", recorded.path)]
    assert [(record.action, record.outcome) for record in records] == [("graph.delete", "ok")]


REFUSALS: list[tuple[str, str, Callable[[RAGFlow, Any], Any], type[RAGFlowError]]] = [
    ("0691", OLD, lambda c, d: c.graph.get(d.id), NotFound),
    ("0693", OLD, lambda c, d: c.graph.run(d, JobKind.RAPTOR), NotFound),
    ("0699", OLD, lambda c, d: c.graph.run(d, JobKind.GRAPH), Rejected),
    ("0703", OLD, lambda c, d: c.graph.run(d, JobKind.RAPTOR), Rejected),
    ("0650", NEW, lambda c, d: c.graph.get(d.id), NotFound),
    ("0651", NEW, lambda c, d: c.graph.run(d, JobKind.GRAPH), NotFound),
    ("0652", NEW, lambda c, d: c.graph.run(d, JobKind.RAPTOR), NotFound),
    ("0658", NEW, lambda c, d: c.graph.run(d, JobKind.GRAPH), Rejected),
    ("0662", NEW, lambda c, d: c.graph.run(d, JobKind.RAPTOR), Rejected),
]


@pytest.mark.parametrize(
    ("number", "release", "call", "kind"), REFUSALS, ids=[f"{number}-{release}" for number, release, *_ in REFUSALS]
)
def test_a_recorded_refusal_becomes_the_right_error(
    number: str,
    release: str,
    call: Callable[[RAGFlow, Any], Any],
    kind: type[RAGFlowError],
    fake: FakeServer,
    client: RAGFlow,
) -> None:
    recorded, dataset = replay(fake, number, release)
    with pytest.raises(kind) as raised:
        call(client, dataset)
    assert raised.value.message == recorded.body["message"]


def traced(fake: FakeServer, **fields: Any) -> None:
    """The dataset's last RAPTOR job is this one, and any task can be cancelled, as on the real server."""
    fake.release = "v0.27.0"
    fake.on("GET", INDEX, Reply({"code": 0, "data": {**capture("0664", NEW).data, "id": TASK_ID, **fields}}))
    fake.on("POST", "/api/v1/tasks/.*", Reply({"code": 0, "data": True, "message": "success"}))


def test_a_job_is_cancelled_by_the_task_that_the_dataset_just_named(
    fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    traced(fake)
    assert client.graph.release(things.dataset(), JobKind.RAPTOR) is True
    assert fake.asked == [("GET", INDEX), ("POST", f"/api/v1/tasks/{TASK_ID}/cancel")]
    assert fake.received[0].query == {"type": ["raptor"]}
    assert [(record.action, record.outcome) for record in records] == [("raptor.release", "ok")]


@pytest.mark.parametrize("progress", [1.0, -1.0])
def test_a_job_that_has_ended_is_not_cancelled(progress: float, fake: FakeServer, client: RAGFlow) -> None:
    traced(fake, progress=progress)
    assert client.graph.release(things.dataset(), JobKind.RAPTOR) is False
    assert fake.writes == []


def test_without_a_job_nothing_is_cancelled(fake: FakeServer, client: RAGFlow) -> None:
    _recorded, dataset = replay(fake, "0649", NEW)
    fake.on("POST", "/api/v1/tasks/.*", Reply({"code": 0, "data": True}))
    assert client.graph.release(dataset, JobKind.RAPTOR) is False
    assert fake.writes == []


def test_the_task_of_a_dataset_that_is_not_ours_is_not_cancelled(fake: FakeServer, client: RAGFlow) -> None:
    fake.release = "v0.27.0"
    fake.on("GET", INDEX, Reply({"code": 102, "message": "no authorization"}))
    fake.on("POST", "/api/v1/tasks/.*", Reply({"code": 0, "data": True}))
    with pytest.raises(NotFound):
        client.graph.release(things.dataset(), JobKind.RAPTOR)
    assert fake.writes == []


@pytest.mark.parametrize("task_id", ["../datasets", f"{TASK_ID}/../x", "1"])
def test_what_is_no_id_of_a_task_is_not_cancelled(task_id: str, fake: FakeServer, client: RAGFlow) -> None:
    traced(fake, id=task_id)
    with pytest.raises(UnsafeCall):
        client.graph.release(things.dataset(), JobKind.RAPTOR)
    assert fake.writes == []


UNSAFE: dict[str, Callable[[RAGFlow], Any]] = {
    "delete the graph of nothing": lambda c: c.graph.delete(things.dataset(id="")),
    "delete the graph of a path": lambda c: c.graph.delete(things.dataset(id=f"{things.DATASET_ID}/index?type=raptor")),
    "run for nothing": lambda c: c.graph.run(things.dataset(id=None), JobKind.RAPTOR),
    "cancel a job of nothing": lambda c: c.graph.release(things.dataset(id=""), JobKind.RAPTOR),
    "cancel a job of an id": lambda c: c.graph.release(things.DATASET_ID, JobKind.RAPTOR),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", UNSAFE)
def test_a_call_that_names_nothing_is_not_sent(
    name: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    fake.release = "v0.27.0"
    for method in ("GET", "POST", "DELETE"):
        fake.on(method, ".*", Reply({"code": 0, "data": {}}))
    with pytest.raises(UnsafeCall):
        UNSAFE[name](client)
    assert fake.received == [], "DELETE /datasets/{id}/{anything} is a route: a shortened path deletes an index"
    assert records == []


def test_recorded_templates_are_read(fake: FakeServer, client: RAGFlow) -> None:
    answered(fake, "1332", NEW)
    answered(fake, "1334", NEW)
    found = client.graph.templates()
    assert (found.groups, found.total) == ((), 0)
    assert [template.kind for template in found.builtins][:3] == ["knowledge_graph", "timeline", "mind_map"]
    assert found.builtins[0].name == "Knowledge graph"
    assert {tuple(request.query) for request in fake.received} == {("page", "page_size"), ()}


def test_template_groups_are_read_with_their_templates(fake: FakeServer, client: RAGFlow) -> None:
    answered(fake, "1332", NEW)
    template: dict[str, Any] = {
        "id": "t",
        "name": "People",
        "kind": "knowledge_graph",
        "description": None,
        "config": {"entity": {}},
    }
    group = {"id": things.OTHER_ID, "name": "Who is who", "description": "People", "templates": [template, None]}
    body = {"code": 0, "data": {"groups": [group], "total": 1}, "message": "success"}
    fake.on("GET", "/api/v1/compilation-template-groups", Reply(body))
    [found] = client.graph.templates().groups
    assert (found.name, found.description) == ("Who is who", "People")
    assert [(one.name, one.kind, one.description) for one in found.templates] == [("People", "knowledge_graph", "")]
