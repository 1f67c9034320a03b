"""Changes of metadata that are refused, or that did not work for every document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import Job, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document
from ragflow_admin.standin.testing import StandinProcess
from tests.metadata.change.conftest import Stored, where
from tests.metadata.conftest import FIELDS, Store
from tests.support.pages.metadata import apply_change, fingerprint, put
from tests.support.pages.reading import text_of
from tests.support.processes.worker import work

pytestmark = pytest.mark.releases


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
    standin.fault(
        "code", method=standin.change, path=documents["ann.txt"].id, code=102, message="The index is read-only."
    )
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
    standin.fault("drop", method=standin.change, path="/documents/", times=1)
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
