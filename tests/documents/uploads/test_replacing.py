"""Files of a name that is there already: found before they are sent; the old one goes only after the new one parsed."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.core.access.rights import Role
from dashboard.documents.uploads import replace_job
from dashboard.jobs import engine, service
from dashboard.models import Job, JobItem
from dashboard.ragflow import RAGFlow
from tests.support.pages.documents import parsed, put
from tests.support.pages.reading import visible_text
from tests.support.processes.worker import go_on

pytestmark = pytest.mark.releases

State = JobItem.State
TEXT = b"The new procedure has four steps. " * 40


@pytest.fixture
def ask(curator_client, address):
    """Which of these names are there: ``ask("a.txt", "b.txt")``."""

    def asking(*names):
        return curator_client.post(address("names"), json.dumps({"names": names}), content_type="application/json")

    return asking


@pytest.fixture
def replace(curator_client, address):
    """Uploads a file in place of a document: ``replace(old)``."""

    def send(old, content=TEXT, **query):
        query = {"parse": 1, "batch": "batch-00001", "replace": old.id} | query
        return put(curator_client, address, old.name, content, **query)

    return send


def names(ragflow, dataset):
    return sorted(document.name for document in ragflow.documents.list(dataset.id))


def test_names_that_are_there_are_found_with_what_somebody_should_know(ask, stored, ragflow):
    document = parsed(ragflow, stored("a.txt"))
    answer = ask("a.txt", "b.txt", "", "A.pdf").json()
    assert list(answer["found"]) == ["a.txt"]
    assert answer["found"]["a.txt"]["id"] == document.id
    assert "chunk" in answer["found"]["a.txt"]["note"]


def test_a_few_names_are_asked_for_each_and_many_are_looked_for_in_the_list(
    ask, stored, standin, tenant_key, monkeypatch
):
    stored("a.txt")
    ask("warm-up.txt")
    standin.reset_requests()
    ask(*(f"{number}.txt" for number in range(5)))
    assert len(standin.requests(tenant_key)) == 5
    standin.reset_requests()
    assert list(ask("A.TXT", *(f"{number}.txt" for number in range(150))).json()["found"]) == ["A.TXT"]
    assert len(standin.requests(tenant_key)) == 1
    monkeypatch.setattr(replace_job, "PAGES", 0)
    assert list(ask("a.txt", *(f"{number}.txt" for number in range(20))).json()["found"]) == ["a.txt"]


@pytest.mark.parametrize("body", ["", "[]", '{"names": "a"}', '{"names": [1]}', json.dumps({"names": ["a"] * 201})])
def test_what_is_no_list_of_names_is_refused_with_words(curator_client, address, body):
    answer = curator_client.post(address("names"), body, content_type="application/json")
    assert answer.status_code == 400
    assert "Send a list" in answer.json()["error"]


def test_names_of_another_tenants_dataset_are_not_told(curator_client, ragflow_server, standin):
    theirs = RAGFlow(standin.base_url, standin.new_key()).datasets.create(name="Theirs")
    url = ragflow_server.url("documents:names", theirs.id)
    body = json.dumps({"names": ["a.txt"]})
    assert curator_client.post(url, body, content_type="application/json").status_code == 404


def test_the_panel_comes_with_its_words_and_asks_ragflow_nothing(curator_client, address, standin, tenant_key):
    standin.reset_requests()
    assert "Keep both" in curator_client.get(address("upload-panel")).content.decode()
    assert standin.requests(tenant_key) == []


def test_the_old_one_goes_after_the_new_one_was_parsed_and_the_new_one_gets_its_name(
    replace, stored, ragflow, dataset, standin, curator_client, ragflow_server
):
    old = parsed(ragflow, stored("a.txt"))
    standin.parsing(paused=True)
    answer = replace(old).json()
    assert answer["renamed"] is False
    assert "will replace a.txt when it is parsed" in answer["note"]
    assert answer["job"].endswith("/toast/")
    engine.step(Job.objects.get().pk)
    assert names(ragflow, dataset) == ["a(1).txt", "a.txt"]
    assert Job.objects.get().ended_at is None
    standin.parsing(paused=False, speed=20)
    go_on(ragflow, answer["id"])
    assert [document.id for document in ragflow.documents.list(dataset.id)] == [answer["id"]]
    assert names(ragflow, dataset) == ["a.txt"]
    job = Job.objects.get()
    assert job.ended_at is not None
    assert "1 of 1 replaced" in visible_text(curator_client.get(ragflow_server.url("activity:job", job.pk)))


def test_when_the_new_one_fails_the_old_one_is_kept_and_the_reason_told(
    curator_client, address, replace, stored, ragflow, dataset, ragflow_server
):
    old = stored("a.docx", b"not parsed, but it is there")
    answer = replace(old, b"this is no office file at all").json()
    go_on(ragflow, answer["id"])
    item = JobItem.objects.get()
    assert item.state == State.FAILED
    assert "Kept, because the new document was not parsed" in item.reason
    assert names(ragflow, dataset) == ["a(1).docx", "a.docx"]
    page = visible_text(curator_client.get(ragflow_server.url("activity:job", Job.objects.get().pk)))
    assert "Kept, because the new document was not parsed" in page


def test_a_new_one_without_chunks_replaces_nothing(replace, stored, ragflow, dataset, monkeypatch):
    old = parsed(ragflow, stored("a.txt"))
    answer = replace(old, b" \n ").json()
    go_on(ragflow, answer["id"])
    assert "no chunks" in JobItem.objects.get().reason
    assert len(names(ragflow, dataset)) == 2


def test_the_new_one_takes_over_method_settings_metadata_and_switch(replace, stored, ragflow, dataset):
    old = ragflow.documents.update(stored("a.txt"), chunk_method="one")
    old = ragflow.documents.update(old, meta_fields={"team": "HR"}, enabled=False)
    answer = replace(old).json()
    new = ragflow.documents.get(dataset.id, answer["id"])
    assert (new.chunk_method, dict(new.meta_fields), new.enabled) == ("one", {"team": "HR"}, False)


def test_only_the_settings_that_differ_are_taken_over(replace, stored, ragflow, dataset, standin, tenant_key):
    old = ragflow.documents.update(stored("a.txt"), parser_config={"chunk_token_num": 64})
    standin.reset_requests()
    answer = replace(old).json()
    [body] = [r["json"] for r in standin.requests(tenant_key) if r["method"] == standin.change]
    assert set(body) == {"parser_config"}
    assert set(body["parser_config"]) <= {"chunk_token_num", "raptor"}
    assert ragflow.documents.get(dataset.id, answer["id"]).parser_config["chunk_token_num"] == 64


def test_the_files_of_one_panel_make_one_job_that_opens_again(replace, stored, ragflow, dataset):
    first, second = stored("a.txt"), stored("b.txt")
    go_on(ragflow, replace(first).json()["id"])
    assert Job.objects.get().ended_at is not None
    go_on(ragflow, replace(second).json()["id"])
    job = Job.objects.get()
    assert (job.expected, job.ended_at is not None) == (2, True)
    assert names(ragflow, dataset) == ["a.txt", "b.txt"]


def test_a_worker_that_died_after_deleting_still_gives_the_name(replace, stored, ragflow, dataset, standin):
    old = stored("a.txt")
    answer = replace(old).json()
    JobItem.objects.update(state=State.STARTED, attempts=1, precondition="x")
    ragflow.documents.delete([old])
    go_on(ragflow, answer["id"])
    assert names(ragflow, dataset) == ["a.txt"]
    assert JobItem.objects.get().state == State.DONE


def test_one_that_nobody_parses_waits_ever_longer_and_can_be_stopped(replace, stored, ragflow, dataset):
    old = stored("a.txt")
    replace(old, parse=0)
    job = Job.objects.get()
    JobItem.objects.update(payload=JobItem.objects.get().payload | {"since": 0})
    engine.step(job.pk)
    item = JobItem.objects.get()
    assert item.state == State.WAITING
    assert (item.not_before - datetime.now(UTC)).total_seconds() > replace_job.RARELY / 2
    assert len(names(ragflow, dataset)) == 2


def test_a_document_of_another_name_is_never_replaced(curator_client, address, stored, ragflow, dataset):
    other = stored("precious.txt")
    stored("a.txt")
    answer = put(curator_client, address, "a.txt", TEXT, parse=1, replace=other.id).json()
    assert "Uploaded without replacing" in answer["note"]
    assert Job.objects.count() == 0


def test_two_files_do_not_replace_the_same_document(replace, stored, ragflow, dataset, standin):
    old = stored("a.txt")
    standin.parsing(paused=True)
    replace(old)
    second = replace(old).json()
    assert "another upload is already replacing" in second["note"]
    assert JobItem.objects.count() == 1


def test_what_is_gone_meanwhile_is_said(replace, stored, ragflow):
    old = stored("a.txt")
    ragflow.documents.delete([old])
    answer = replace(old).json()
    assert "no longer exists" in answer["note"]
    assert answer["name"] == "a.txt"


@pytest.mark.django_db(transaction=True)
def test_files_of_a_panel_that_arrive_at_the_same_moment_make_one_job_and_lock_no_server(
    stored, ragflow_server, dataset, person
):
    user, documents = person(Role.CURATOR), [stored(f"{number}.txt") for number in range(6)]
    ready = threading.Barrier(len(documents))

    def begin(old):
        try:
            ready.wait()
            replace_job.begin(ragflow_server, dataset, user, old, old, batch="batch-00001")
        finally:
            connection.close()

    with ThreadPoolExecutor(len(documents)) as pool, CaptureQueriesContext(connection) as queries:
        list(pool.map(begin, documents))
        replace_job.begin(ragflow_server, dataset, user, documents[0], documents[1], batch="batch-00001")
    job = Job.objects.get()
    assert job.items.count() == len(documents)
    assert not any("dashboard_server" in query["sql"] and "FOR UPDATE" in query["sql"] for query in queries)


def test_a_panel_whose_job_was_stopped_gets_another_one(stored, ragflow_server, dataset, person):
    user, first, second = person(Role.CURATOR), stored("a.txt"), stored("b.txt")
    job = replace_job.begin(ragflow_server, dataset, user, first, second, batch="batch-00001")
    service.stop(job)
    other = replace_job.begin(ragflow_server, dataset, user, second, first, batch="batch-00001")
    assert other.pk != job.pk
    assert [item.document_id for item in job.items.all()] == [first.id]
