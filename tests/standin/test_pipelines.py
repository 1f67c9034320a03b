"""Datasets that an ingestion pipeline cuts, on the stand-in, from outside."""

from __future__ import annotations

import pytest

from tests.standin.conftest import Caller

PIPELINE = "D0BEBE30AE2211F0970942010A8E0005"


def piped(caller: Caller) -> str:
    body = {"name": "Piped", "pipeline_id": PIPELINE, "parse_type": 2}
    made = caller.data("POST", "/datasets", json=body)
    assert made["pipeline_id"] == PIPELINE.lower()
    assert "parse_type" not in made
    return str(made["id"])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"pipeline_id": PIPELINE}, "required fields missing: parse_type"),
        ({"parse_type": 1}, "required fields missing: pipeline_id"),
        ({"pipeline_id": PIPELINE, "parse_type": 1, "chunk_method": "naive"}, "disallowed fields present"),
        ({"pipeline_id": "z" * 32, "parse_type": 1}, "pipeline_id"),
        ({"pipeline_id": PIPELINE, "parse_type": 65}, "less than or equal to 64"),
    ],
)
def test_half_a_pipeline_is_refused(caller: Caller, body: dict[str, object], words: str) -> None:
    answer = caller.ask("POST", "/datasets", json={"name": "Half", **body}).json()
    assert answer["code"] == 101
    assert words in answer["message"]


def test_a_pipeline_cannot_be_changed_and_can_be_left(caller: Caller) -> None:
    dataset = piped(caller)
    both = caller.ask("PUT", f"/datasets/{dataset}", json={"pipeline_id": PIPELINE, "parse_type": 1}).json()
    alone = caller.ask("PUT", f"/datasets/{dataset}", json={"pipeline_id": PIPELINE}).json()
    assert (both["code"], alone["code"]) == (100, 101)
    left = caller.data("PUT", f"/datasets/{dataset}", json={"pipeline_id": None, "chunk_method": "book"})
    assert (left["pipeline_id"], left["chunk_method"]) == (None, "book")


def test_documents_take_the_pipeline_over_and_are_run_by_a_call_of_their_own(caller: Caller) -> None:
    dataset = piped(caller)
    document = caller.upload(dataset, "a.txt", b"Some text.")
    assert caller.document(dataset, document)["pipeline_id"] == PIPELINE.lower()
    url, body = f"{caller.base_url}/v1/document/run", {"doc_ids": [document], "run": "1", "delete": True}
    assert caller.http.post(url, json=body, timeout=30).json()["data"] is True
    assert caller.until(dataset, document, "DONE")["chunk_count"] == 1
    foreign = caller.http.post(url, json=body | {"doc_ids": ["0" * 32]}, timeout=30).json()
    assert (foreign["code"], foreign["data"]) == (109, False)
