"""Documents and their metadata on the 0.27 face (ragflow-0.27 §0, §6, §7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.standin.face027.conftest import Newer


def listed(newer: Newer, dataset: str, **query: Any) -> list[dict[str, Any]]:
    return list(newer.data("GET", f"/datasets/{dataset}/documents", params=query)["docs"])


@pytest.mark.parametrize(
    ("query", "code", "rows"),
    [
        ({"page_size": 101}, 100, 0),
        ({"page_size": 0}, 0, 3),
        ({"page": "abc"}, 0, 3),
        ({"page": -1, "page_size": 2}, 0, 2),
        ({"orderby": "size"}, 101, 0),
        ({"run": "nonsense"}, 102, 0),
        ({"run_status": "schedule"}, 0, 1),
        ({"run": ["DONE", "0"]}, 0, 2),
        ({"id": "nobody"}, 102, 0),
        ({"ids": ["nobody"]}, 0, 0),
        ({"ids": "0" * 32, "id": "0" * 32}, 102, 0),
        ({"ids": [f"{n:032x}" for n in range(101)]}, 100, 0),
    ],
)
def test_pages_states_and_ids_of_a_list(newer: Newer, query: dict[str, Any], code: int, rows: int) -> None:
    dataset, _ = newer.filled({"run": "DONE"}, {"run": "UNSTART"}, {"run": "SCHEDULE"})
    body = newer.ask("GET", f"/datasets/{dataset}/documents", params=query).json()
    assert body["code"] == code
    assert len((body.get("data") or {}).get("docs", [])) == rows


def test_a_condition_that_no_document_meets_gives_an_empty_list(newer: Newer) -> None:
    dataset, ids = newer.filled({"meta_fields": {"author": "Ann"}}, {})

    def found(author: str) -> list[str]:
        part = {"name": "author", "comparison_operator": "is", "value": author}
        condition = json.dumps({"logic": "and", "conditions": [part]})
        return [row["id"] for row in listed(newer, dataset, metadata_condition=condition)]

    assert found("Ann") == [ids[0]]
    assert found("Bob") == []


def test_counts_by_state_suffix_and_metadata_are_of_all_documents(newer: Newer) -> None:
    dataset, _ = newer.filled({"meta_fields": {"author": "Ann"}}, {"name": "a.md"}, {"run": "FAIL"})
    data = newer.data("GET", f"/datasets/{dataset}/documents", params={"type": "filter", "page_size": 1})
    assert data == {
        "total": 3,
        "filter": {
            "run_status": {"3": 2, "4": 1},
            "suffix": {"txt": 2, "md": 1},
            "metadata": {"author": {"Ann": 1}, "empty_metadata": {"true": 2}},
        },
    }


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_any_pipeline_key_wipes_the_chunks(newer: Newer, method: str) -> None:
    dataset, [document] = newer.filled()
    row = newer.data(method, f"/datasets/{dataset}/documents/{document}", json={"pipeline_id": ""})
    assert (row["run"], row["progress"], row["chunk_count"], newer.total(dataset)) == ("UNSTART", 0, 0, 0)
    assert newer.chunks(dataset, document) == []


def test_the_same_chunk_method_keeps_the_chunks_and_another_removes_them(newer: Newer) -> None:
    dataset, [document] = newer.filled(parser_config={"chunk_token_num": 64})
    path = f"/datasets/{dataset}/documents/{document}"
    row = newer.data("PATCH", path, json={"chunk_method": "naive"})
    assert (row["run"], row["chunk_count"], row["parser_config"]["chunk_token_num"]) == ("DONE", 2, 512)
    assert newer.data("PATCH", path, json={"chunk_method": "manual"})["run"] == "UNSTART"
    assert newer.total(dataset) == 0


@pytest.mark.parametrize(
    "body",
    [
        {"enabled": True}, {"enabled": 5}, {"name": None}, {"name": "a.txt", "chunk_count": 7},
        {"chunk_method": "resume"}, {"chunk_method": ""}, {"meta_fields": {"a": {"b": 1}}},
        {"parser_config": {"chunk_token_num": 0}}, {"parser_config": {"llm_id": "x"}},
    ],
)  # fmt: skip
def test_a_change_that_is_not_valid_is_refused_as_a_whole(newer: Newer, body: dict[str, Any]) -> None:
    dataset, [document] = newer.filled()
    before = newer.document(dataset, document)
    assert newer.refused("PATCH", f"/datasets/{dataset}/documents/{document}", json=body) == 102
    assert newer.document(dataset, document) == before


def test_a_row_cannot_be_sent_back_as_it_was_fetched(newer: Newer) -> None:
    dataset = newer.dataset()
    document = newer.upload(dataset, "a.txt", b"The heron waits.")
    row = newer.document(dataset, document)
    assert newer.refused("PATCH", f"/datasets/{dataset}/documents/{document}", json=row) == 102


def test_of_several_files_the_good_ones_are_stored_and_told(newer: Newer) -> None:
    dataset = newer.dataset()
    files = [("file", ("good.txt", b"The heron waits.")), ("file", ("bad.exe", b"MZ"))]
    body = newer.ask("POST", f"/datasets/{dataset}/documents", files=files).json()
    assert (body["code"], [row["name"] for row in body["data"]]) == (500, ["good.txt"])
    assert [row["name"] for row in listed(newer, dataset)] == ["good.txt"]


def test_a_document_may_have_no_file(newer: Newer) -> None:
    dataset = newer.dataset()
    path = f"/datasets/{dataset}/documents"
    made = newer.data("POST", path, params={"type": "empty"}, json={"name": "notes.txt"})
    assert (made["type"], made["size"]) == ("virtual", 0)
    assert newer.refused("GET", f"/documents/{made['id']}") == 102
    newer.data("POST", f"{path}/{made['id']}/chunks", json={"content": "By hand."})
    assert [chunk["content"] for chunk in newer.chunks(dataset, made["id"])] == ["By hand."]


def test_another_tenant_reaches_nothing(newer: Newer, stranger: Newer) -> None:
    dataset = newer.dataset()
    document = newer.upload(dataset, "a.txt", b"The heron waits.")
    path = f"/datasets/{dataset}/documents"
    assert stranger.refused("POST", path, files={"file": ("a.txt", b"x")}) == 109
    assert stranger.refused("POST", "/documents/ingest", json={"doc_ids": [document], "run": "1"}) == 109
    assert stranger.refused("GET", f"{path}/{document}") == 102
    assert stranger.refused("GET", f"/documents/{document}/preview") == 102
    assert stranger.refused("PATCH", f"{path}/{document}", json={"name": "b.txt"}) == 102
    assert stranger.refused("DELETE", path, json={"ids": [document]}) == 102
    assert stranger.data("GET", "/thumbnails", params={"doc_ids": document}) == {}
    assert newer.document(dataset, document)["name"] == "a.txt"


def test_a_content_has_its_own_type_and_html_is_never_shown_inline(newer: Newer) -> None:
    dataset = newer.dataset()
    table, page = newer.upload(dataset, "rows.csv", b"a,b\n1,2\n"), newer.upload(dataset, "page.html", b"<p>x</p>")
    answer = newer.ask("GET", f"/documents/{table}/preview")
    assert (answer.headers["Content-Type"], answer.content) == ("text/csv", b"a,b\n1,2\n")
    assert answer.headers["Content-Disposition"].startswith("inline")
    for path in (f"/datasets/{dataset}/documents/{page}", f"/documents/{page}", f"/documents/{page}/preview"):
        assert newer.ask("GET", path).headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("body", [{"ids": []}, {"ids": None}, {}, {"ids": ["{id}", "nobody"]}])
def test_nothing_is_deleted_without_ids_or_with_an_unknown_one(newer: Newer, body: dict[str, Any]) -> None:
    dataset, [document] = newer.filled()
    sent = json.loads(json.dumps(body).replace("{id}", document))
    assert newer.refused("DELETE", f"/datasets/{dataset}/documents", json=sent) == 102
    assert len(listed(newer, dataset)) == 1


def test_all_documents_are_deleted_only_on_demand(newer: Newer) -> None:
    dataset, ids = newer.filled({}, {})
    path = f"/datasets/{dataset}/documents"
    assert newer.refused("DELETE", path, json={"ids": ids, "delete_all": True}) == 102
    assert newer.data("DELETE", path, json={"delete_all": True}) == {"deleted": 2}
    assert (listed(newer, dataset), newer.total(dataset)) == ([], 0)


def test_a_file_outlives_its_document_but_not_the_other_way_round(newer: Newer) -> None:
    dataset = newer.dataset()
    file = newer.data("POST", "/files", files={"file": ("a.txt", b"The heron waits.")})[0]["id"]
    link = {"file_ids": [file], "kb_ids": [dataset]}
    newer.data("POST", "/files/link-to-datasets", json=link)
    [row] = listed(newer, dataset)
    assert newer.ask("GET", f"/documents/{row['id']}").content == b"The heron waits."
    newer.data("DELETE", f"/datasets/{dataset}/documents", json={"ids": [row["id"]]})
    assert newer.ask("GET", f"/files/{file}").content == b"The heron waits."
    newer.data("POST", "/files/link-to-datasets", json=link)
    newer.data("DELETE", "/files", json={"ids": [file]})
    assert listed(newer, dataset) == []


def test_metadata_changes_only_where_documents_are_named(newer: Newer) -> None:
    dataset, ids = newer.filled({"meta_fields": {"author": "Ann"}}, {"meta_fields": {"author": "Bob"}})
    condition = {"conditions": [{"name": "author", "comparison_operator": "is", "value": "Ann"}]}
    updates = [{"key": "seen", "value": "yes"}]
    nobody = {"matched_docs": 0, "updated": 0}
    for method, last in (("PATCH", "documents/metadatas"), ("POST", "metadata/update")):
        path = f"/datasets/{dataset}/{last}"
        assert newer.data(method, path, json={"updates": updates}) == nobody
        alone = {"selector": {"metadata_condition": condition}, "updates": updates}
        assert newer.data(method, path, json=alone) == nobody
    both = {"selector": {"document_ids": ids, "metadata_condition": condition}, "updates": updates}
    assert newer.data("PATCH", f"/datasets/{dataset}/documents/metadatas", json=both)["updated"] == 1
    flat = newer.data("GET", "/datasets/metadata/flattened", params={"dataset_ids": dataset})
    assert flat == {"author": {"Ann": [ids[0]], "Bob": [ids[1]]}, "seen": {"yes": [ids[0]]}}
    summary = newer.data("GET", f"/datasets/{dataset}/metadata/summary", params={"doc_ids": ids[1]})["summary"]
    assert summary == {"author": {"type": "string", "values": [["Bob", 1]]}}


def test_fields_to_be_found_are_kept_complete_and_listed_as_a_schema(newer: Newer) -> None:
    dataset, [document] = newer.filled()
    path = f"/datasets/{dataset}/metadata/config"
    assert newer.refused("PUT", path, json={"enabled": True}) == 101
    newer.data("PUT", path, json={"metadata": [{"key": "author", "type": "string"}]})
    field = {"key": "author", "type": "string", "description": None, "enum": None}
    assert newer.data("GET", path) == {"metadata": [field], "built_in_metadata": []}
    one = {"metadata": [{"key": "kind", "enum": ["a", "b"]}]}
    newer.data("PUT", f"/datasets/{dataset}/documents/{document}/metadata/config", json=one)
    schema = newer.document(dataset, document)["parser_config"]["metadata"]
    assert schema["properties"] == {"kind": {"description": "", "enum": ["a", "b"], "type": "string"}}


def test_documents_are_switched_one_by_one_and_unknown_ones_are_told(newer: Newer) -> None:
    dataset, [document] = newer.filled()
    path = f"/datasets/{dataset}/documents/batch-update-status"
    body = newer.ask("POST", path, json={"doc_ids": [document, "nobody"], "status": "0"}).json()
    assert (body["code"], body["data"][document]) == (500, {"status": "0"})
    assert "error" in body["data"]["nobody"]
    assert newer.document(dataset, document)["status"] == "0"
