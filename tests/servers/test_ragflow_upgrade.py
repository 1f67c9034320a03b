"""RAGFlow becomes another release while people work and jobs run: it is noticed, and nothing is lost."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.core.access.rights import Role
from dashboard.jobs import engine, service
from dashboard.models import Job, JobItem, QuestionResult, QuestionSet, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.releases import detection
from dashboard.ragflow.types import Dataset
from dashboard.retrieval.question_sets import runs
from dashboard.retrieval.settings import AT_DEFAULT
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import filled, opened
from tests.support.pages.lab_asking import asking
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases


@pytest.fixture
def upgrade(standin: StandinProcess, release: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """RAGFlow becomes another release, and the seconds pass for which this process trusts the one that it knows."""

    def become() -> None:
        standin.become("0.27" if release == "0.24" else "0.24")
        monkeypatch.setattr(detection, "WRITES", 0.0)
        monkeypatch.setattr(detection, "DOUBTS", 0.0)

    yield become
    standin.become(release)


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    return ragflow.datasets.create(name="Handbook")


def test_pages_work_after_it(
    curator_client: Client, ragflow_server: Server, dataset: Dataset, upgrade: Callable[[], None]
) -> None:
    pages = [
        ragflow_server.get_absolute_url(),
        ragflow_server.url("datasets:list"),
        ragflow_server.url("datasets:create"),
        ragflow_server.url("datasets:settings", dataset.id),
        ragflow_server.url("documents:list", dataset.id),
        ragflow_server.url("retrieval:lab"),
        ragflow_server.url("assistants:create"),
        ragflow_server.url("assistants:list"),
    ]
    for page in pages:
        assert curator_client.get(page).status_code == 200
    upgrade()
    for page in pages:
        first = curator_client.get(page)
        if first.status_code != 200:
            assert (first.status_code, "RAGFlow was upgraded" in text_of(first)) == (409, True)
        again = curator_client.get(page)
        assert again.status_code == 200, page
        assert "could not be listed" not in text_of(again)


def test_a_form_sent_in_between_is_not_saved_and_keeps_what_was_typed(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, dataset: Dataset, upgrade: Callable[[], None]
) -> None:
    create, settings = ragflow_server.url("datasets:create"), ragflow_server.url("datasets:settings", dataset.id)
    form = opened(curator_client, settings) | {"description": "Typed by hand"}
    curator_client.get(create)
    upgrade()

    answer = curator_client.post(create, filled(name="Typed name"))
    assert answer.status_code == 422
    assert "RAGFlow was upgraded from" in text_of(answer)
    assert 'value="Typed name"' in text_of(answer)
    assert [one.name for one in ragflow.datasets.list().items] == ["Handbook"]
    assert curator_client.post(create, filled(name="Typed name")).status_code == 302

    # Its fields are those of the other release: nothing typed is lost, whether it is saved at once or shown again.
    answer = curator_client.post(settings, form)
    if answer.status_code == 422:
        assert "Typed by hand" in text_of(answer)
    else:
        assert ragflow.datasets.get(dataset.id).description == "Typed by hand"


def test_settings_from_before_it_are_no_error_and_no_change(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, upgrade: Callable[[], None]
) -> None:
    lengths = {"raptor": {"use_raptor": True, "max_token": 512}}
    dataset = ragflow.datasets.create(name="Handbook", parser_config=lengths | {"chunk_token_num": 99})
    old = ragflow.datasets.create(name="Old", parser_config={"raptor": {"use_raptor": True}})
    document = ragflow.documents.upload(old, "a.txt", io.BytesIO(b"Text."), 5)
    upgrade()
    ragflow.datasets.list()
    for one in (dataset, old):
        url = ragflow_server.url("datasets:settings", one.id)
        curator_client.get(url)
        answer = curator_client.post(url, opened(curator_client, url), follow=True)
        assert "No changes to save" in text_of(answer)

    # 0.24's length of a summary is less than 0.27 takes; it reads it as its lowest.
    page = text_of(curator_client.get(f"{ragflow_server.url('documents:settings', old.id)}?id={document.id}"))
    assert re.search(r'name="parser-raptor__max_token"\s[^>]*value="512"', page)


def test_a_job_goes_on_after_it(
    ragflow_server: Server,
    ragflow: RAGFlow,
    dataset: Dataset,
    person: Callable[..., User],
    upgrade: Callable[[], None],
) -> None:
    made = [ragflow.documents.upload(dataset, name, io.BytesIO(b"Text."), 5) for name in ("a.txt", "b.txt")]
    documents = [ragflow.documents.get(dataset.id, one.id) for one in made]
    job = service.create_for(ragflow_server, dataset, person(Role.CURATOR), "disable", documents)
    upgrade()

    for _attempt in range(4):
        Job.objects.filter(pk=job.pk, ended_at=None).update(next_at="2000-01-01T00:00:00Z")
        engine.step(job.pk)

    job.refresh_from_db()
    assert job.ended_at is not None
    assert set(job.items.values_list("state", flat=True)) == {JobItem.State.DONE}
    assert not any(one.enabled for one in ragflow.documents.list(dataset.id))


def test_a_question_run_goes_on_after_it(
    ragflow_server: Server, dataset: Dataset, standin: StandinProcess, upgrade: Callable[[], None]
) -> None:
    questions = QuestionSet.objects.create(
        server=ragflow_server, name="Leave", dataset_ids=[dataset.id], username="ada"
    )
    questions.questions.create(text="How long?", documents=["leave.txt"])
    run = runs.start(questions, asking(), AT_DEFAULT)
    assert run
    upgrade()
    standin.fault("code", method="POST", path="/api/v1/retrieval", code=100, message="KeyError()", times=1)

    for _attempt in range(3):
        type(run).objects.filter(pk=run.pk, ended_at=None).update(next_at="2000-01-01T00:00:00Z")
        runs.work_on_run(run.pk)

    assert [result.state for result in run.results.all()] == [QuestionResult.State.ASKED]
