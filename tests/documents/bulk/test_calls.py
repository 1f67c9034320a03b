"""What acting on many documents costs RAGFlow: one call for each, and a handful besides."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from dashboard.core.access.rights import Role
from dashboard.jobs import service
from dashboard.models import Job, JobItem
from dashboard.ragflow.types import RunStatus
from tests.support.processes.worker import work, work_to_the_end

pytestmark = pytest.mark.releases

HTMX = {"HX-Request": "true"}
MANY = 120


@pytest.fixture
def filled(standin, tenant_key):
    """Fills a dataset with so many documents; returns its id and theirs."""

    def fill(number, **about):
        documents = [
            {"name": f"{n:03}.txt", "text": "Some text.", "create_time": 1_760_000_000_000 + n, **about}
            for n in range(number)
        ]
        made = standin.fill(tenant_key, datasets=[{"name": "Company handbook", "documents": documents}])["datasets"][0]
        standin.reset_requests()
        return made["id"], [one["id"] for one in made["documents"]]

    return fill


def calls(standin, key):
    return [(entry["method"], entry["path"]) for entry in standin.requests(key)]


def test_deleting_a_hundred_ticked_documents_takes_105_calls_at_most(
    curator_client, ragflow_server, filled, standin, tenant_key, ragflow
):
    dataset_id, ids = filled(300)
    shown = sorted(ids[-100:])
    address = ragflow_server.url("documents:delete", dataset_id)
    standin.reset_requests()
    page = {"page_size": "100"}
    dialog = curator_client.get(address, {"id": shown, **page}, headers=HTMX)
    hidden = dialog.context["confirmation"].hidden
    answer = curator_client.post(address, {"id": shown, "typed": "Company handbook", **hidden}, headers=HTMX)
    job = Job.objects.get()
    assert f'id="job-{job.pk}"' in answer.content.decode()
    assert len(calls(standin, tenant_key)) <= 5, "the question and its answer"
    work()
    assert len(calls(standin, tenant_key)) <= 105
    assert job.items.filter(state=JobItem.State.DONE).count() == 100
    bodies = [entry["json"] for entry in standin.requests(tenant_key) if entry["method"] == "DELETE"]
    assert sorted(bodies, key=lambda body: body["ids"]) == [{"ids": [one]} for one in shown]
    assert ragflow.documents.list(dataset_id).total == 200


@pytest.mark.parametrize(
    ("action", "options", "about"),
    [
        ("delete", {}, {}),
        pytest.param("disable", {}, {}, marks=pytest.mark.thorough),
        pytest.param("enable", {}, {"enabled": False}, marks=pytest.mark.thorough),
        ("parse", {}, {}),
        pytest.param("parse", {"only": "UNSTART"}, {}, marks=pytest.mark.thorough),
        pytest.param("recover", {"only": "FAIL"}, {"run": "FAIL"}, marks=pytest.mark.thorough),
        pytest.param("stop", {}, {"run": "RUNNING", "progress": 0.5}, marks=pytest.mark.thorough),
        ("settings", {"method": "naive", "changed": {"chunk_token_num": 64}, "whole": None}, {}),
    ],
)
def test_a_job_takes_hardly_more_than_a_call_for_each_document(
    ragflow_server, person, ragflow, filled, standin, tenant_key, action, options, about
):
    standin.parsing(paused=True)
    dataset_id, _ids = filled(MANY, **about)
    dataset = ragflow.datasets.get(dataset_id)
    job = service.create(
        ragflow_server, dataset, person(Role.CURATOR), action, query="", expected=MANY, options=options
    )
    standin.reset_requests()
    work_to_the_end()
    assert job.items.filter(state=JobItem.State.DONE).count() == MANY, list(job.items.values("state", "reason")[:3])
    assert len(calls(standin, tenant_key)) <= 1.1 * MANY


def test_where_the_list_takes_ids_any_hundred_documents_are_seen_in_one_call(
    standin, ragflow, filled, tenant_key, release
):
    dataset_id, ids = filled(3)
    standin.reset_requests()
    found = ragflow.documents.some(dataset_id, ids[:2], page=7, run=RunStatus.UNSTART)
    (entry,) = standin.requests(tenant_key)
    query = parse_qs(entry["query"])
    if release == "0.24":
        assert (set(found), query["page"], query["run"]) == (set(), ["7"], ["UNSTART"])
    else:
        assert (set(found), query["page"], query["ids"]) == (set(ids[:2]), ["1"], ids[:2])
        assert "run" not in query


def test_what_has_left_the_page_it_was_ticked_on_is_looked_up_by_itself(
    curator_client, ragflow_server, filled, standin, tenant_key
):
    dataset_id, ids = filled(4)
    address = ragflow_server.url("documents:disable", dataset_id)
    curator_client.post(address, {"id": ids, "status": "parsed"}, headers=HTMX)
    assert set(work().items.values_list("document_id", "state")) == {(one, JobItem.State.DONE) for one in ids}


def test_what_is_gone_by_its_turn_is_found_out_without_looking_first(
    ragflow_server, person, ragflow, filled, standin, tenant_key
):
    dataset_id, _ids = filled(3)
    dataset, documents = ragflow.datasets.get(dataset_id), list(ragflow.documents.list(dataset_id))
    curator = person(Role.CURATOR)
    jobs = {
        action: service.create_for(ragflow_server, dataset, curator, action, documents)
        for action in ("disable", "parse", "delete")
    }
    ragflow.documents.delete([documents[0]])
    work_to_the_end()

    def state(action):
        return jobs[action].items.get(document_id=documents[0].id).state

    assert {action: state(action) for action in jobs} == {
        "disable": JobItem.State.FAILED,
        "parse": JobItem.State.FAILED,
        "delete": JobItem.State.DONE,
    }
    assert jobs["disable"].items.get(state=JobItem.State.FAILED).reason == "It no longer exists."


@pytest.mark.parametrize(("arrived", "sent"), [(True, 0), (False, 1)])
def test_whether_it_arrived_is_looked_up_when_a_worker_died_around_sending(
    ragflow_server, person, ragflow, filled, standin, tenant_key, arrived, sent
):
    standin.parsing(paused=True)
    dataset_id, _ids = filled(1)
    dataset, [document] = ragflow.datasets.get(dataset_id), list(ragflow.documents.list(dataset_id))
    job = service.create_for(ragflow_server, dataset, person(Role.CURATOR), "parse", [document])
    job.items.update(state=JobItem.State.STARTED, attempts=1, sent_at=datetime.now(UTC))
    if arrived:
        ragflow.documents.parse(document)
    standin.reset_requests()
    work()
    assert job.items.get().state == JobItem.State.DONE
    assert [method for method, _path in calls(standin, tenant_key)] == ["GET", *["POST"] * sent]
