"""Changing metadata: what the dry run shows, and what is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dashboard.metadata.change.changes import REPLACE, Change
from dashboard.models import AuditEntry, Server
from dashboard.ragflow.types import Dataset, Document
from tests.metadata.change.conftest import Stored, where
from tests.metadata.conftest import FIELDS, Store
from tests.support.pages.metadata import apply_change, put
from tests.support.pages.reading import text_of, visible_text

pytestmark = pytest.mark.releases


def test_the_dry_run_names_how_many_and_shows_before_and_after(
    curator_client: Client, change_url: str, asked: Callable[[], list[Any]], stored: Stored
) -> None:
    page = visible_text(curator_client.get(change_url, put("author", "Ann Lee") | where(("author", "Ann"))))

    assert "2 documents will change" in page
    assert "of 2 matching" in page
    assert "author Ann Ann Lee" in page, "key, before, after"
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
    ("given", "before", "after"),
    [
        ({"operation": "put", "key": "author", "value": "Zoe"}, "Ben", "Zoe"),
        ({"operation": "drop", "key": "author"}, "Ben", None),
    ],
)
def test_the_audit_log_holds_each_value_before_and_after(
    given: dict[str, str],
    before: str,
    after: str | None,
    curator_client: Client,
    change_url: str,
    documents: dict[str, Document],
) -> None:
    apply_change(curator_client, change_url, {"scope": "all", "kind": "text"} | given)
    entries = AuditEntry.objects.filter(action="document.metadata", outcome="ok")
    (detail,) = [entry.detail for entry in entries if entry.target_names == ["ben.txt"]]
    assert detail["before"] == {"meta_fields.author": before}
    assert detail.get("after", {}).get("meta_fields.author") == after


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
