"""The job that applies the settings: documents that move meanwhile, failures, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from dashboard.jobs.registry import mark_of
from dashboard.models import Job, JobItem, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document, RunStatus
from ragflow_admin.standin.testing import StandinProcess
from tests.documents.outdated.conftest import agreed, until_parsed, writes
from tests.support.pages.reading import HTMX, text_of
from tests.support.processes.worker import work

State = JobItem.State


def test_a_document_that_is_being_parsed_is_left_as_it_is_with_the_reason(
    curator_client: Client,
    apply_url: str,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    standin: StandinProcess,
    tenant_key: str,
    ragflow: RAGFlow,
) -> None:
    busy = stored("busy.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64})
    standin.parsing(paused=True)
    ragflow.documents.parse(busy)
    standin.reset_requests()
    agreed(curator_client, apply_url)
    work()
    item = JobItem.objects.get()
    assert (item.state, item.reason) == (State.FAILED, "It is being parsed. Try again when parsing has finished.")
    assert writes(standin, tenant_key) == []


def test_when_something_changed_after_the_question_it_asks_again(
    curator_client: Client, apply_url: str, stored: Callable[..., Document], changed: Callable[..., Dataset]
) -> None:
    stored("a.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64})
    hidden = curator_client.get(apply_url, headers=HTMX).context["confirmation"].hidden
    changed(parser_config={"chunk_token_num": 65})
    answer = curator_client.post(apply_url, hidden, headers=HTMX)
    assert answer.status_code == 422
    assert "Nothing was started: the documents or the settings have changed since." in text_of(answer)
    assert Job.objects.count() == 0


def test_while_the_job_goes_on_it_is_not_offered_again(
    curator_client: Client,
    apply_url: str,
    documents_url: str,
    dataset: Dataset,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    ragflow_server: Server,
) -> None:
    stored("a.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64})
    agreed(curator_client, apply_url)
    assert "outdated settings." not in text_of(curator_client.get(documents_url))
    older = ragflow_server.url("outdated:older", dataset.id)
    assert "outdated settings" not in text_of(curator_client.get(older, headers=HTMX))
    assert "Already running" in text_of(curator_client.get(apply_url, follow=True))
    assert Job.objects.count() == 1
    work()
    changed(parser_config={"chunk_token_num": 65})
    assert "1 document uses outdated settings." in text_of(curator_client.get(documents_url))


def test_without_script_the_page_of_the_job_shows_how_it_goes(
    curator_client: Client,
    apply_url: str,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    ragflow_server: Server,
) -> None:
    stored("a.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64})
    page = curator_client.get(apply_url)
    answer = curator_client.post(apply_url, page.context["confirmation"].hidden)
    assert answer["Location"] == ragflow_server.url("activity:job", Job.objects.get().pk)


@pytest.mark.parametrize("died_before", ["update", "parse"])
def test_a_worker_that_died_in_the_middle_leaves_no_document_half_done(
    curator_client: Client,
    apply_url: str,
    dataset: Dataset,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    standin: StandinProcess,
    tenant_key: str,
    ragflow: RAGFlow,
    died_before: str,
) -> None:
    document = stored("a.txt")
    changed(parser_config={"chunk_token_num": 64})
    agreed(curator_client, apply_url)
    JobItem.objects.update(state=State.STARTED, precondition=mark_of(document), attempts=1)
    if died_before == "parse":
        ragflow.documents.update(document, parser_config={"chunk_token_num": 64})
    standin.reset_requests()

    work()

    calls = [(method, last) for method, last, _ in writes(standin, tenant_key)]
    assert calls == [(standin.change, document.id), ("POST", "chunks")][died_before == "parse" :]
    assert JobItem.objects.get().state == State.DONE
    assert until_parsed(ragflow, document).parser_config["chunk_token_num"] == 64


def test_parsing_that_is_refused_after_the_settings_is_told_and_can_be_tried_again(
    curator_client: Client,
    apply_url: str,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    standin: StandinProcess,
    ragflow: RAGFlow,
    ragflow_server: Server,
) -> None:
    document = stored("a.txt")
    changed(parser_config={"chunk_token_num": 64})
    standin.fault(method="POST", path=r".*/chunks$", kind="code", code=102, message="No worker", times=1)
    agreed(curator_client, apply_url)
    work()
    item = JobItem.objects.get()
    assert (item.state, item.reason) == (
        State.FAILED,
        "The settings were applied, but it was not reparsed: No worker",
    )
    curator_client.post(ragflow_server.url("activity:retry", item.job_id))
    work()
    assert Job.objects.latest("pk").items.get().state == State.DONE
    assert until_parsed(ragflow, document).run is RunStatus.DONE


def test_the_list_tells_once_how_the_job_went_even_if_it_was_quicker_than_the_page(
    curator_client: Client,
    apply_url: str,
    documents_url: str,
    ragflow_server: Server,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
) -> None:
    stored("a.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64})
    assert agreed(curator_client, apply_url).headers["HX-Redirect"] == documents_url
    toast = ragflow_server.url("activity:toast", work().pk)
    assert toast in text_of(curator_client.get(documents_url))
    assert toast not in text_of(curator_client.get(documents_url))
