"""Metadata edited in a table: what a saved cell sends, and what becomes of what cannot be saved."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.metadata.conftest import FIELDS, Store
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases

Stored = Callable[[], dict[str, Any]]
Save = Callable[..., Any]
JSON = {"accept": "application/json"}


@pytest.fixture
def state_of(curator_client: Client, grid_url: str) -> Callable[[str, str], str]:
    """What the page knows of a document's key."""

    def find(name: str, key: str) -> str:
        page = curator_client.get(grid_url, {"key": [key], "q": name, "new": key}).content.decode()
        states = [html.unescape(one) for one in re.findall(r'name="cell" value="([^"]*)"', page)]
        [found] = [state for state in states if json.loads(state)[0] == key]
        return found

    return find


@pytest.fixture
def save(
    curator_client: Client, ragflow_server: Server, dataset: Dataset, state_of: Callable[[str, str], str]
) -> Callable[..., Any]:
    """Saves one cell, as the script does."""

    def send(document: Document, key: str, value: str, state: str = "", headers: dict[str, str] = JSON) -> Any:
        url = ragflow_server.url("metadata:save", dataset.id, document.id)
        given = {"cell": state or state_of(document.name, key), "value": value}
        return curator_client.post(url, given, headers=headers)

    return send


@pytest.mark.parametrize(
    ("name", "key", "typed", "after", "shown"),
    [
        ("ann.txt", "author", "Zoe", "Zoe", "Zoe"),
        ("ann.txt", "year", "2030", 2030, "2030"),
        ("ann.txt", "year", "1.50", 1.5, "1.5"),
        ("ann.txt", "tags", "q;r ; q", ["q", "r"], "q; r"),
        ("plain.txt", "year", "7", 7, "7"),
        ("plain.txt", "tags", "one", ["one"], "one"),
        ("plain.txt", "brand new", "x", "x", "x"),
        ("ann.txt", "author", "", None, ""),
        ("ann.txt", "tags", " ", None, ""),
    ],
)
def test_a_cell_is_saved_with_its_kind_and_nothing_else_changes(
    name: str,
    key: str,
    typed: str,
    after: Any,
    shown: str,
    documents: dict[str, Document],
    save: Save,
    stored: Stored,
) -> None:
    response = save(documents[name], key, typed)

    assert response.status_code == 200
    [cell] = response.json()["cells"]
    assert cell["value"] == shown
    assert json.loads(cell["cell"])[2] == ([] if after is None else [after])
    rest = {k: v for k, v in FIELDS[name].items() if k != key}
    assert stored() == {**FIELDS, name: rest if after is None else {**rest, key: after}}
    assert AuditEntry.objects.filter(outcome="ok").count() == 1


def test_times_and_odd_values_keep_their_form(store: Store, save: Save, stored: Stored) -> None:
    document = store("a.txt", {"due": "2024-01-31T09:30:00", "flag": True, "mixed": [1, "a;b"], "text": "two\nlines"})
    assert save(document, "due", "2025-02-01").json()["cells"][0]["value"] == "2025-02-01T00:00:00"
    assert save(document, "mixed", '[2, "c"]').status_code == 200
    assert save(document, "text", "two\r\nother lines").status_code == 200
    assert stored()["a.txt"] == {
        "due": "2025-02-01T00:00:00",
        "flag": True,
        "mixed": [2, "c"],
        "text": "two\nother lines",
    }


@pytest.mark.parametrize(
    ("key", "typed", "words"),
    [
        ("year", "soon", "year: enter a number such as 2024 or 3.5."),
        ("year", "1e999", "year: enter a number such as 2024 or 3.5."),
        ("tags", " ; ", "tags: separate the items of the list with ;."),
        ("author", "x" * 4081, "author: at most 4080 characters; this has 4081."),
    ],
)
def test_what_does_not_fit_is_named_and_not_sent(
    key: str, typed: str, words: str, documents: dict[str, Document], save: Save, stored: Stored
) -> None:
    response = save(documents["ann.txt"], key, typed)
    assert response.status_code == 422
    assert response.json()["errors"][0]["error"] == words
    assert stored() == FIELDS


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("[" * 3000, "mixed: brackets can be nested at most 20 deep."),
        ("[1, NaN]", "mixed: “NaN” can't be stored as a number."),
        ("1e309", "mixed: “1e309” can't be stored as a number."),
        (r'["\u0000"]', "mixed: it contains a character that can't be stored."),
        ("\0", "mixed: it contains a character that can't be stored."),
    ],
)
def test_json_that_no_metadata_can_hold_is_named_at_its_cell(
    typed: str, words: str, store: Store, save: Save, stored: Stored
) -> None:
    document = store("a.txt", {"mixed": [1, "a"]})
    response = save(document, "mixed", typed)
    assert response.status_code == 422
    assert response.json()["errors"][0]["error"] == words
    assert stored()["a.txt"] == {"mixed": [1, "a"]}


def test_what_has_not_changed_is_not_sent(
    documents: dict[str, Document],
    save: Save,
    state_of: Callable[[str, str], str],
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    state = state_of("ann.txt", "tags")
    standin.reset_requests()
    assert save(documents["ann.txt"], "tags", "x; y", state).status_code == 200
    assert [entry["method"] for entry in standin.requests(tenant_key)] == ["GET"]


def test_somebody_elses_change_is_told_and_not_overwritten_at_once(
    documents: dict[str, Document], save: Save, state_of: Callable[[str, str], str], ragflow: RAGFlow, stored: Stored
) -> None:
    state = state_of("ann.txt", "author")
    ragflow.documents.update(documents["ann.txt"], meta_fields={**FIELDS["ann.txt"], "author": "Ben"})

    first = save(documents["ann.txt"], "author", "Zoe", state)
    assert first.status_code == 422
    [wrong] = first.json()["errors"]
    assert wrong["error"] == "Someone else has changed author to “Ben”. Save again to replace it with yours."
    assert stored()["ann.txt"]["author"] == "Ben"
    assert save(documents["ann.txt"], "author", "Zoe", wrong["cell"]).status_code == 200
    assert stored()["ann.txt"]["author"] == "Zoe"


@pytest.mark.parametrize("kind", ["error500", "drop"])
def test_a_fault_is_told_at_the_cell(
    kind: str, documents: dict[str, Document], save: Save, state_of: Callable[[str, str], str], standin: StandinProcess
) -> None:
    state = state_of("ann.txt", "author")
    standin.fault(kind, method=standin.change, path="/documents/")
    response = save(documents["ann.txt"], "author", "Zoe", state)
    assert response.status_code == 422
    assert response.json()["errors"][0]["error"]


def test_without_script_a_row_is_saved_as_a_form(
    curator_client: Client,
    ragflow_server: Server,
    dataset: Dataset,
    grid_url: str,
    documents: dict[str, Document],
    stored: Stored,
) -> None:
    page = curator_client.get(grid_url).content.decode()
    url = ragflow_server.url("metadata:save", dataset.id, documents["ann.txt"].id)
    form = re.search(rf'<form id="(f\d+)" method="post" action="{url}">', page)
    assert form
    states = [html.unescape(one) for one in re.findall(rf'name="cell" value="([^"]*)" form="{form[1]}"', page)]
    given = {"cell": states, "value": ["Zoe", "", "2031"], "back": "q=ann"}

    response = curator_client.post(url, given)

    assert (response.status_code, response["Location"]) == (302, f"{grid_url}?q=ann")
    assert stored()["ann.txt"] == {"author": "Zoe", "year": 2031}


def test_without_script_nothing_typed_is_lost(
    curator_client: Client,
    documents: dict[str, Document],
    save: Save,
    state_of: Callable[[str, str], str],
    standin: StandinProcess,
) -> None:
    state = state_of("ann.txt", "year")
    page = save(documents["ann.txt"], "year", "sooner or later", state, headers={})
    assert page.status_code == 422
    assert "sooner or later" in text_of(page)
    assert "year: enter a number" in text_of(page)
    standin.fault("drop", method="GET", path="/documents")
    page = save(documents["ann.txt"], "year", "4711", state, headers={})
    assert page.status_code == 422
    assert "4711" in text_of(page)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"cell": "[]", "value": "x"},
        {"cell": '["", "text", []]', "value": "x"},
        {"cell": '["a", "text", [1, 2]]', "value": "x"},
        {"cell": '["a", "colour", []]', "value": "x"},
        {"cell": "nonsense", "value": "x"},
        {"cell": "[" * 3000, "value": "x"},
        {"cell": '["a\\ud800", "text", []]', "value": "x"},
        {"cell": ['["a", "text", []]'] * 2, "value": "x"},
    ],
)
def test_a_cell_that_no_page_has_sent_is_refused(
    given: dict[str, Any],
    curator_client: Client,
    ragflow_server: Server,
    dataset: Dataset,
    documents: dict[str, Document],
    stored: Stored,
) -> None:
    url = ragflow_server.url("metadata:save", dataset.id, documents["ann.txt"].id)
    assert curator_client.post(url, given, headers=JSON).status_code == 400
    assert stored() == FIELDS
