"""Changing metadata: the dry run, what is sent, and what is said when not all of it worked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dashboard.metadata import selection
from dashboard.models import AuditEntry
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.metadata.conftest import FIELDS, Store, text_of

Stored = Callable[[], dict[str, Any]]


def where(key: str, value: str = "", operator: str = "is", row: int = 1) -> dict[str, str]:
    return {f"key{row}": key, f"operator{row}": operator, f"value{row}": value}


def put(key: str, value: str, **more: str) -> dict[str, str]:
    return {"scope": "matching", "operation": "put", "key": key, "value": value, "kind": "text", **more}


def fingerprint(page: str) -> str:
    found = re.search(r'name="fingerprint" value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


def do(client: Client, url: str, given: dict[str, str]) -> Any:
    """Looks first, and then does what was shown."""
    page = text_of(client.get(url, given))
    return client.post(url, {**given, "fingerprint": fingerprint(page)})


def updates(standin: StandinProcess, key: str) -> list[Any]:
    return [entry["json"] for entry in standin.requests(key) if entry["method"] != "GET"]


@pytest.fixture
def asked(standin: StandinProcess, tenant_key: str, documents: dict[str, Document]) -> Callable[[], list[Any]]:
    """The writes that RAGFlow got since the documents were made."""
    standin.reset_requests()
    return lambda: updates(standin, tenant_key)


def test_the_dry_run_names_how_many_and_shows_before_and_after(
    curator_client: Client, change_url: str, asked: Callable[[], list[Any]], stored: Stored
) -> None:
    page = text_of(curator_client.get(change_url, put("author", "Ann Lee") | where("author", "Ann")))

    assert "2 documents would change" in page
    assert "of 2 that are meant" in page
    assert '<span class="ra-was"><bdi>Ann</bdi></span>' in page
    assert '<span class="ra-becomes"><bdi>Ann Lee</bdi></span>' in page
    assert "ben.txt" not in page
    assert asked() == []
    assert stored() == FIELDS


def test_what_was_shown_is_done_with_the_documents_named(
    curator_client: Client,
    change_url: str,
    asked: Callable[[], list[Any]],
    stored: Stored,
    documents: dict[str, Document],
    page_url: str,
) -> None:
    response = do(curator_client, change_url, put("author", "Ann Lee") | where("author", "Ann"))

    assert (response.status_code, response.url) == (302, page_url)
    [body] = asked()
    assert set(body["selector"]["document_ids"]) == {documents["ann.txt"].id, documents["cleo.txt"].id}
    assert body["updates"] == [{"key": "author", "value": "Ann Lee"}]
    assert stored()["ann.txt"]["author"] == "Ann Lee"
    assert stored()["ben.txt"] == FIELDS["ben.txt"]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.outcome) == ("document.metadata", "ok")
    assert set(entry.target_names) == {"ann.txt", "cleo.txt"}


@pytest.mark.parametrize(
    ("given", "name", "after"),
    [
        ({"operation": "put", "key": "year", "value": "2030", "kind": "number"}, "ben.txt", {"year": 2030}),
        ({"operation": "put", "key": "rate", "value": "-1.5", "kind": "number"}, "plain.txt", {"rate": -1.5}),
        ({"operation": "put", "key": "tags", "value": "z"}, "ann.txt", {"tags": ["x", "y", "z"]}),
        ({"operation": "replace", "key": "tags", "match": "x", "value": "q"}, "ann.txt", {"tags": ["q", "y"]}),
        ({"operation": "replace", "key": "author", "match": "Ben", "value": "Bo"}, "ben.txt", {"author": "Bo"}),
        ({"operation": "drop-value", "key": "tags", "match": "x"}, "ann.txt", {"tags": ["y"]}),
        ({"operation": "drop-value", "key": "author", "match": "Ann"}, "ann.txt", {"author": None}),
        ({"operation": "drop", "key": "year"}, "ben.txt", {"year": None}),
    ],
)
def test_each_operation_does_what_its_dry_run_says(
    given: dict[str, str],
    name: str,
    after: dict[str, Any],
    curator_client: Client,
    change_url: str,
    documents: dict[str, Document],
    stored: Stored,
) -> None:
    before = stored()
    response = do(curator_client, change_url, {"scope": "all", "kind": "text"} | given)
    assert response.status_code == 302
    now = stored()
    for key, value in after.items():
        assert now[name].get(key) == value
        assert {k: v for k, v in now[name].items() if k != key} == {k: v for k, v in before[name].items() if k != key}


def test_a_replacement_leaves_other_values_alone(
    curator_client: Client, change_url: str, asked: Callable[[], list[Any]], stored: Stored
) -> None:
    given = {"scope": "all", "operation": "replace", "key": "author", "match": "Ann", "value": "Zoe"}
    do(curator_client, change_url, given)
    assert {name: meta.get("author") for name, meta in stored().items()} == {
        "ann.txt": "Zoe",
        "ben.txt": "Ben",
        "cleo.txt": "Zoe",
        "plain.txt": None,
    }
    assert len(asked()[0]["selector"]["document_ids"]) == 2


@pytest.mark.parametrize(
    ("rows", "logic", "names"),
    [
        (where("author", "Ann") | where("year", "2024", row=2), "and", {"cleo.txt"}),
        (where("author", "Ben") | where("tags", "x", row=2), "or", {"ben.txt", "ann.txt"}),
        (where("author", "Nobody") | where("year", "2024", row=2), "and", set()),
        (where("year", "2023", ">"), "and", {"ben.txt", "cleo.txt"}),
        (where("author", operator="not empty"), "and", {"ann.txt", "ben.txt", "cleo.txt"}),
    ],
)
def test_conditions_are_put_together_rightly(
    rows: dict[str, str],
    logic: str,
    names: set[str],
    curator_client: Client,
    change_url: str,
    documents: dict[str, Document],
) -> None:
    page = text_of(curator_client.get(change_url, put("seen", "yes") | rows | {"logic": logic}))
    assert {name for name in FIELDS if name in page} == names


def test_a_server_that_answers_with_everything_is_not_believed(
    curator_client: Client, change_url: str, documents: dict[str, Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "dashboard.ragflow.metadata.Condition.json", property(lambda self: '{"logic": "and", "conditions": []}')
    )
    page = text_of(curator_client.get(change_url, put("seen", "yes") | where("no-such-key", "x")))
    assert "No document would change" in page


def test_when_something_moved_nothing_is_sent_and_the_new_dry_run_is_shown(
    curator_client: Client, change_url: str, documents: dict[str, Document], store: Store, stored: Stored
) -> None:
    given = put("author", "Zoe") | where("author", "Ann")
    seen = fingerprint(text_of(curator_client.get(change_url, given)))
    store("new.txt", {"author": "Ann"})

    response = curator_client.post(change_url, {**given, "fingerprint": seen})
    page = text_of(response)
    assert response.status_code == 422
    assert "The documents changed meanwhile, so nothing was sent" in page
    assert "3 documents would change" in page
    assert stored()["ann.txt"]["author"] == "Ann"


def test_without_having_looked_nothing_is_done(
    curator_client: Client, change_url: str, asked: Callable[[], list[Any]]
) -> None:
    response = curator_client.post(change_url, put("author", "Zoe") | {"scope": "all"})
    assert response.status_code == 422
    assert asked() == []


def test_what_is_so_already_is_not_sent(
    curator_client: Client, change_url: str, asked: Callable[[], list[Any]]
) -> None:
    page = text_of(curator_client.get(change_url, put("author", "Ann") | where("author", "Ann")))
    assert "No document would change" in page
    assert "fingerprint" not in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (put("author", "x"), "Key: name the key of at least one condition"),
        (put("", "x") | {"scope": "all"}, "Key: name the key to change."),
        (put("author", "") | {"scope": "all"}, "New value: give the value to store."),
        (put("year", "soon", kind="number") | {"scope": "all"}, "New value: write a number"),
        (put("year", "nan", kind="number") | {"scope": "all"}, "New value: write a number"),
        (put("k" * 300, "x") | {"scope": "all"}, "Key: at most 255 characters, this has 300."),
        ({"scope": "all", "operation": "replace", "key": "a", "value": "b"}, "Present value: give the value"),
        ({"scope": "all", "operation": "drop-value", "key": "a"}, "Present value: give the value"),
        (put("a", "b") | where("author"), "Value: give the value to compare “author” with."),
        (put("a", "b") | where("", "Ann"), "Key: name the key that “Ann” belongs to."),
        (put("a", "b") | where("author", "Ann", "resembles"), "resembles is not one of the available choices"),
    ],
)
def test_bad_input_is_named_and_nothing_typed_is_lost(
    given: dict[str, str],
    words: str,
    curator_client: Client,
    change_url: str,
    asked: Callable[[], list[Any]],
) -> None:
    response = curator_client.get(change_url, given)
    page = text_of(response)
    assert response.status_code == 422
    assert words in page
    for value in given.values():
        assert value in page
    assert asked() == []


def test_a_failure_is_listed_with_its_document_and_reason(
    curator_client: Client, change_url: str, documents: dict[str, Document], standin: StandinProcess, stored: Stored
) -> None:
    standin.fault("code", method="POST", path="metadata/update", code=102, message="The index is read-only.")
    page = text_of(do(curator_client, change_url, put("author", "Zoe") | where("author", "Ann")))
    assert "2 documents are not changed" in page
    assert page.count("The index is read-only.") >= 2
    assert "cleo.txt" in page
    assert stored()["ann.txt"]["author"] == "Ann"


def test_what_was_done_in_spite_of_an_error_counts_as_done(
    curator_client: Client,
    change_url: str,
    documents: dict[str, Document],
    ragflow: RAGFlow,
    dataset: Dataset,
    standin: StandinProcess,
    page_url: str,
) -> None:
    given = put("author", "Zoe") | where("author", "Ben")
    seen = fingerprint(text_of(curator_client.get(change_url, given)))
    standin.fault("half_json", method="POST", path="metadata/update")
    response = curator_client.post(change_url, {**given, "fingerprint": seen})
    now = ragflow.documents.get(dataset.id, documents["ben.txt"].id).meta_fields["author"]
    # Whether the change arrived before the answer broke off, the page tells what is so.
    assert (response.status_code, now) in ((302, "Zoe"), (200, "Ben"))


def test_more_documents_than_can_be_handled_are_refused(
    curator_client: Client,
    change_url: str,
    asked: Callable[[], list[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selection.every, "__defaults__", (None, 3))
    response = curator_client.get(change_url, put("a", "b") | {"scope": "all"})
    assert response.status_code == 422
    assert "This is about 4 documents; at most 3 can be handled at once." in text_of(response)


def test_pages_of_documents_are_all_read(
    curator_client: Client,
    change_url: str,
    documents: dict[str, Document],
    monkeypatch: pytest.MonkeyPatch,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    monkeypatch.setattr(selection, "PAGE", 3)
    standin.reset_requests()
    page = text_of(curator_client.get(change_url, put("a", "b") | {"scope": "all"}))
    assert "4 documents would change" in page
    assert len(standin.requests(tenant_key)) == 4, "dataset, summary, two pages"


def test_markup_in_what_is_typed_stays_text(
    curator_client: Client, change_url: str, documents: dict[str, Document]
) -> None:
    given = put("<b>k</b>", "<script>alert(1)</script>") | {"scope": "all"}
    page = curator_client.get(change_url, given).content.decode()
    assert "<script>alert" not in page
    assert "<b>k</b>" not in page


def test_a_viewer_may_not_change(viewer_client: Client, change_url: str) -> None:
    assert viewer_client.get(change_url).status_code == 403
    assert viewer_client.post(change_url, put("a", "b")).status_code == 403
