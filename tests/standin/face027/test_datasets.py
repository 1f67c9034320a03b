"""Datasets, models, keys and jobs on the 0.27 face (ragflow-0.27 §0, §6, §7)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.standin.conftest import Caller
from tests.standin.face027.conftest import Newer

UNAUTHORIZED = {"code": 401, "data": None, "message": "<Unauthorized '401: Unauthorized'>"}
FACTORY = "OpenAI-API-Compatible"
TEXT = "We asked Anna Berg about the Berlin office. Anna Berg leads the Research Council."


@pytest.fixture
def caller(newer: Newer) -> Iterator[Newer]:
    newer.standin.become("0.27")
    yield newer
    newer.standin.become("0.27")


def refused(caller: Newer, method: str, path: str, **more: Any) -> tuple[int, str]:
    body = caller.ask(method, path, **more).json()
    return body["code"], body["message"]


def filled(caller: Newer, *runs: str) -> str:
    """A dataset with a document in each of these run states, each with one chunk."""
    documents = [{"run": run, "chunks": [{"content": TEXT}]} for run in runs or ["DONE"]]
    return caller.filled(*documents)[0]


def ended(caller: Newer, dataset: str, kind: str) -> dict[str, Any]:
    """The job of a type when it is over."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        row = caller.data("GET", f"/datasets/{dataset}/index", params={"type": kind})
        if row["progress"] in (1, -1):
            return dict(row)
        time.sleep(0.02)
    raise AssertionError(f"the job does not end: {row}")


@pytest.mark.parametrize(
    "header", [None, "Bearer ", "Bearer", "Bearer nobody", "nobody", "Basic {key}", "Bearer {key} x"]
)
def test_whoever_has_no_key_is_told_so_by_the_status(caller: Newer, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.format(key=caller.key)}
    answer = requests.get(f"{caller.base_url}/api/v1/datasets", headers=headers, timeout=10)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("header", ["{key}", "bearer {key}", "Bearer {key}"])
def test_the_key_is_taken_with_and_without_its_scheme(caller: Newer, header: str) -> None:
    headers = {"Authorization": header.format(key=caller.key)}
    answer = requests.get(f"{caller.base_url}/api/v1/datasets", headers=headers, timeout=10)
    assert answer.json() == {"code": 0, "data": [], "total_datasets": 0}


def test_a_further_key_opens_the_same_tenant_until_it_is_deleted(caller: Newer) -> None:
    caller.dataset()
    token = caller.data("POST", "/system/tokens", json={})["token"]
    other = Caller(caller.base_url, token)
    assert [row["name"] for row in other.data("GET", "/datasets")] == ["Papers"]
    assert {row["token"] for row in caller.data("GET", "/system/tokens")} == {caller.key, token}
    caller.data("DELETE", f"/system/tokens/{token}")
    assert other.ask("GET", "/datasets").status_code == 401


def test_a_page_of_datasets_has_at_most_a_hundred_rows(caller: Newer) -> None:
    assert caller.data("GET", "/datasets", params={"page_size": 100}) == []
    code, message = refused(caller, "GET", "/datasets", params={"page_size": 101})
    assert code == 101
    assert message == (
        "Field: <page_size> - Message: <Value error, page_size must be less than or equal to 100> - Value: <101>"
    )
    assert refused(caller, "GET", "/datasets", params={"page": 0})[0] == 101


def test_ids_choose_datasets_and_unknown_ones_are_left_out(caller: Newer) -> None:
    one, two, _ = (caller.dataset(name) for name in ("One", "Two", "Three"))
    found = caller.data("GET", "/datasets", params={"ids": f"{one},{two},{'0' * 32}"})
    assert {row["id"] for row in found} == {one, two}
    assert refused(caller, "GET", "/datasets", params={"id": "0" * 32})[0] == 102


def test_the_list_counts_documents_by_state_if_asked(caller: Newer) -> None:
    filled(caller, "DONE", "DONE", "FAIL", "UNSTART")
    row = caller.data("GET", "/datasets", params={"include_parsing_status": "true"})[0]
    assert row["parsing_status"] == {
        "cancel_count": 0, "done_count": 2, "fail_count": 1, "running_count": 0, "unstart_count": 1,
    }  # fmt: skip
    assert "parsing_status" not in caller.data("GET", "/datasets")[0]


@pytest.mark.parametrize("body", [{"ids": []}, {"ids": None}, {}])
def test_a_delete_without_ids_deletes_nothing(caller: Newer, body: dict[str, Any]) -> None:
    caller.dataset()
    assert caller.data("DELETE", "/datasets", json=body) == {"success_count": 0}
    assert len(caller.data("GET", "/datasets")) == 1
    assert caller.data("DELETE", "/datasets", json={"delete_all": True}) == {"success_count": 1}


def test_a_parser_config_as_it_is_shown_is_refused_when_it_is_sent_back(caller: Newer) -> None:
    dataset = caller.dataset(parser_config={"chunk_token_num": 64})
    config = caller.data("GET", f"/datasets/{dataset}")["parser_config"]
    code, message = refused(caller, "PUT", f"/datasets/{dataset}", json={"parser_config": config})
    assert code == 101
    assert {line.split(">")[0][8:] for line in message.split("\n")} == {
        "parser_config.image_context_size", "parser_config.llm_id", "parser_config.table_context_size",
    }  # fmt: skip


def test_what_older_clients_send_for_raptor_is_dropped_or_raised(caller: Newer) -> None:
    dataset = caller.dataset(parser_config={"raptor": {"use_raptor": True, "threshold": 0.1, "max_token": 256}})
    raptor = caller.data("GET", f"/datasets/{dataset}")["parser_config"]["raptor"]
    assert raptor["max_token"] == 512
    assert "threshold" not in raptor


def test_a_graph_job_without_a_template_group_ends_well_and_builds_nothing(caller: Newer) -> None:
    dataset = filled(caller)
    task = caller.data("POST", f"/datasets/{dataset}/index", params={"type": "graph"})["task_id"]
    row = ended(caller, dataset, "graph")
    assert (row["id"], row["progress"], row["task_type"]) == (task, 1.0, "structure_graph")
    assert row["doc_id"] == "graph_raptor_x"
    assert row["progress_msg"].endswith("No doc_graph rows found.")
    assert caller.data("GET", f"/datasets/{dataset}/graph") == {"graph": {}, "mind_map": {}}


def test_a_graph_job_with_a_template_group_merges_the_documents_graphs(caller: Newer) -> None:
    dataset = filled(caller, "DONE", "DONE")
    group = {"name": "Graphs", "templates": [{"name": "Graph", "kind": "knowledge_graph", "config": {}}]}
    group_id = caller.data("POST", "/compilation-template-groups", json=group)["id"]
    config = {"compilation_template_group_id": [group_id]}
    caller.data("PUT", f"/datasets/{dataset}", json={"parser_config": config})
    assert caller.data("POST", f"/datasets/{dataset}/run_graphrag")["task_id"]
    assert ended(caller, dataset, "graph")["progress"] == 1.0
    nodes = {node["id"]: node for node in caller.data("GET", f"/datasets/{dataset}/graph")["graph"]["nodes"]}
    assert len(nodes["ANNA BERG"]["source_id"]) == 2
    caller.data("DELETE", f"/datasets/{dataset}/index", params={"type": "graph"})
    assert caller.data("GET", f"/datasets/{dataset}/graph")["graph"] == {}
    assert caller.data("GET", f"/datasets/{dataset}/trace_graphrag") == {}


def test_a_raptor_job_leaves_the_documents_alone_and_its_log_is_kept(caller: Newer) -> None:
    dataset = filled(caller)
    before = caller.data("GET", f"/datasets/{dataset}/documents")["docs"][0]
    caller.data("POST", f"/datasets/{dataset}/index", params={"type": "raptor"})
    row = ended(caller, dataset, "raptor")
    assert (row["progress"], row["retry_count"]) == (1.0, 1)
    assert caller.data("GET", f"/datasets/{dataset}/documents")["docs"][0]["progress_msg"] == before["progress_msg"]
    logs = caller.data("GET", f"/datasets/{dataset}/ingestions", params={"log_type": "dataset"})["logs"]
    assert [(log["task_type"], log["progress_msg"]) for log in logs] == [("RAPTOR", row["progress_msg"])]


def test_anybody_can_cancel_a_job(caller: Newer, stranger: Newer) -> None:
    dataset = filled(caller)
    caller.standin.parsing(paused=True)
    try:
        task = caller.data("POST", f"/datasets/{dataset}/index", params={"type": "raptor"})["task_id"]
        code, message = refused(caller, "POST", f"/datasets/{dataset}/index", params={"type": "raptor"})
        assert (code, message.split(". ")[-1]) == (102, "A RAPTOR Task is already running.")
        stranger.data("POST", f"/tasks/{task}/cancel")
        row = ended(caller, dataset, "raptor")
    finally:
        caller.standin.parsing(paused=False)
    assert (row["progress"], row["progress_msg"].split("\n")[-1][9:]) == (-1, "Task stopped by user.")


def test_a_path_that_lost_its_end_is_taken_for_the_type_of_an_index(caller: Newer) -> None:
    assert refused(caller, "DELETE", f"/datasets/{caller.dataset()}/nonsense") == (
        101,
        "Invalid index type 'nonsense'",
    )


def test_models_have_three_parts_and_ids(caller: Newer) -> None:
    rows = caller.data("GET", "/models", params={"type": "chat"})
    names = {f"{row['name']}@{row['instance_name']}@{row['provider_name']}": row["model_id"] for row in rows}
    assert set(names) == {f"standin-chat@standin@{FACTORY}", f"standin-reasoner@standin@{FACTORY}"}
    assert {len(model_id) for model_id in names.values()} == {32}
    mine = caller.data("GET", "/users/me/models")
    assert mine["llm_id"] == f"standin-chat@standin@{FACTORY}"
    assert mine["tenant_llm_id"] == names[mine["llm_id"]]


def test_a_new_default_model_is_that_of_new_datasets(caller: Newer) -> None:
    chosen = {
        "model_type": "embedding", "model_provider": FACTORY, "model_instance": "standin",
        "model_name": "standin-embed-small",
    }  # fmt: skip
    caller.data("PATCH", "/models/default", json=chosen)
    row = caller.data("GET", f"/datasets/{caller.dataset()}")
    assert row["embedding_model"] == f"standin-embed-small@standin@{FACTORY}"
    bad = {**chosen, "model_provider": "nope"}
    assert refused(caller, "PATCH", "/models/default", json=bad) == (102, "Provider 'nope' not found")


def test_an_embedding_model_is_named_in_three_parts_in_two_or_by_its_id(caller: Newer) -> None:
    model_id = next(row["model_id"] for row in caller.data("GET", "/models") if row["name"] == "standin-embed")
    names = [f"standin-embed@standin@{FACTORY}", f"standin-embed@{FACTORY}", model_id]
    for name in names:
        caller.dataset(name[:100], embedding_model=name)
    found = {row["name"]: row for row in caller.data("GET", "/datasets")}
    assert [found[name]["embedding_model"] for name in names] == names
    assert [found[name]["embedding_model_name"] for name in names] == ["", "", "standin-embed"]
    body = {"name": "Old", "embedding_model": f"standin-embed___OpenAI-API@{FACTORY}"}
    assert refused(caller, "POST", "/datasets", json=body)[0] == 102


def test_each_release_shows_the_models_of_what_the_other_stored_in_its_own_form(caller: Newer) -> None:
    model_id = next(row["model_id"] for row in caller.data("GET", "/models") if row["name"] == "standin-embed")
    for name, model in (("Named", f"standin-embed@standin@{FACTORY}"), ("By id", model_id)):
        caller.dataset(name, embedding_model=model)
    caller.standin.become("0.24")
    caller.dataset("Older", embedding_model=f"standin-embed___OpenAI-API@{FACTORY}")
    rows = caller.data("GET", "/datasets")
    assert {row["embedding_model"] for row in rows} == {f"standin-embed___OpenAI-API@{FACTORY}"}
    assert {row["parser_config"]["llm_id"] for row in rows} == {f"standin-chat___OpenAI-API@{FACTORY}"}
    caller.standin.become("0.27")
    shown = {row["name"]: row for row in caller.data("GET", "/datasets")}
    assert shown["Older"]["embedding_model"] == f"standin-embed@standin@{FACTORY}"
    assert {row["parser_config"]["llm_id"] for row in shown.values()} == {f"standin-chat@standin@{FACTORY}"}
