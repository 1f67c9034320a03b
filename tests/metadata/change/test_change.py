"""Changing metadata: the dry run, what is sent, and what is said when not all of it worked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.metadata.change import selection
from dashboard.metadata.change.changes import REPLACE, Change
from dashboard.models import AuditEntry, Job, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.metadata.conftest import FIELDS, Store
from tests.support.pages.metadata import apply_change, fingerprint, put
from tests.support.pages.reading import text_of
from tests.support.processes.worker import work

Stored = Callable[[], dict[str, Any]]


def where(*lines: str | tuple[str, ...], logic: str = "and") -> dict[str, Any]:
    """Conditions, each (key, value, operator) or less of it, as the builder sends them."""
    full = [(*((line,) if isinstance(line, str) else line), "", "")[:3] for line in lines]
    return {
        "meta_key": [key for key, _value, _operator in full],
        "meta_operator": [operator or "is" for _key, _value, operator in full],
        "meta_value": [value for _key, value, _operator in full],
        "logic": logic,
    }


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
    page = text_of(curator_client.get(change_url, put("author", "Ann Lee") | where(("author", "Ann"))))

    assert "2 documents will change" in page
    assert "of 2 matching" in page
    assert '<span class="ra-was"><bdi>Ann</bdi></span>' in page
    assert '<span class="ra-becomes"><bdi>Ann Lee</bdi></span>' in page
    assert "ben.txt" not in page
    assert asked() == []
    assert stored() == FIELDS


def test_what_was_shown_is_done_by_a_job_one_document_at_a_time(
    curator_client: Client,
    change_url: str,
    asked: Callable[[], list[Any]],
    stored: Stored,
    ragflow_server: Server,
) -> None:
    job = apply_change(curator_client, change_url, put("author", "Ann Lee") | where(("author", "Ann")))

    assert sorted(body["meta_fields"]["author"] for body in asked()) == ["Ann Lee"] * 2
    assert stored()["ann.txt"] == {**FIELDS["ann.txt"], "author": "Ann Lee"}
    assert stored()["ben.txt"] == FIELDS["ben.txt"]
    assert set(job.items.values_list("name", "state")) == {("ann.txt", "done"), ("cleo.txt", "done")}
    page = text_of(curator_client.get(ragflow_server.url("activity:job", job.pk)))
    assert "2 of 2 changed" in page
    assert "Change metadata" in page
    entries = AuditEntry.objects.filter(action="document.metadata", outcome="ok", username="curator")
    assert {tuple(entry.target_names) for entry in entries} == {("ann.txt",), ("cleo.txt",)}


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
        ({"operation": "put", "key": "tags", "value": "q; r", "kind": "list"}, "ann.txt", {"tags": ["q", "r"]}),
        (
            {"operation": "put", "key": "due", "value": "2024-01-31", "kind": "time"},
            "ann.txt",
            {"due": "2024-01-31T00:00:00"},
        ),
        ({"operation": "rename", "key": "tags", "to": "labels"}, "ann.txt", {"tags": None, "labels": ["x", "y"]}),
        ({"operation": "rename", "key": "year", "to": "since"}, "ben.txt", {"year": None, "since": 2024}),
        ({"operation": "replace", "key": "tags", "match": "x", "value": "y"}, "ann.txt", {"tags": ["y"]}),
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
    apply_change(curator_client, change_url, {"scope": "all", "kind": "text"} | given)
    now = stored()
    assert {key: now[name].get(key) for key in after} == after
    assert {k: v for k, v in now[name].items() if k not in after} == {
        k: v for k, v in before[name].items() if k not in after
    }


def test_a_replacement_leaves_other_values_alone(
    curator_client: Client, change_url: str, asked: Callable[[], list[Any]], stored: Stored
) -> None:
    given = {"scope": "all", "operation": "replace", "key": "author", "match": "Ann", "value": "Zoe"}
    apply_change(curator_client, change_url, given)
    assert {name: meta.get("author") for name, meta in stored().items()} == {
        "ann.txt": "Zoe",
        "ben.txt": "Ben",
        "cleo.txt": "Zoe",
        "plain.txt": None,
    }
    assert len(asked()) == 2


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        (where(("author", "Ann"), ("year", "2024")), {"cleo.txt"}),
        (where(("author", "Ben"), ("tags", "x"), logic="or"), {"ben.txt", "ann.txt"}),
        (where(("author", "Nobody"), ("year", "2024")), set()),
        (where(("year", "2023", ">")), {"ben.txt", "cleo.txt"}),
        (where(("author", "", "not empty")), {"ann.txt", "ben.txt", "cleo.txt"}),
    ],
)
def test_conditions_are_put_together_rightly(
    rows: dict[str, Any],
    names: set[str],
    curator_client: Client,
    change_url: str,
    documents: dict[str, Document],
) -> None:
    page = text_of(curator_client.get(change_url, put("seen", "yes") | rows))
    assert {name for name in FIELDS if f"<bdi>{name}</bdi>" in page} == names


def test_a_server_that_answers_with_everything_is_not_believed(
    curator_client: Client, change_url: str, documents: dict[str, Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "dashboard.ragflow.resources.metadata.Conditions.json",
        property(lambda self: '{"logic": "and", "conditions": []}'),
    )
    page = text_of(curator_client.get(change_url, put("seen", "yes") | where(("no-such-key", "x"))))
    assert "No documents will change" in page


def test_when_something_moved_nothing_is_sent_and_the_new_dry_run_is_shown(
    curator_client: Client, change_url: str, documents: dict[str, Document], store: Store, stored: Stored
) -> None:
    given = put("author", "Zoe") | where(("author", "Ann"))
    seen = fingerprint(text_of(curator_client.get(change_url, given)))
    store("new.txt", {"author": "Ann"})

    response = curator_client.post(change_url, {**given, "fingerprint": seen})
    page = text_of(response)
    assert response.status_code == 422
    assert "The documents have changed since the preview" in page
    assert "3 documents will change" in page
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
    page = text_of(curator_client.get(change_url, put("author", "Ann") | where(("author", "Ann"))))
    assert "No documents will change" in page
    assert "fingerprint" not in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (put("author", "x"), "Add at least one condition"),
        (put("", "x") | {"scope": "all"}, "Enter the key to change."),
        (put("author", "") | {"scope": "all"}, "Enter the value to store."),
        (put("year", "soon", kind="number") | {"scope": "all"}, "Enter a number"),
        (put("year", "nan", kind="number") | {"scope": "all"}, "Enter a number"),
        (put("k" * 300, "x") | {"scope": "all"}, "At most 255 characters; this has 300."),
        ({"scope": "all", "operation": "replace", "key": "a", "value": "b"}, "Enter the value to find"),
        ({"scope": "all", "operation": "drop-value", "key": "a"}, "Enter the value to find"),
        (put("a", "", kind="list") | {"scope": "all", "value": ";"}, "Separate the items of the list"),
        (put("a", "soon", kind="time") | {"scope": "all"}, "Enter a time such as 2024-01-31"),
        ({"scope": "all", "operation": "rename", "key": "a", "to": ""}, "Enter the new name of the key."),
        ({"scope": "all", "operation": "rename", "key": "a", "to": "a"}, "The key already has this name."),
        (put("a", "b") | where("author"), "Enter a value to compare “author” with."),
        (put("a", "b") | where(("", "Ann")), "Enter the metadata key to compare with “Ann”."),
        (put("a", "b") | where(("author", "Ann", "resembles")), "Unknown operator “resembles”."),
    ],
)
def test_bad_input_is_named_and_nothing_typed_is_lost(
    given: dict[str, Any],
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
        assert all(part in page for part in (value if isinstance(value, list) else [value]))
    assert asked() == []


def test_a_failure_is_listed_with_its_reason_and_can_be_tried_again(
    curator_client: Client,
    change_url: str,
    documents: dict[str, Document],
    standin: StandinProcess,
    stored: Stored,
    ragflow_server: Server,
) -> None:
    standin.fault("code", method="PUT", path=documents["ann.txt"].id, code=102, message="The index is read-only.")
    job = apply_change(curator_client, change_url, put("author", "Zoe") | where(("author", "Ann")))
    page = text_of(curator_client.get(ragflow_server.url("activity:job", job.pk)))
    assert "1 failed" in page
    assert "ann.txt" in page
    assert "The index is read-only." in page
    assert (stored()["ann.txt"]["author"], stored()["cleo.txt"]["author"]) == ("Ann", "Zoe")

    standin.clear_faults()
    curator_client.post(ragflow_server.url("activity:retry", job.pk))
    assert list(work().items.values_list("name", "state")) == [("ann.txt", "done")]
    assert stored()["ann.txt"] == {**FIELDS["ann.txt"], "author": "Zoe"}


def test_what_was_done_in_spite_of_an_error_is_not_sent_again(
    curator_client: Client, change_url: str, asked: Callable[[], list[Any]], standin: StandinProcess, stored: Stored
) -> None:
    standin.fault("drop", method="PUT", path="/documents/", times=1)
    apply_change(curator_client, change_url, put("author", "Zoe") | where(("author", "Ben")))
    Job.objects.update(next_at=timezone.now())
    job = work()

    assert stored()["ben.txt"]["author"] == "Zoe"
    assert list(job.items.values_list("state", flat=True)) == ["done"]


def test_a_document_that_somebody_else_changed_after_the_look_is_left_alone(
    curator_client: Client, change_url: str, documents: dict[str, Document], ragflow: RAGFlow, stored: Stored
) -> None:
    given = put("author", "Zoe") | where(("author", "Ann"))
    page = text_of(curator_client.get(change_url, given))
    curator_client.post(change_url, {**given, "fingerprint": fingerprint(page)})
    ragflow.documents.update(documents["ann.txt"], meta_fields={"author": "Somebody"})

    job = work()

    assert stored()["ann.txt"]["author"] == "Somebody"
    assert stored()["cleo.txt"]["author"] == "Zoe"
    assert list(job.items.filter(state="failed").values_list("name", "reason")) == [
        ("ann.txt", "Someone else has changed author since: it is now “Somebody”.")
    ]


def test_renaming_leaves_a_document_that_has_the_new_name_already(
    curator_client: Client, change_url: str, store: Store, stored: Stored
) -> None:
    store("both.txt", {"author": "Ann", "writer": "Ben"})
    store("twice.txt", {"author": "Ann", "writer": "Ann"})
    store("one.txt", {"author": "Cleo", "n": 1})
    given = {"scope": "all", "operation": "rename", "key": "author", "to": "writer"}

    page = text_of(curator_client.get(change_url, given))
    assert "2 documents will change" in page
    assert "1 document already has “writer” with another value and stays unchanged:" in page
    apply_change(curator_client, change_url, given)
    assert stored() == {
        "both.txt": {"author": "Ann", "writer": "Ben"},
        "twice.txt": {"writer": "Ann"},
        "one.txt": {"writer": "Cleo", "n": 1},
    }


def test_only_selected_documents_are_changed_and_one_that_is_gone_is_passed_over(
    curator_client: Client,
    change_url: str,
    documents: dict[str, Document],
    stored: Stored,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    ids = [documents["ann.txt"].id, documents["plain.txt"].id, "f" * 32]
    form = text_of(curator_client.get(change_url, {"id": ids}))
    assert "The 3 selected documents" in form
    assert all(f'name="id" value="{one}"' in form for one in ids)
    standin.reset_requests()
    page = text_of(curator_client.get(change_url, put("author", "Zoe", scope="chosen") | {"id": ids}))
    assert len(standin.requests(tenant_key)) == 5, "dataset, summary, a look at each"
    assert "2 documents will change" in page
    apply_change(curator_client, change_url, put("author", "Zoe", scope="chosen") | {"id": ids})
    assert {name for name, meta in stored().items() if meta.get("author") == "Zoe"} == {"ann.txt", "plain.txt"}


def test_too_many_selected_documents_are_refused(curator_client: Client, change_url: str) -> None:
    ids = [f"{number:032x}" for number in range(101)]
    response = curator_client.get(change_url, put("author", "Zoe", scope="chosen") | {"id": ids})
    assert response.status_code == 422
    assert "Select at most 100 documents; these are 101." in text_of(response)


def test_all_that_the_list_showed_are_changed(
    curator_client: Client, change_url: str, documents: dict[str, Document], stored: Stored
) -> None:
    form = text_of(curator_client.get(change_url, {"all": "yes", "q": "n.txt", "id": documents["ann.txt"].id}))
    assert "All documents that the list showed" in form
    assert 'name="listed" value="q=n.txt"' in form
    apply_change(curator_client, change_url, put("seen", "yes", scope="listed", listed="q=n.txt"))
    # "n.txt" ends ann.txt, ben.txt and plain.txt, but not cleo.txt.
    assert {name for name, meta in stored().items() if "seen" in meta} == {"ann.txt", "ben.txt", "plain.txt"}


def test_what_stands_still_is_not_meant_as_a_whole(
    curator_client: Client, change_url: str, documents: dict[str, Document]
) -> None:
    response = curator_client.get(change_url, put("a", "b", scope="listed", listed="status=stalled"))
    assert response.status_code == 422
    assert "Select the documents instead" in text_of(response)


def test_more_documents_than_can_be_handled_are_refused(
    curator_client: Client,
    change_url: str,
    asked: Callable[[], list[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selection.every, "__defaults__", (3,))
    response = curator_client.get(change_url, put("a", "b") | {"scope": "all"})
    assert response.status_code == 422
    assert "There are 4 documents; at most 3 can be handled at once." in text_of(response)


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
    assert "4 documents will change" in page
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


@pytest.mark.parametrize("stored", ["One.\nTwo.", "One.\r\nTwo.", ["One.\nTwo.", "Three."]])
def test_a_value_of_several_lines_is_found_although_a_form_sends_other_line_ends(stored: Any) -> None:
    change = Change(operation=REPLACE, key="note", value="New.", match="One.\nTwo.")
    after = change.after({"note": stored})["note"]
    assert after == (["New.", "Three."] if isinstance(stored, list) else "New.")


def test_a_value_of_several_lines_is_shown_in_a_box(
    curator_client: Client, ragflow_server: Server, dataset: Dataset
) -> None:
    url = ragflow_server.url("metadata:change", dataset.id)
    page = curator_client.get(f"{url}?operation=replace&key=note&match=One.%0ATwo.&scope=all&value=x").content.decode()
    assert '<textarea name="match"' in page
