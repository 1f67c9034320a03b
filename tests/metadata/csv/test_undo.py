"""The way back: what a job touched is kept, and its file brings back exactly what was there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard.models import Job, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.metadata.conftest import FIELDS, Store
from tests.support.pages.metadata import apply_change, put
from tests.support.pages.reading import text_of, visible_text
from tests.support.processes.worker import work

Stored = Callable[[], dict[str, Any]]


@pytest.fixture
def import_url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("metadata:import", dataset.id)


@pytest.fixture
def undo_file(curator_client: Client, ragflow_server: Server, dataset: Dataset) -> Callable[[Job], Any]:
    return lambda job: curator_client.get(ragflow_server.url("metadata:undo", dataset.id, job.pk))


def bring_in(client: Client, url: str, content: bytes) -> None:
    page = text_of(client.post(url, {"file": SimpleUploadedFile("undo.csv", content)}))
    _do_what_is_shown(client, url, page, {"text": content.decode("utf-8-sig")})


def _do_what_is_shown(client: Client, url: str, page: str, given: dict[str, str]) -> None:
    found = re.search(r'name="fingerprint" value="([0-9a-f]{64})"', page)
    assert found, page
    assert client.post(url, {**given, "fingerprint": found[1]}).status_code == 302
    work()


@pytest.mark.parametrize(
    "given",
    [
        put("author", "Zoe"),
        put("year", "now"),
        put("tags", "7", kind="number"),
        put("brand-new", "x; y", kind="list"),
        {"operation": "replace", "key": "tags", "match": "x", "value": "q"},
        {"operation": "drop-value", "key": "author", "match": "Ann"},
        {"operation": "drop", "key": "tags"},
        {"operation": "rename", "key": "year", "to": "author-since"},
        {"operation": "rename", "key": "author", "to": "document"},
    ],
    ids=lambda given: f"{given['operation']} {given['key']}",
)
def test_importing_the_undo_file_restores_exactly_what_was_there(
    given: dict[str, str],
    curator_client: Client,
    change_url: str,
    import_url: str,
    documents: dict[str, Document],
    stored: Stored,
    undo_file: Callable[[Job], Any],
) -> None:
    job = apply_change(curator_client, change_url, given | {"scope": "all"})
    assert stored() != FIELDS

    bring_in(curator_client, import_url, undo_file(job).content)

    assert stored() == FIELDS
    assert [type(meta.get("year")) for meta in stored().values()].count(int) == 3


def test_values_that_no_table_can_tell_apart_come_back_as_they_were(
    curator_client: Client,
    change_url: str,
    import_url: str,
    store: Store,
    stored: Stored,
    undo_file: Callable[[Job], Any],
) -> None:
    odd: dict[str, Any] = {
        "a.txt": {"k": "2024", " k ": "x", "document": "d"},
        "b.txt": {"k": 2024, "document_id": "no id", "key:x": "y"},
        "c.txt": {"k": "=SUM(A1)", "n": -5},
        "d.txt": {"k": "", "s": ["2024", "=x", "a; b"]},
        "e.txt": {"k": "two\r\nlines", "q": 'say "hi"', "j": '["not", "a list"]', "null": "null"},
    }
    for name, meta in odd.items():
        store(name, meta)
    assert stored() == odd

    jobs = [
        apply_change(curator_client, change_url, put(key, "other") | {"scope": "all"})
        for key in ("k", "document", "document_id", "key:x", "n", "q", "j", "null")
    ]
    jobs.append(apply_change(curator_client, change_url, {"scope": "all", "operation": "drop", "key": "s"}))
    for job in reversed(jobs):
        bring_in(curator_client, import_url, undo_file(job).content)

    assert stored() == odd


def test_undo_shows_what_it_would_do_and_does_it(
    curator_client: Client,
    change_url: str,
    import_url: str,
    documents: dict[str, Document],
    stored: Stored,
    ragflow_server: Server,
) -> None:
    job = apply_change(curator_client, change_url, put("author", "Zoe") | {"scope": "all"})
    result = text_of(curator_client.get(ragflow_server.url("activity:job", job.pk)))
    assert f'href="{import_url}?undo={job.pk}"' in result
    assert ragflow_server.url("metadata:undo", documents["ann.txt"].dataset_id, job.pk) in result

    preview = curator_client.get(import_url, {"undo": job.pk})
    page = text_of(preview)
    assert "4 documents will change" in page
    assert "author Zoe Ben" in visible_text(preview), "key, before, after"
    _do_what_is_shown(curator_client, import_url, page, {"undo": str(job.pk)})

    assert stored() == FIELDS
    assert "All documents already have the values from before that change." in text_of(
        curator_client.get(import_url, {"undo": job.pk})
    )


def test_undoing_leaves_alone_what_the_job_did_not_touch(
    curator_client: Client,
    change_url: str,
    import_url: str,
    documents: dict[str, Document],
    stored: Stored,
    ragflow: RAGFlow,
    undo_file: Callable[[Job], Any],
) -> None:
    job = apply_change(
        curator_client,
        change_url,
        {"scope": "all", "operation": "replace", "key": "author", "match": "Ann", "value": "Zoe"},
    )
    for name in ("ann.txt", "ben.txt"):
        ragflow.documents.update(documents[name], meta_fields={**stored()[name], "year": 1999})

    content = undo_file(job).content.decode("utf-8-sig")
    assert content.splitlines()[0] == "document_id:json,document,author"
    assert "ben.txt" not in content
    bring_in(curator_client, import_url, content.encode())

    assert stored()["ann.txt"] == {**FIELDS["ann.txt"], "year": 1999}
    assert stored()["ben.txt"] == {**FIELDS["ben.txt"], "year": 1999}


def test_a_document_that_failed_half_way_is_in_the_file(
    curator_client: Client,
    change_url: str,
    import_url: str,
    documents: dict[str, Document],
    standin: StandinProcess,
    stored: Stored,
    undo_file: Callable[[Job], Any],
) -> None:
    standin.fault("code", path="metadata/update|documents/metadatas", code=102, message="No.")
    job = apply_change(
        curator_client, change_url, {"scope": "all", "operation": "rename", "key": "tags", "to": "labels"}
    )
    assert list(job.items.values_list("name", "state", "reason")) == [("ann.txt", "failed", "No.")]
    assert stored()["ann.txt"] == {**FIELDS["ann.txt"], "labels": ["x", "y"]}, "nothing is lost in between"
    standin.clear_faults()

    bring_in(curator_client, import_url, undo_file(job).content)

    assert stored() == FIELDS


def test_an_undo_file_whose_cells_are_no_json_says_where(
    curator_client: Client, import_url: str, dataset: Dataset
) -> None:
    text = f"document_id:json,document,author\n{'f' * 32},a.txt,Ann\n".encode()
    response = curator_client.post(import_url, {"file": SimpleUploadedFile("undo.csv", text)})
    assert response.status_code == 200
    assert "1 line is skipped because its document is not in this dataset" in text_of(response)


def test_cells_of_an_undo_file_must_be_json(
    curator_client: Client, import_url: str, documents: dict[str, Document]
) -> None:
    text = f"document_id:json,document,author\n{documents['ann.txt'].id},ann.txt,Zoe\n".encode()
    response = curator_client.post(import_url, {"file": SimpleUploadedFile("undo.csv", text)})
    assert response.status_code == 422
    assert "Line 2, author: with the column document_id:json, values must be JSON" in text_of(response)


def test_only_curators_get_the_file_and_only_of_changes_of_metadata(
    curator_client: Client,
    viewer_client: Client,
    change_url: str,
    import_url: str,
    documents: dict[str, Document],
    ragflow_server: Server,
    dataset: Dataset,
) -> None:
    job = apply_change(curator_client, change_url, put("author", "Zoe") | {"scope": "all"})
    url = ragflow_server.url("metadata:undo", dataset.id, job.pk)
    assert viewer_client.get(url).status_code == 403
    assert curator_client.get(ragflow_server.url("metadata:undo", "f" * 32, job.pk)).status_code == 404
    Job.objects.filter(pk=job.pk).update(action="parse")
    assert curator_client.get(url).status_code == 404
    assert curator_client.get(import_url, {"undo": "nonsense"}).status_code == 404
