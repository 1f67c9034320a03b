"""Parsing again names what is lost, wherever it starts: a selection, all that match, a retry."""

from __future__ import annotations

import pytest

from dashboard.journal import edits
from dashboard.models import Job, JobItem, ParsedDocument, ParseRun
from tests.support.pages.documents import parsed, sent
from tests.support.pages.reading import HTMX, visible_text

LOST = "1 edited chunk will be lost. The edit is kept and can be reapplied afterwards."


@pytest.fixture
def edited(ragflow, stored, ragflow_server, person):
    """Stores a document, parses it, and edits one of its chunks."""

    def make(name="edited.txt"):
        document = parsed(ragflow, stored(name))
        chunk = ragflow.chunks.list(document, 1, 10).items[0]
        changed = ragflow.chunks.update(
            chunk,
            content="Edited by hand.",
            important_keywords=chunk.important_keywords,
            questions=chunk.questions,
        )
        edits.note(ragflow_server, person(None, "somebody"), chunk, changed or chunk)
        return document

    return make


def test_a_selection_is_told_how_many_edits_go(curator_client, address, edited, stored):
    asked = curator_client.post(address("parse"), {"id": [edited().id, stored("b.txt").id]}, headers=HTMX)
    assert LOST in visible_text(asked)


def test_all_that_match_are_told_how_many_chunks_and_edits_go(curator_client, address, edited, stored):
    edited()
    stored("b.txt")
    text = visible_text(curator_client.post(address("parse"), {"all": "yes"}, headers=HTMX))
    assert "1 of them has " in text
    assert LOST in text
    text = visible_text(curator_client.post(address("parse"), {"all": "yes", "q": "b.txt"}, headers=HTMX))
    assert "edited chunk" not in text
    assert "1 of them has" not in text


def test_of_very_many_it_says_at_least(curator_client, address, edited, stored, monkeypatch):
    monkeypatch.setattr("dashboard.documents.bulk.reparse_impact.LOOKED_AT", 1)
    edited()
    stored("b.txt")
    text = visible_text(curator_client.post(address("parse"), {"all": "yes"}, headers=HTMX))
    assert "At least 1 of them has chunks" in text
    assert "At least 1 edited chunk will be lost" in text


def test_a_retry_of_a_run_asks_when_edits_would_go(
    curator_client, edited, ragflow_server, dataset, standin, tenant_key
):
    document = edited()
    run = ParseRun.objects.create(server=ragflow_server, dataset_id=dataset.id, dataset_name="x", username="ada")
    # It failed before someone edited the usable part.
    ParseRun.objects.filter(pk=run.pk).update(started_at="2020-01-01T00:00Z", ended_at="2020-01-01T00:01Z")
    ParsedDocument.objects.create(run=run, document_id=document.id, name=document.name, outcome="failed")
    url = ragflow_server.url("activity:retry-run", run.pk)
    assert LOST in visible_text(curator_client.post(url))
    assert Job.objects.count() == 0
    curator_client.post(url, {"confirmed": "yes"})
    assert Job.objects.get().action == "parse"


def test_a_retry_of_a_job_asks_in_a_dialog(curator_client, edited, ragflow_server, dataset, stored):
    document = edited()
    job = Job.objects.create(
        server=ragflow_server,
        dataset_id=dataset.id,
        dataset_name="x",
        action="parse",
        collected=True,
        ended_at="2020-01-01T00:01Z",
    )
    JobItem.objects.create(job=job, document_id=document.id, name=document.name, state="failed")
    url = ragflow_server.url("activity:retry", job.pk)
    asked = curator_client.post(url, headers=HTMX)
    assert asked["HX-Retarget"] == "#dialog-host"
    assert LOST in visible_text(asked)
    Job.objects.filter(pk=job.pk).update(action="disable")
    assert "edited chunk" not in visible_text(curator_client.post(url, headers=HTMX))
    assert Job.objects.count() == 2


def test_a_selection_goes_on_to_the_page_for_metadata(curator_client, viewer_client, address, stored, ragflow_server):
    document = stored()
    base = ragflow_server.url("metadata:change", document.dataset_id)
    answer = curator_client.get(address("metadata"), {"id": document.id}, headers=HTMX)
    assert answer["HX-Redirect"] == f"{base}?id={document.id}"
    answer = curator_client.get(address("metadata"), {"all": "yes", "q": "b", "id": document.id})
    assert answer.url == f"{base}?all=yes&q=b"
    assert viewer_client.get(address("metadata"), {"id": document.id}).status_code == 403


def test_nothing_is_sent_by_a_question(curator_client, address, edited, standin, tenant_key):
    edited()
    standin.reset_requests()
    curator_client.post(address("parse"), {"all": "yes"}, headers=HTMX)
    assert sent(standin, tenant_key, "POST", "/chunks") == []
    assert len(standin.requests(tenant_key)) == 2
