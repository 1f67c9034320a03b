"""Recent activity: each write is told in a sentence, and what belongs together in one."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dashboard.audit import sentences as words
from dashboard.core.access.rights import Role
from dashboard.jobs import engine, registry, service
from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.resources.graph import JobKind
from dashboard.ragflow.types import Dataset, Document
from dashboard.servers.connection import connect
from tests.support.pages.reading import text_of

CLIENT = Path(__file__).parents[2] / "dashboard" / "ragflow"


@pytest.fixture
def url(ragflow_server: Server) -> str:
    return ragflow_server.get_absolute_url()


def sentences(client: Client, url: str) -> list[str]:
    """The sentences of recent activity, newest first."""
    page = client.get(url).content.decode()
    found = re.findall(r'<span class="ra-2" data-sentence>(.*?)</span>', page, re.DOTALL)
    return [html.unescape(re.sub("<[^>]+>", "", sentence)) for sentence in found]


def text_document(ragflow: RAGFlow, dataset: Dataset, name: str, meta: dict[str, Any] | None = None) -> Document:
    stored = ragflow.documents.upload(dataset, name, io.BytesIO(b"text"), 4)
    document = ragflow.documents.get(dataset.id, stored.id)
    return ragflow.documents.update(document, meta_fields=meta) if meta else document


def entry(server: Server, **more: Any) -> AuditEntry:
    known: dict[str, Any] = {
        "server": server,
        "server_name": server.name,
        "username": "ada",
        "action": "document.upload",
        "target_type": "document",
        "target_ids": ["1"],
        "target_names": ["a.txt"],
        "detail": {"dataset_id": "d1", "dataset": "Handbook"},
        "outcome": "ok",
    }
    return AuditEntry.objects.create(**known | more)


def test_activity_tells_who_did_what(viewer_client: Client, url: str, ragflow_server: Server) -> None:
    entry(
        ragflow_server,
        action="dataset.delete",
        target_type="dataset",
        target_ids=["1", "2"],
        target_names=["<b>Old</b>", "Older"],
        detail={},
    )

    assert sentences(viewer_client, url) == ["ada deleted 2 datasets: <b>Old</b>, Older"]
    assert "<b>Old</b>" not in viewer_client.get(url).content.decode()


def test_what_one_person_did_in_a_row_is_one_line(viewer_client: Client, url: str, ragflow_server: Server) -> None:
    for number in range(12):
        entry(ragflow_server, target_names=[f"{number}.txt"])

    assert sentences(viewer_client, url) == ["ada uploaded 12 documents to Handbook"]


def test_a_failure_is_told_as_such(viewer_client: Client, url: str, ragflow_server: Server) -> None:
    entry(ragflow_server, outcome="failed", error="The disk is full.")
    entry(ragflow_server, outcome="unknown", target_names=["b.txt"])

    page = text_of(viewer_client.get(url))

    assert "The disk is full." in page
    assert "this may or may not have been carried out" in page


def test_activity_of_another_server_and_chats_are_not_shown(
    viewer_client: Client, url: str, ragflow_server: Server
) -> None:
    other = Server(name="Other", slug="other", base_url="http://127.0.0.1:9")
    other.api_key = "x"
    other.save()
    entry(other, username="stranger")
    entry(ragflow_server, username="chatter", action="session.ask", target_type="session")

    page = text_of(viewer_client.get(url))

    assert "stranger" not in page
    assert "chatter" not in page


def test_every_write_that_the_client_has_is_told_in_a_sentence() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in CLIENT.rglob("*.py"))
    verbs = set(
        re.findall(r"\"((?:dataset|document|chunk|assistant|agent|session|message|graph|raptor)\.[a-z]+)\"", sources)
    )
    assert verbs == set(words.WRITES)


def test_every_job_is_told_in_a_sentence() -> None:
    assert set(registry.keys()) == set(words.JOBS)


@pytest.mark.parametrize("number", [1, 2, 1284])
def test_a_sentence_tells_who_did_what_to_how_many(
    viewer_client: Client, url: str, ragflow_server: Server, number: int
) -> None:
    for action in words.WRITES:
        AuditEntry.objects.all().delete()
        kind = action.partition(".")[0].replace("graph", "dataset").replace("raptor", "dataset")
        ids = [str(one) for one in range(number)]
        entry(ragflow_server, action=action, target_type=kind, target_ids=ids, target_names=[f"thing {i}" for i in ids])
        told = sentences(viewer_client, url)
        if action.startswith(("session.", "message.")) or action.endswith(".complete"):
            assert told == []
            continue
        assert len(told) == 1
        assert told[0].startswith("ada ")
        assert "%" not in told[0]
        assert action not in told[0]
        assert ("thing 0" in told[0]) if number == 1 else (f"{number:,}" in told[0])


def test_what_another_release_recorded_is_told_without_its_code(
    viewer_client: Client, url: str, ragflow_server: Server
) -> None:
    entry(ragflow_server, action="memory.forget", target_type="memory")

    assert sentences(viewer_client, url) == ["ada made a change in Handbook"]


def test_all_of_many_writes_are_counted(
    viewer_client: Client, url: str, ragflow_server: Server, django_assert_max_num_queries: Any
) -> None:
    for number in range(300):
        entry(ragflow_server, target_ids=[str(number)], target_names=[f"{number}.txt"])
    entry(ragflow_server, action="dataset.create", target_type="dataset", target_names=["New"], detail={})

    with django_assert_max_num_queries(15):
        assert sentences(viewer_client, url) == [
            "ada created the dataset New",
            "ada uploaded 300 documents to Handbook",
        ]


def test_uploads_that_are_parsed_at_once_do_not_flood_the_list(
    viewer_client: Client, url: str, ragflow_server: Server
) -> None:
    for number in range(40):
        for action in ("document.upload", "document.parse"):
            entry(ragflow_server, action=action, target_ids=[str(number)], target_names=[f"{number}.txt"])

    assert sentences(viewer_client, url) == [
        "ada started parsing 40 documents in Handbook",
        "ada uploaded 40 documents to Handbook",
    ]


def test_the_same_thing_changed_again_and_again_is_one_thing(
    viewer_client: Client, url: str, ragflow_server: Server
) -> None:
    for _ in range(5):
        entry(ragflow_server, action="document.update")

    assert sentences(viewer_client, url) == ["ada changed a.txt in Handbook"]


def test_two_people_at_the_same_time_are_told_apart(viewer_client: Client, url: str, ragflow_server: Server) -> None:
    for number in range(6):
        who = ("ada", "bob")[number % 2]
        entry(ragflow_server, username=who, target_ids=[str(number)], target_names=[f"{number}.txt"])

    assert sentences(viewer_client, url) == [
        "bob uploaded 3 documents to Handbook",
        "ada uploaded 3 documents to Handbook",
    ]


def test_what_went_on_over_the_hour_is_one_sentence_and_what_came_hours_later_another(
    viewer_client: Client, url: str, ragflow_server: Server
) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=4)
    minutes = (-3, 2, 4, 180)
    for number, minute in enumerate(minutes):
        made = entry(ragflow_server, target_ids=[str(number)], target_names=[f"{number}.txt"])
        AuditEntry.objects.filter(pk=made.pk).update(at=hour + timedelta(minutes=minute))

    assert sentences(viewer_client, url) == [
        "ada uploaded 3.txt to Handbook",
        "ada uploaded 3 documents to Handbook",
    ]


def test_a_job_is_one_line_whatever_it_writes(
    viewer_client: Client,
    url: str,
    ragflow: RAGFlow,
    ragflow_server: Server,
    person: Callable[..., User],
) -> None:
    dataset = ragflow.datasets.create(name="Handbook")
    user = person(Role.CURATOR, "carla")
    documents = [text_document(ragflow, dataset, f"{name}.txt", {"author": "x"}) for name in "abc"]
    payloads = {one.id: {"before": {"author": "x"}, "after": {"year": "2026"}} for one in documents}
    job = service.create_for(ragflow_server, dataset, user, "metadata", documents, payloads=payloads)

    while engine.step(job.pk):
        pass

    assert AuditEntry.objects.filter(job=job.pk).count() == 6
    assert sentences(viewer_client, url) == ["carla changed the metadata of 3 documents in Handbook"]
    assert f'href="{ragflow_server.url("activity:job", job.pk)}"' in viewer_client.get(url).content.decode()


def test_what_failed_in_a_job_is_counted(
    viewer_client: Client, url: str, ragflow: RAGFlow, ragflow_server: Server, person: Callable[..., User]
) -> None:
    dataset = ragflow.datasets.create(name="Handbook")
    documents = [text_document(ragflow, dataset, f"{name}.txt") for name in "ab"]
    job = service.create_for(ragflow_server, dataset, person(Role.CURATOR, "carla"), "disable", documents)
    ragflow.documents.delete(documents[:1])

    while engine.step(job.pk):
        pass

    assert sentences(viewer_client, url) == ["carla disabled b.txt in Handbook"]
    assert "1 failed" in text_of(viewer_client.get(url))


def test_metadata_have_one_sentence_by_either_way_to_ragflow(
    viewer_client: Client, url: str, ragflow: RAGFlow, ragflow_server: Server, person: Callable[..., User]
) -> None:
    document = text_document(ragflow, ragflow.datasets.create(name="Handbook"), "a.txt")

    connect(ragflow_server, person(Role.CURATOR, "carla")).documents.update(document, meta_fields={"year": "2026"})

    assert sentences(viewer_client, url) == ["carla changed the metadata of a.txt in Handbook"]


def test_building_a_graph_is_told_in_words(
    viewer_client: Client, url: str, ragflow: RAGFlow, ragflow_server: Server, person: Callable[..., User]
) -> None:
    dataset = ragflow.datasets.create(name="Handbook")
    text_document(ragflow, dataset, "a.txt")

    connect(ragflow_server, person(Role.CURATOR, "carla")).graph.run(dataset, JobKind.RAPTOR)

    assert sentences(viewer_client, url) == ["carla started building the RAPTOR summaries of Handbook"]
