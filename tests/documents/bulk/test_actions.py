"""Parse, stop, recover and delete, as a browser sends them and as RAGFlow receives them."""

from __future__ import annotations

from io import BytesIO

import pytest

from dashboard.models import AuditEntry, ParsedDocument, ParseRun, Watch
from dashboard.ragflow import RAGFlow
from tests.support.pages.documents import names, parsed, sent, toasts
from tests.support.pages.reading import HTMX, visible_text
from tests.support.processes.worker import told, work, work_to_the_end

pytestmark = pytest.mark.releases


def test_parsing_a_selection_sends_one_document_per_call(curator_client, address, stored, standin, tenant_key):
    chosen = [stored(f"{n}.txt").id for n in range(3)]
    standin.reset_requests()
    answer = curator_client.post(address("parse"), {"id": chosen})
    assert sent(standin, tenant_key, "POST", "/chunks") == [], "that is for the worker"
    job = work()
    assert answer.url == job.server.url("activity:job", job.pk)
    assert sent(standin, tenant_key, "POST", "/chunks") == [{"document_ids": [one]} for one in chosen]
    assert "Parsing 3 documents" in told(curator_client, job)


def test_a_run_is_noted_with_who_and_what(curator_client, address, stored, ragflow_server, dataset):
    document = stored("a.txt")
    curator_client.post(address("parse"), {"id": document.id})
    [run] = ParseRun.objects.all().counted()
    assert (run.server, run.dataset_id, run.dataset_name, run.username) == (
        ragflow_server,
        dataset.id,
        "Company handbook",
        "curator",
    )
    assert (run.counts, run.ended_at) == ({"open": 1}, None)
    assert run.documents.get().name == "a.txt"
    assert Watch.objects.get().next_at is not None


def test_one_button_acts_on_its_own_row_whatever_is_ticked(curator_client, address, stored, standin, tenant_key):
    ticked, meant = stored("ticked.txt"), stored("meant.txt")
    standin.reset_requests()
    curator_client.post(address("parse"), {"id": ticked.id, "only": meant.id})
    assert sent(standin, tenant_key, "POST", "/chunks") == [{"document_ids": [meant.id]}]


def test_parsing_again_asks_first_because_chunks_go(curator_client, address, stored, ragflow, standin, tenant_key):
    document = parsed(ragflow, stored("a.txt"))
    standin.reset_requests()
    asked = curator_client.post(address("parse"), {"id": document.id})
    assert "deleted immediately" in visible_text(asked)
    assert sent(standin, tenant_key, "POST", "/chunks") == []
    curator_client.post(address("parse"), {"id": document.id, "confirmed": "yes"})
    assert sent(standin, tenant_key, "POST", "/chunks") == [{"document_ids": [document.id]}]


def test_what_runs_already_fails_alone_and_the_rest_is_parsed(curator_client, address, stored, ragflow, standin):
    standin.parsing(paused=True)
    busy, free = stored("busy.txt"), stored("free.txt")
    ragflow.documents.parse(busy)
    answer = curator_client.post(address("parse"), {"id": [busy.id, free.id]}, headers=HTMX)
    assert "0 of 2 started" in visible_text(answer)
    assert answer["HX-Reswap"] == "none", "the list is as it was"
    text = told(curator_client, work())
    assert "1 document was not parsed" in text
    assert "1 of 2 started" in text
    assert "busy.txt : Can't parse document that is currently being processed" in text
    assert ragflow.documents.get(free.dataset_id, free.id).run == "RUNNING"


def test_stopping_stops(curator_client, address, stored, ragflow, standin):
    standin.parsing(paused=True)
    document = stored("a.txt")
    ragflow.documents.parse(document)
    answer = curator_client.post(address("stop"), {"only": document.id}, headers=HTMX)
    assert "Stopped a.txt" in visible_text(answer)
    assert ragflow.documents.get(document.dataset_id, document.id).run == "CANCEL"


def test_recovering_stops_and_parses_again(curator_client, address, stored, ragflow, standin, tenant_key):
    standin.parsing(paused=True)
    document = stored("a.txt")
    ragflow.documents.parse(document)
    standin.reset_requests()
    curator_client.post(address("recover"), {"only": document.id})
    calls = [r["method"] for r in standin.requests(tenant_key) if r["path"].endswith("/chunks")]
    assert calls == ["DELETE", "POST"]
    assert ragflow.documents.get(document.dataset_id, document.id).run == "RUNNING"


def test_deleting_asks_by_name_and_deletes_what_was_named(curator_client, address, stored, ragflow, dataset):
    going, staying = stored("going.txt"), stored("staying.txt")
    asked = curator_client.get(address("delete"), {"id": going.id})
    assert "going.txt" in visible_text(asked)
    assert "Company handbook on the server Test server" in visible_text(asked)
    assert ragflow.documents.list(dataset.id).total == 2
    answer = curator_client.post(address("delete"), {"id": going.id})
    assert "Deleted going.txt" in toasts(curator_client, answer)
    assert [document.name for document in ragflow.documents.list(dataset.id)] == [staying.name]
    assert AuditEntry.objects.get(action="document.delete").target_names == ["going.txt"]


@pytest.mark.parametrize("action", ["parse", "stop", "recover", "delete"])
def test_without_a_selection_nothing_is_sent(curator_client, address, stored, standin, tenant_key, action):
    stored("a.txt")
    standin.reset_requests()
    answer = curator_client.post(address(action), {})
    assert "Nothing selected" in toasts(curator_client, answer)
    assert {r["method"] for r in standin.requests(tenant_key)} == {"GET"}


@pytest.mark.parametrize("action", ["parse", "stop", "recover", "delete"])
def test_a_document_of_another_dataset_is_never_touched(
    curator_client, address, stored, ragflow, standin, tenant_key, action
):
    foreign = stored("foreign.txt", into=ragflow.datasets.create(name="Another one"))
    standin.reset_requests()
    answer = curator_client.post(address(action), {"id": foreign.id})
    assert "no longer in this dataset" in toasts(curator_client, answer)
    assert {r["method"] for r in standin.requests(tenant_key)} == {"GET"}
    assert ragflow.documents.get(foreign.dataset_id, foreign.id).run == "UNSTART"


def test_another_tenants_document_is_never_deleted(curator_client, address, standin, tenant_key):
    other = RAGFlow(standin.base_url, standin.new_key())
    theirs = other.datasets.create(name="Theirs")
    document = other.documents.upload(theirs, "secret.txt", BytesIO(b"secret"), 6)
    curator_client.post(address("delete"), {"id": document.id})
    assert other.documents.get(theirs.id, document.id).name == "secret.txt"


def test_one_that_was_deleted_in_another_tab_disappears_and_the_rest_is_done(curator_client, address, stored, ragflow):
    gone, here = stored("gone.txt"), stored("here.txt")
    ragflow.documents.delete([gone])
    answer = curator_client.post(address("parse"), {"id": [gone.id, here.id]}, headers=HTMX)
    assert names(answer) == ["here.txt"]
    assert "Parsing here.txt" in visible_text(answer)
    assert "1 document is no longer in this dataset" in visible_text(answer)


def test_more_than_20_ask_for_the_name_of_the_dataset(curator_client, address, stored, ragflow, dataset):
    chosen = [stored(f"{n}.txt", b"x").id for n in range(21)]
    asked = curator_client.get(address("delete"), {"id": chosen})
    assert "to confirm" in visible_text(asked)
    refused = curator_client.post(address("delete"), {"id": chosen, "typed": "something else"})
    assert refused.status_code == 422
    assert ragflow.documents.list(dataset.id).total == 21
    curator_client.post(address("delete"), {"id": chosen, "typed": "Company handbook"})
    work_to_the_end()
    assert ragflow.documents.list(dataset.id).total == 0


def test_when_ragflow_stumbles_over_one_document_the_next_ones_are_still_parsed_and_it_comes_again(
    curator_client, address, stored, ragflow, standin
):
    first, second = stored("first.txt"), stored("second.txt")
    standin.fault("code", method="POST", path="/chunks$", code=100, message="boom", times=1)
    curator_client.post(address("parse"), {"id": [first.id, second.id]}, headers=HTMX)
    text = told(curator_client, work())
    assert "1 of 2 started" in text
    assert "boom" in text
    assert ParsedDocument.objects.get().name == "second.txt"
    work_to_the_end()
    assert {document.name for document in ParsedDocument.objects.all()} == {"first.txt", "second.txt"}


def test_the_answer_keeps_filter_and_order_of_the_page(curator_client, address, stored):
    one = stored("report.txt")
    stored("other.txt")
    answer = curator_client.post(address("parse"), {"id": one.id, "q": "report", "sort": "name"}, headers=HTMX)
    assert names(answer) == ["report.txt"]
    assert "sort=-name" in answer.content.decode()
    assert "q=report" in curator_client.post(address("stop"), {"id": one.id, "q": "report"}).url


@pytest.mark.parametrize("action", ["parse", "stop", "recover", "delete"])
def test_a_viewer_may_not(viewer_client, address, stored, ragflow, action):
    document = stored("a.txt")
    assert viewer_client.post(address(action), {"id": document.id}).status_code == 403
    assert ragflow.documents.get(document.dataset_id, document.id).run == "UNSTART"


def test_more_than_a_page_of_ids_is_refused(curator_client, address, standin, tenant_key):
    standin.reset_requests()
    answer = curator_client.post(address("delete"), {"id": [f"{n:032x}" for n in range(101)]})
    assert answer.status_code == 400
    assert {r["method"] for r in standin.requests(tenant_key)} <= {"GET"}
