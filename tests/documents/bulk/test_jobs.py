"""Jobs: what is meant, one document per call, going on after errors, and what stays when a worker dies."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from dashboard.documents.bulk.all_views import AT_ONCE
from dashboard.jobs import engine
from dashboard.jobs.registry import mark_of
from dashboard.models import AuditEntry, Job, JobItem, ParseRun
from tests.support.pages.documents import parsed, sent
from tests.support.pages.reading import HTMX, visible_text
from tests.support.processes.worker import work

pytestmark = pytest.mark.releases

State = JobItem.State


@pytest.fixture
def many(stored):
    """Stores ``a0.txt``, ``a1.txt`` …"""
    return lambda number, prefix="a": [stored(f"{prefix}{n}.txt") for n in range(number)]


def confirmed(client, url, **fields):
    """Asks, and confirms what was asked as its form would; ``typed`` is for what has to be typed."""
    dialog = client.post(url, {"all": "yes", **fields}, headers=HTMX)
    hidden = dialog.context["confirmation"].hidden
    return client.post(url, hidden | fields, headers=HTMX)


def states(job):
    return list(job.items.values_list("name", "state"))


def test_all_that_match_are_asked_for_by_number_and_handled_one_per_call(
    curator_client, address, many, standin, tenant_key, ragflow
):
    chosen, other = many(3), many(1, "other")
    dialog = curator_client.post(address("disable"), {"all": "yes", "q": "a", "id": chosen[0].id}, headers=HTMX)
    assert "Disable all 3 matching documents?" in visible_text(dialog)
    assert Job.objects.count() == 0
    standin.reset_requests()
    answer = confirmed(curator_client, address("disable"), q="a")
    job = Job.objects.get()
    assert f'id="job-{job.pk}"' in answer.content.decode()
    assert "listing the documents" in visible_text(answer)
    work()
    assert [sent(standin, tenant_key, standin.change, d.id) for d in chosen] == [[{"enabled": 0}]] * 3
    assert ragflow.documents.get(other[0].dataset_id, other[0].id).enabled
    job.refresh_from_db()
    assert job.ended_at is not None
    assert states(job) == [(f"a{n}.txt", State.DONE) for n in range(3)]
    assert AuditEntry.objects.filter(action="document.update", username="curator").count() == 3


def test_when_the_number_changed_it_asks_again(curator_client, address, many):
    many(2)
    dialog = curator_client.post(address("delete"), {"all": "yes"}, headers=HTMX)
    hidden = dialog.context["confirmation"].hidden
    many(1, "new")
    answer = curator_client.post(address("delete"), hidden, headers=HTMX)
    assert answer.status_code == 422
    assert "the number of matches is now 3" in visible_text(answer)
    assert Job.objects.count() == 0


def test_a_job_deletes_nothing_when_documents_came_after_the_question(curator_client, address, many, ragflow, dataset):
    many(2)
    confirmed(curator_client, address("delete"))
    many(1, "new")
    work()
    job = Job.objects.get()
    assert job.ended_at is not None
    assert "Nothing was deleted" in job.last_error
    assert ragflow.documents.list(dataset.id).total == 3


def test_deleting_more_than_twenty_asks_for_the_name(curator_client, address, many, ragflow, dataset):
    many(21)
    answer = confirmed(curator_client, address("delete"))
    assert answer.status_code == 422
    assert Job.objects.count() == 0
    confirmed(curator_client, address("delete"), typed="Company handbook")
    work()
    assert ragflow.documents.list(dataset.id).total == 0


def test_a_failure_is_noted_with_its_reason_and_the_rest_goes_on(
    curator_client, address, many, standin, ragflow, ragflow_server
):
    standin.parsing(paused=True)
    documents = many(3)
    ragflow.documents.parse(documents[1])
    confirmed(curator_client, address("parse"))
    work()
    job = Job.objects.get()
    assert [state for _name, state in states(job)] == [State.DONE, State.FAILED, State.DONE]
    page = visible_text(curator_client.get(ragflow_server.url("activity:job", job.pk)))
    assert "2 of 3 started" in page
    assert "a1.txt" in page
    assert "currently being processed" in page
    assert ParseRun.objects.all().counted()[0].counts.total() == 2
    ragflow.documents.stop(documents[1])
    curator_client.post(ragflow_server.url("activity:retry", job.pk))
    again = Job.objects.latest("pk")
    assert again.pk != job.pk
    work()
    assert states(again) == [("a1.txt", State.DONE)]


def test_stopping_leaves_out_the_rest_and_they_can_be_done_later(curator_client, address, many, ragflow_server):
    many(3)
    confirmed(curator_client, address("disable"))
    job = Job.objects.get()
    Job.objects.filter(pk=job.pk).update(collected=True)
    JobItem.objects.bulk_create([JobItem(job=job, document_id=f"{n}" * 32, name=f"{n}.txt") for n in range(2)])
    curator_client.post(ragflow_server.url("activity:stop", job.pk))
    work()
    job.refresh_from_db()
    assert job.ended_at is not None
    assert [state for _name, state in states(job)] == [State.SKIPPED] * 2


def test_a_server_that_does_not_answer_makes_the_job_wait_instead_of_fail(
    curator_client, address, many, standin, ragflow, dataset
):
    many(2)
    confirmed(curator_client, address("disable"))
    standin.fault("drop", method=standin.change, path="/documents/")
    work()
    job = Job.objects.get()
    assert job.last_error
    assert job.ended_at is None
    assert job.next_at is not None
    standin.clear_faults()
    Job.objects.filter(pk=job.pk).update(next_at=job.started_at)
    work()
    job.refresh_from_db()
    assert (job.last_error, job.ended_at is not None) == ("", True)
    assert not any(document.enabled for document in ragflow.documents.list(dataset.id))


def test_an_action_whose_answer_was_lost_is_not_sent_again(
    curator_client, address, stored, ragflow, standin, tenant_key
):
    document = parsed(ragflow, stored("a.txt"))
    confirmed(curator_client, address("parse"))
    job = Job.objects.get()
    Job.objects.filter(pk=job.pk).update(collected=True)
    # A worker died right after it had sent the call.
    JobItem.objects.create(
        job=job, document_id=document.id, name="a.txt", state=State.STARTED, precondition=mark_of(document), attempts=1
    )
    ragflow.documents.parse(document)
    standin.reset_requests()
    work()
    assert sent(standin, tenant_key, "POST", "/chunks") == []
    assert states(job) == [("a.txt", State.DONE)]


def test_of_two_workers_one_gets_the_job(curator_client, address, many):
    many(1)
    confirmed(curator_client, address("disable"))
    job = Job.objects.get()
    assert engine.step(job.pk) is True
    assert engine.step(job.pk) is True or Job.objects.get().ended_at is not None
    assert engine.step(job.pk) is False


def test_a_viewer_starts_nothing(viewer_client, address, many):
    many(1)
    assert viewer_client.post(address("delete"), {"all": "yes", "confirmed": "yes"}).status_code == 403
    assert Job.objects.count() == 0


def test_parsing_much_that_is_new_is_a_job(curator_client, address, many, monkeypatch):
    monkeypatch.setattr("dashboard.documents.bulk.all_views.AT_ONCE", 2)
    assert AT_ONCE == 500
    many(3)
    answer = curator_client.post(address("parse-new"))
    job = Job.objects.get()
    assert answer.url.endswith(f"/activity/jobs/{job.pk}/")
    work()
    assert states(job) == [(f"a{n}.txt", State.DONE) for n in range(3)]
    assert User.objects.get().username == "curator"


def test_the_list_offers_all_that_match_only_when_there_are_more(curator_client, viewer_client, address, many):
    many(2)
    assert "that match" not in visible_text(curator_client.get(address()))
    many(49, "b")
    assert "Select all 51 that match" in visible_text(curator_client.get(address()))
    assert "that match" not in visible_text(viewer_client.get(address()))
