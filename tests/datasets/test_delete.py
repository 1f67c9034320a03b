"""Deleting datasets: what is asked, what is sent, and what is said afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dashboard.datasets.list import listing
from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases


@pytest.fixture
def url(ragflow_server: Server) -> str:
    return ragflow_server.url("datasets:delete")


@pytest.fixture
def three(ragflow: RAGFlow, ragflow_server: Server) -> list[Dataset]:
    return [ragflow.datasets.create(name=name) for name in ("Alpha", "Beta", "Gamma")]


def left(ragflow: RAGFlow) -> set[str]:
    return {dataset.name for dataset in ragflow.datasets.walk()}


def deletes(standin: StandinProcess, key: str) -> list[Any]:
    return [entry["json"] for entry in standin.requests(key) if entry["method"] == "DELETE"]


def test_the_question_names_what_goes_and_where(
    curator_client: Client, url: str, three: list[Dataset], standin: StandinProcess, tenant_key: str
) -> None:
    page = text_of(curator_client.get(url, {"id": [three[0].id, three[2].id]}))

    assert "Delete 2 datasets?" in page
    assert "Alpha" in page
    assert "Gamma" in page
    assert "Beta" not in page
    assert "Test server" in page
    assert "0 documents" in page
    assert deletes(standin, tenant_key) == []


def test_the_question_is_a_dialog_for_htmx(curator_client: Client, url: str, three: list[Dataset]) -> None:
    page = text_of(curator_client.get(url, {"id": three[0].id}, HTTP_HX_REQUEST="true"))

    assert "<dialog" in page
    assert "<html" not in page


def test_one_is_deleted_and_said_to_be(
    curator_client: Client, url: str, three: list[Dataset], ragflow: RAGFlow
) -> None:
    response = curator_client.post(url, {"id": three[1].id}, follow=True)

    assert left(ragflow) == {"Alpha", "Gamma"}
    assert "1 dataset deleted" in text_of(response)
    assert "“Beta”" in text_of(response)


def test_several_are_deleted_in_one_call(
    curator_client: Client,
    url: str,
    three: list[Dataset],
    ragflow: RAGFlow,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    curator_client.post(url, {"id": [three[0].id, three[1].id, three[0].id]})

    assert left(ragflow) == {"Gamma"}
    assert deletes(standin, tenant_key) == [{"ids": [three[0].id, three[1].id]}]


@pytest.mark.parametrize("ids", [[], [""], ["", ""]])
def test_deleting_with_no_ids_is_refused(
    curator_client: Client,
    url: str,
    three: list[Dataset],
    ragflow: RAGFlow,
    standin: StandinProcess,
    tenant_key: str,
    ids: list[str],
) -> None:
    response = curator_client.post(url, {"id": ids}, follow=True)

    assert left(ragflow) == {"Alpha", "Beta", "Gamma"}
    assert deletes(standin, tenant_key) == []
    assert "Nothing was deleted" in text_of(response)


def test_one_that_is_gone_already_is_no_accident(
    curator_client: Client, url: str, three: list[Dataset], ragflow: RAGFlow
) -> None:
    ragflow.datasets.delete([three[0]])

    response = curator_client.post(url, {"id": three[0].id}, follow=True)

    assert "It has already been deleted" in text_of(response)
    assert left(ragflow) == {"Beta", "Gamma"}


def test_the_others_go_when_one_is_gone_already(
    curator_client: Client, url: str, three: list[Dataset], ragflow: RAGFlow
) -> None:
    ragflow.datasets.delete([three[0]])

    response = curator_client.post(url, {"id": [three[0].id, three[1].id]}, follow=True)

    assert left(ragflow) == {"Gamma"}
    assert "1 dataset deleted" in text_of(response)
    assert "1 more had already been deleted." in text_of(response)


def test_an_id_that_is_none_deletes_nothing(
    curator_client: Client, url: str, three: list[Dataset], ragflow: RAGFlow
) -> None:
    response = curator_client.post(url, {"id": ["../..", "all", "null"]}, follow=True)

    assert response.status_code == 200
    assert left(ragflow) == {"Alpha", "Beta", "Gamma"}


def test_somebody_elses_dataset_is_never_deleted(
    curator_client: Client, url: str, three: list[Dataset], standin: StandinProcess, tenant_key: str
) -> None:
    other = RAGFlow(standin.base_url, standin.new_key())
    foreign = other.datasets.create(name="Not ours")
    standin.reset_requests()

    curator_client.post(url, {"id": foreign.id})

    assert left(other) == {"Not ours"}
    assert deletes(standin, tenant_key) == []


def test_after_a_failure_in_the_middle_it_is_said_what_is_left(
    curator_client: Client, url: str, three: list[Dataset], ragflow: RAGFlow, standin: StandinProcess
) -> None:
    standin.fault("drop", method="DELETE", path="/api/v1/datasets", times=1)

    response = curator_client.post(url, {"id": [three[0].id, three[1].id]}, follow=True)

    page = text_of(response)
    still = left(ragflow)
    assert response.status_code == 200
    for dataset in three[:2]:
        assert f"“{dataset.name}”" in page
    assert ("not deleted" in page) == bool(still & {"Alpha", "Beta"})
    assert "Gamma" in still


def test_a_refusal_of_ragflow_is_said_and_nothing_is_lost(
    curator_client: Client, url: str, three: list[Dataset], ragflow: RAGFlow, standin: StandinProcess
) -> None:
    standin.fault("code", method="DELETE", path="/api/v1/datasets", code=102, message="Not today.")

    response = curator_client.post(url, {"id": three[0].id})

    assert "Not today." in text_of(response)
    assert left(ragflow) == {"Alpha", "Beta", "Gamma"}
    assert AuditEntry.objects.get().outcome == "failed"


def test_more_than_twenty_need_the_servers_name_typed(
    curator_client: Client, url: str, ragflow_server: Server, ragflow: RAGFlow
) -> None:
    ids = [ragflow.datasets.create(name=f"Dataset {number}").id for number in range(21)]

    question = text_of(curator_client.get(url, {"id": ids}))
    refused = curator_client.post(url, {"id": ids, "typed": "test"})
    kept = len(left(ragflow))
    curator_client.post(url, {"id": ids, "typed": "Test server"})

    assert "Delete 21 datasets?" in question
    assert "and 18 more" in question
    assert 'name="typed"' in question
    assert refused.status_code == 422
    assert "Type “Test server” to confirm" in text_of(refused)
    assert kept == 21
    assert left(ragflow) == set()


def test_older_ones_than_the_list_reaches_are_found_too(
    curator_client: Client, url: str, ragflow_server: Server, ragflow: RAGFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "WALK_SIZE", 2)
    monkeypatch.setattr(listing, "WALK_PAGES", 2)
    ids = [ragflow.datasets.create(name=f"Dataset {number}").id for number in range(10)]

    response = curator_client.post(url, {"id": ids}, follow=True)

    assert left(ragflow) == set()
    assert "10 datasets deleted" in text_of(response)


def test_the_way_back_is_the_page_it_came_from(curator_client: Client, url: str, three: list[Dataset]) -> None:
    back = "/servers/test/datasets/?q=alp&sort=name"

    response = curator_client.post(url, {"id": three[0].id, "back": back})
    away = curator_client.post(url, {"id": three[1].id, "back": "https://elsewhere.example/"})

    assert response["Location"] == back
    assert away["Location"] == "/servers/test/datasets/"


def test_deleting_is_in_the_audit_trail_once(curator_client: Client, url: str, three: list[Dataset]) -> None:
    curator_client.post(url, {"id": [three[0].id, three[1].id]})

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.outcome) == ("dataset.delete", "ok")
    assert entry.target_names == ["Alpha", "Beta"]


def test_viewers_may_not_delete(
    viewer_client: Client, url: str, three: list[Dataset], ragflow: RAGFlow, standin: StandinProcess
) -> None:
    assert viewer_client.get(url, {"id": three[0].id}).status_code == 403
    assert viewer_client.post(url, {"id": three[0].id}).status_code == 403
    assert left(ragflow) == {"Alpha", "Beta", "Gamma"}
