"""Starting and stopping on the 0.27 face: old and new form (ragflow-0.27 §6 "Documents, parsing")."""

from __future__ import annotations

import pytest

from tests.standin.face027.conftest import Newer

TEXT = b"The heron waits at the pond."


def running(newer: Newer) -> tuple[str, str]:
    """A dataset and a document that runs until parsing is no longer paused."""
    newer.standin.parsing(paused=True)
    dataset = newer.dataset()
    document = newer.upload(dataset, "a.txt", TEXT)
    newer.data("POST", f"/datasets/{dataset}/documents/parse", json={"document_ids": [document]})
    assert newer.document(dataset, document)["run"] == "RUNNING"
    return dataset, document


def test_the_new_form_starts_a_running_document_again_and_the_old_one_refuses(newer: Newer) -> None:
    dataset, document = running(newer)
    body = {"document_ids": [document]}
    assert newer.refused("POST", f"/datasets/{dataset}/chunks", json=body) == 102
    assert newer.data("POST", f"/datasets/{dataset}/documents/parse", json=body) == {"success_count": 1}
    newer.standin.parsing(paused=False)
    assert newer.until(dataset, document, "DONE")["chunk_count"] == 1


@pytest.mark.parametrize(
    ("method", "path", "said"), [("POST", "documents/stop", True), ("DELETE", "chunks", False)], ids=["new", "old"]
)
def test_a_stopped_document_is_cancelled_at_progress_0(newer: Newer, method: str, path: str, said: bool) -> None:
    dataset, document = running(newer)
    newer.data(method, f"/datasets/{dataset}/{path}", json={"document_ids": [document]})
    newer.standin.parsing(paused=False)
    row = newer.document(dataset, document)
    assert (row["run"], row["progress"], row["chunk_count"]) == ("CANCEL", 0, 0)
    assert row["progress_msg"].endswith("Task stopped by user.") is said


def test_what_does_not_run_is_an_error_of_the_old_form_only(newer: Newer) -> None:
    dataset, [document] = newer.filled()
    body = {"document_ids": [document]}
    told = newer.data("POST", f"/datasets/{dataset}/documents/stop", json=body)
    assert (told["success_count"], len(told["errors"])) == (0, 1)
    assert newer.refused("DELETE", f"/datasets/{dataset}/chunks", json=body) == 102
    assert newer.total(dataset) == 2


@pytest.mark.parametrize("path", ["documents/parse", "chunks"])
def test_good_documents_are_parsed_even_if_others_are_unknown(newer: Newer, path: str) -> None:
    dataset = newer.dataset()
    document = newer.upload(dataset, "a.txt", TEXT)
    ids = {"document_ids": [document, "0" * 32]}
    assert newer.refused("POST", f"/datasets/{dataset}/{path}", json=ids) == 102
    assert newer.until(dataset, document, "DONE")["chunk_count"] == 1


def test_parsing_again_does_not_count_the_old_chunks_twice(newer: Newer) -> None:
    dataset = newer.dataset()
    document = newer.parsed(dataset, "a.txt", TEXT)["id"]
    newer.data("POST", f"/datasets/{dataset}/documents/parse", json={"document_ids": [document]})
    newer.until(dataset, document, "DONE")
    assert newer.total(dataset) == 1


def test_ingest_starts_and_cancels_without_naming_the_dataset(newer: Newer) -> None:
    newer.standin.parsing(paused=True)
    dataset = newer.dataset()
    document = newer.upload(dataset, "a.txt", TEXT)
    assert newer.refused("POST", "/documents/ingest", json={"doc_ids": [document], "run": "2"}) == 102
    newer.data("POST", "/documents/ingest", json={"doc_ids": [document], "run": "1"})
    assert newer.document(dataset, document)["run"] == "RUNNING"
    newer.data("POST", "/documents/ingest", json={"doc_ids": [document], "run": "2"})
    assert newer.document(dataset, document)["run"] == "CANCEL"


def test_an_upgrade_keeps_documents_chunks_and_their_search(newer: Newer) -> None:
    newer.standin.become("0.24")
    try:
        dataset = newer.dataset()
        document = newer.parsed(dataset, "a.txt", TEXT)["id"]
    finally:
        newer.standin.become("0.27")
    assert newer.document(dataset, document)["run"] == "DONE"
    found = newer.data("POST", "/retrieval", json={"question": "heron", "dataset_ids": [dataset]})
    assert [chunk["document_id"] for chunk in found["chunks"]] == [document]
