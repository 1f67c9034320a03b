"""Chunks, tags and retrieval on the 0.27 face (ragflow-0.27 §0, §6 "Chunks, retrieval", §7)."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests

from tests.standin.face027.conftest import BIRDS, Newer

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def paths(newer: Newer, **more: Any) -> tuple[str, str]:
    """A dataset, and the path of its only document's chunks."""
    dataset, [document] = newer.filled(**more)
    return dataset, f"/datasets/{dataset}/documents/{document}/chunks"


def chunks(newer: Newer, path: str, **query: Any) -> list[dict[str, Any]]:
    return list(newer.data("GET", path, params=query)["chunks"])


def test_a_list_has_pages_of_100_at_most_and_can_be_narrowed(newer: Newer) -> None:
    _, path = paths(newer)
    first, second = chunks(newer, path)
    assert (first["content"], first["doc_type_kwd"], first["tag_kwd"]) == (BIRDS[0], "text", [])
    assert newer.refused("GET", path, params={"page_size": 101}) == 100
    assert chunks(newer, path, page="abc", page_size=0) == [first, second]
    assert chunks(newer, path, chunk_ids=second["id"]) == [second]
    assert newer.refused("GET", path, params={"id": "0" * 16}) == 102
    newer.data("PATCH", path, json={"chunk_ids": [second["id"], "nobody"], "available": False})
    assert [chunk["id"] for chunk in chunks(newer, path, available="false")] == [second["id"]]


def test_one_chunk_has_the_names_of_the_search_engine(newer: Newer) -> None:
    _, path = paths(newer)
    one = newer.data("GET", f"{path}/{chunks(newer, path)[0]['id']}")
    assert (one["content_with_weight"], one["available_int"], one["page_num_int"]) == (BIRDS[0], 1, [1])
    assert newer.refused("GET", f"{path}/nobody") == 102


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_chunk_changes_but_never_to_nothing(newer: Newer, method: str) -> None:
    _, path = paths(newer)
    chunk = chunks(newer, path)[0]["id"]
    assert newer.refused(method, f"{path}/{chunk}", json={"content": " "}) == 102
    newer.data(method, f"{path}/{chunk}", json={"content": "The crane flies.", "tag_kwd": ["bird"]})
    [changed] = chunks(newer, path, id=chunk)
    assert (changed["content"], changed["tag_kwd"]) == ("The crane flies.", ["bird"])


@pytest.mark.parametrize("body", [None, {}, {"chunk_ids": []}, {"chunk_ids": None}])
def test_no_chunk_is_deleted_without_ids(newer: Newer, body: dict[str, Any] | None) -> None:
    _, path = paths(newer)
    newer.data("DELETE", path, json=body)
    assert len(chunks(newer, path)) == 2


def test_known_chunks_are_deleted_even_if_others_are_unknown(newer: Newer) -> None:
    dataset, path = paths(newer)
    first, second = chunks(newer, path)
    assert newer.refused("DELETE", path, json={"chunk_ids": [first["id"], "nobody"]}) == 102
    assert chunks(newer, path) == [second]
    newer.data("DELETE", path, json={"delete_all": True})
    assert (chunks(newer, path), newer.total(dataset)) == ([], 0)


def test_a_picture_of_a_chunk_needs_the_owners_key(newer: Newer, stranger: Newer) -> None:
    _, path = paths(newer)
    assert newer.refused("POST", path, json={"content": "A bird.", "image_base64": "?"}) == 102
    body = {"content": "A bird.", "image_base64": base64.b64encode(PIXEL).decode()}
    made = newer.data("POST", path, json=body)["chunk"]
    image = f"/documents/images/{made['image_id']}"
    assert newer.ask("GET", image).content == PIXEL
    assert requests.get(f"{newer.base_url}/api/v1{image}", timeout=30).status_code == 401
    assert stranger.refused("GET", image) == 100


def test_tags_are_counted_renamed_and_removed(newer: Newer) -> None:
    dataset, path = paths(newer)
    for text, tags in (("One.", ["bird"]), ("Two.", ["bird", "pond"])):
        newer.data("POST", path, json={"content": text, "tag_kwd": tags})
    tagged = f"/datasets/{dataset}/tags"
    assert newer.data("GET", tagged) == [["bird", 2], ["pond", 1]]
    newer.data("PUT", tagged, json={"from_tag": "pond", "to_tag": "bird"})
    assert newer.data("GET", "/datasets/tags/aggregation", params={"dataset_ids": dataset}) == [["bird", 2]]
    newer.data("DELETE", tagged, json={"tags": ["bird"]})
    assert newer.data("GET", tagged) == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"page_size": 101}, 100), ({"question": 5}, 100), ({"similarity_threshold": "abc"}, 100),
        ({"rerank_id": "nope@Nope"}, 100), ({"top_k": 0}, 102), ({"dataset_ids": ["nobody"]}, 102),
        ({"document_ids": ["nobody"]}, 102),
    ],
)  # fmt: skip
def test_a_retrieval_that_is_not_valid_is_refused(newer: Newer, more: dict[str, Any], code: int) -> None:
    dataset, _ = newer.filled()
    body = {"question": "heron", "dataset_ids": [dataset], **more}
    assert newer.refused("POST", "/retrieval", json=body) == code


def test_a_retrieval_counts_all_pages_and_a_search_only_its_own(newer: Newer, stranger: Newer) -> None:
    dataset, _ = newer.filled({}, {})
    body = {"question": "heron stork", "dataset_ids": [dataset], "similarity_threshold": 0.01}
    found = newer.data("POST", "/retrieval", json={**body, "page_size": 1})
    assert (len(found["chunks"]), found["total"]) == (1, 4)
    for path in (f"/datasets/{dataset}/search", "/datasets/search"):
        found = newer.data("POST", path, json={**body, "size": 1})
        assert (found["chunks"][0]["kb_id"], found["total"]) == (dataset, 1)
        assert stranger.refused("POST", path, json=body) == 102


def test_a_retrieval_brings_metadata_if_asked_and_finds_nothing_by_a_condition_nobody_meets(newer: Newer) -> None:
    dataset, _ = newer.filled({"meta_fields": {"author": "Ann", "year": 2026}})
    body = {"question": "heron", "dataset_ids": [dataset]}
    asked = {**body, "reference_metadata": {"include": True, "fields": ["author"]}}
    assert newer.data("POST", "/retrieval", json=asked)["chunks"][0]["document_metadata"] == {"author": "Ann"}
    condition = {"conditions": [{"name": "author", "comparison_operator": "is", "value": "Bob"}]}
    assert newer.data("POST", "/retrieval", json={**body, "metadata_condition": condition})["total"] == 0
