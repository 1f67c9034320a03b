"""What people see who have a role in single datasets: their datasets, and nothing that is counted with others."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from dashboard.core.access.rights import Role
from dashboard.jobs import engine, service
from dashboard.models import AuditEntry, Grant, Job, JobItem
from dashboard.ragflow import RAGFlow, errors
from dashboard.servers.connection import connect
from ragflow_admin.standin.testing import StandinProcess
from tests.rights.conftest import Rooms, signed_in
from tests.support.pages.reading import text_of

Limited = Callable[[Role], User]


def give(user: User, rooms: Rooms, dataset_id: str, role: Role | None) -> None:
    """The role of the user in a dataset, from now on."""
    mine = Grant.objects.filter(user=user, server=rooms.server, dataset_id=dataset_id)
    mine.delete()
    if role:
        Grant.objects.create(user=user, server=rooms.server, dataset_id=dataset_id, role=int(role))


@pytest.mark.releases
def test_lists_searches_and_choices_have_only_what_may_be_seen(rooms: Rooms, limited: Limited) -> None:
    client, url = signed_in(limited(Role.CURATOR)), rooms.server.url
    datasets = text_of(client.get(url("datasets:list")))
    assert "Handbook" in datasets
    assert "1 to 1 of 1" in datasets
    assert "Handbook" in text_of(client.get(url("datasets:list"), {"q": "hand", "sort": "name"}))
    assert "No datasets match" in text_of(client.get(url("datasets:list"), {"q": "salaries"}))
    assistants = text_of(client.get(url("assistants:list")))
    assert "Helper" in assistants
    assert "without datasets" not in assistants
    assert rooms.handbook.id in text_of(client.get(url("assistants:create")))
    assert rooms.handbook.id in text_of(client.get(url("retrieval:lab")))
    overview = text_of(client.get(rooms.server.get_absolute_url()))
    assert re.search(r"<dt>Datasets</dt>\s*<dd><a [^>]*>1</a></dd>", overview)
    assert re.search(r"<dt>Documents</dt>\s*<dd>1</dd>", overview)


@pytest.mark.releases
def test_a_retrieval_of_other_datasets_is_refused_before_ragflow_is_asked(
    rooms: Rooms, limited: Limited, standin: StandinProcess
) -> None:
    client = signed_in(limited(Role.VIEWER))
    before = len(standin.requests(rooms.secret.key))
    page = client.get(rooms.server.url("retrieval:lab"), {"q": "salaries", "dataset": rooms.secret.dataset})
    assert "earns" not in text_of(page)
    asked = standin.requests(rooms.secret.key)[before:]
    assert not [entry for entry in asked if entry["path"].endswith("/retrieval")]


@pytest.mark.releases
def test_an_assistant_can_only_be_made_of_ones_own_datasets(
    rooms: Rooms, limited: Limited, ragflow: RAGFlow, standin: StandinProcess
) -> None:
    mine = connect(rooms.server, limited(Role.CURATOR)).chats
    for wanted in ([rooms.secret.dataset], [rooms.handbook.id, rooms.secret.dataset], []):
        with pytest.raises(errors.NotFound):
            mine.create(name="Spy", dataset_ids=wanted)
    made = mine.create(name="Mine", dataset_ids=[rooms.handbook.id])
    for wanted in ([rooms.handbook.id, rooms.secret.dataset], []):
        with pytest.raises(errors.NotFound):
            mine.update(made, dataset_ids=wanted)
    with pytest.raises(errors.NotFound):
        mine.delete([ragflow.chats.get(rooms.secret.assistant)])
    assert mine.delete([made]).deleted == (made,)
    assert "Spy" not in [one.name for one in ragflow.chats.list(page_size=100)]
    assert ragflow.chats.get(rooms.secret.assistant)
    reading = connect(rooms.server, limited(Role.VIEWER)).chats
    with pytest.raises(errors.NotPermitted):
        reading.update(rooms.helper, name="Renamed")


@pytest.mark.releases
def test_of_two_datasets_only_the_curated_one_can_be_changed(rooms: Rooms, limited: Limited, ragflow: RAGFlow) -> None:
    user = limited(Role.CURATOR)
    give(user, rooms, rooms.secret.empty, Role.VIEWER)
    client, url = signed_in(user), rooms.server.url
    assert client.get(url("documents:list", rooms.secret.empty)).status_code == 200
    assert client.get(url("datasets:settings", rooms.secret.empty)).status_code == 403
    assert client.get(url("datasets:settings", rooms.handbook.id)).status_code == 200
    page = text_of(client.get(url("datasets:list")))
    assert url("datasets:settings", rooms.handbook.id) in page
    assert url("datasets:settings", rooms.secret.empty) not in page
    deleted = client.post(
        url("datasets:delete"), {"id": [rooms.secret.empty], "confirmed": "yes", "typed": rooms.server.name}
    )
    assert deleted.status_code == 403
    assert "You may not change this" in text_of(deleted)
    assert ragflow.datasets.get(rooms.secret.empty)
    refused = AuditEntry.objects.filter(action="dataset.delete").latest("pk")
    assert (refused.username, refused.outcome) == (user.username, "failed")


def test_other_rights_count_from_the_next_request_on(rooms: Rooms, limited: Limited) -> None:
    user = limited(Role.VIEWER)
    client, url = signed_in(user), rooms.server.url
    settings = url("datasets:settings", rooms.handbook.id)
    assert client.get(settings).status_code == 403
    give(user, rooms, rooms.handbook.id, Role.CURATOR)
    assert client.get(settings).status_code == 200
    assert client.get(url("documents:list", rooms.secret.dataset)).status_code == 404
    give(user, rooms, "", Role.VIEWER)
    assert client.get(url("documents:list", rooms.secret.dataset)).status_code == 200
    give(user, rooms, "", None)
    give(user, rooms, rooms.handbook.id, None)
    assert client.get(settings).status_code == 403
    assert client.get("/", follow=True).status_code == 403


@pytest.mark.releases
def test_a_job_acts_with_the_rights_that_its_person_has_at_that_moment(
    rooms: Rooms, limited: Limited, ragflow: RAGFlow, standin: StandinProcess
) -> None:
    user = limited(Role.CURATOR)
    document = ragflow.documents.get(rooms.handbook.id, rooms.document)
    job = service.create_for(rooms.server, rooms.handbook, user, "disable", [document])
    give(user, rooms, rooms.handbook.id, Role.VIEWER)
    while not Job.objects.get(pk=job.pk).ended_at:
        engine.step(job.pk)
    item = JobItem.objects.get(job=job)
    assert item.state == JobItem.State.FAILED
    assert item.reason == f"{user.username} may no longer change this dataset."
    assert ragflow.documents.get(rooms.handbook.id, rooms.document).enabled


@pytest.mark.releases
def test_a_job_of_a_disabled_person_changes_nothing_more(rooms: Rooms, limited: Limited, ragflow: RAGFlow) -> None:
    user = limited(Role.CURATOR)
    document = ragflow.documents.get(rooms.handbook.id, rooms.document)
    job = service.create_for(rooms.server, rooms.handbook, user, "disable", [document])
    User.objects.filter(pk=user.pk).update(is_active=False)
    while not Job.objects.get(pk=job.pk).ended_at:
        engine.step(job.pk)
    assert JobItem.objects.get(job=job).state == JobItem.State.FAILED
    assert ragflow.documents.get(rooms.handbook.id, rooms.document).enabled
