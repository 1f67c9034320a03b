"""Knowledge graphs and RAPTOR of the stand-in, from outside."""

from __future__ import annotations

import time
from typing import Any

from ragflow_admin.standin.testing import StandinProcess
from tests.standin.conftest import Caller

TEXT = (
    b"We asked Anna Berg about the Berlin office. Anna Berg leads the Research Council.\n"
    b"Since May the Research Council meets with NATO in Berlin.\n"
)


def ended(caller: Caller, dataset: str, kind: str = "graphrag") -> dict[str, Any]:
    """The job when it is over."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        row = caller.data("GET", f"/datasets/{dataset}/trace_{kind}")
        if row["progress"] in (1, -1):
            return dict(row)
        time.sleep(0.02)
    raise AssertionError(f"the job does not end: {row}")


def ready(caller: Caller) -> tuple[str, str]:
    """A dataset with one parsed document."""
    dataset = caller.dataset()
    return dataset, str(caller.parsed(dataset, "office.txt", TEXT)["id"])


def test_a_graph_is_built_from_what_the_chunks_name(caller: Caller) -> None:
    dataset, document = ready(caller)
    task = caller.data("POST", f"/datasets/{dataset}/run_graphrag")["graphrag_task_id"]
    row = ended(caller, dataset)
    assert (row["id"], row["progress"], row["doc_id"]) == (task, 1, document)
    assert "Knowledge Graph done" in row["progress_msg"]
    graph = caller.data("GET", f"/datasets/{dataset}/knowledge_graph")["graph"]
    nodes = {node["id"]: node for node in graph["nodes"]}
    assert {"ANNA BERG", "BERLIN", "NATO", "RESEARCH COUNCIL"} <= set(nodes)
    assert nodes["ANNA BERG"]["entity_type"] == "PERSON"
    assert nodes["BERLIN"]["source_id"] == [document]
    ranks = [node["pagerank"] for node in graph["nodes"]]
    assert ranks == sorted(ranks, reverse=True)
    assert abs(sum(ranks) - 1) < 0.001
    assert all(edge["source"] in nodes and edge["target"] in nodes for edge in graph["edges"])
    assert ("ANNA BERG", "BERLIN") in {(edge["source"], edge["target"]) for edge in graph["edges"]}


def test_a_job_under_way_stands_in_the_way_of_another_until_it_is_released(
    caller: Caller, standin: StandinProcess
) -> None:
    dataset, _ = ready(caller)
    standin.parsing(paused=True)
    task = caller.data("POST", f"/datasets/{dataset}/run_graphrag")["graphrag_task_id"]
    refused = caller.ask("POST", f"/datasets/{dataset}/run_graphrag").json()
    assert refused["code"] == 102
    assert refused["message"].startswith(f"Task {task} in progress with status 0")
    assert refused["message"].endswith("A Graph Task is already running.")
    url = f"{caller.base_url}/v1/kb/unbind_task?kb_id={dataset}&pipeline_task_type=GraphRAG"
    assert caller.http.delete(url, timeout=10).json() == {"code": 0, "data": True, "message": "success"}
    assert caller.data("GET", f"/datasets/{dataset}/trace_graphrag") == {}
    assert caller.data("POST", f"/datasets/{dataset}/run_graphrag")["graphrag_task_id"] != task


def test_releasing_takes_the_graph_along(caller: Caller) -> None:
    dataset, _ = ready(caller)
    caller.data("POST", f"/datasets/{dataset}/run_graphrag")
    ended(caller, dataset)
    url = f"{caller.base_url}/v1/kb/unbind_task?kb_id={dataset}&pipeline_task_type=GraphRAG"
    caller.http.delete(url, timeout=10)
    assert caller.data("GET", f"/datasets/{dataset}/knowledge_graph") == {"graph": {}, "mind_map": {}}


def test_deleting_a_graph_twice_is_fine(caller: Caller) -> None:
    dataset, _ = ready(caller)
    caller.data("POST", f"/datasets/{dataset}/run_graphrag")
    ended(caller, dataset)
    for _ in range(2):
        assert caller.data("DELETE", f"/datasets/{dataset}/knowledge_graph") is True
    assert caller.data("GET", f"/datasets/{dataset}/knowledge_graph")["graph"] == {}


def test_parsing_the_oldest_document_again_takes_the_jobs_trace_away(caller: Caller) -> None:
    dataset, document = ready(caller)
    for kind in ("graphrag", "raptor"):
        caller.data("POST", f"/datasets/{dataset}/run_{kind}")
        assert ended(caller, dataset, kind)["progress"] == 1
    caller.start(dataset, document)
    assert caller.data("GET", f"/datasets/{dataset}/trace_graphrag") == {}
    raptor = caller.ask("GET", f"/datasets/{dataset}/trace_raptor").json()
    assert (raptor["code"], raptor["message"]) == (102, "RAPTOR Task Not Found or Error Occurred")


def test_the_job_writes_its_log_over_that_of_the_oldest_document(caller: Caller) -> None:
    dataset, document = ready(caller)
    caller.upload(dataset, "later.txt", b"Later.")
    caller.data("POST", f"/datasets/{dataset}/run_raptor")
    row = ended(caller, dataset, "raptor")
    assert row["task_type"] == "raptor"
    assert caller.document(dataset, document)["progress_msg"] == row["progress_msg"]


def test_a_stranger_has_no_graph_here(caller: Caller, standin: StandinProcess) -> None:
    dataset, _ = ready(caller)
    stranger = Caller(standin.base_url, standin.new_key())
    for method, path in (
        ("GET", "knowledge_graph"),
        ("DELETE", "knowledge_graph"),
        ("POST", "run_graphrag"),
        ("GET", "trace_raptor"),
    ):
        answer = stranger.ask(method, f"/datasets/{dataset}/{path}").json()
        assert answer == {"code": 109, "message": "No authorization."}


def test_a_dataset_without_documents_has_nothing_to_build(caller: Caller) -> None:
    dataset = caller.dataset()
    answer = caller.ask("POST", f"/datasets/{dataset}/run_graphrag").json()
    assert answer == {"code": 102, "message": f"No documents in Dataset {dataset}"}
