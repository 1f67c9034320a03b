"""Two servers, one a copy of the other, so that all ids are the same: each page shows what is on its own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from dashboard.models import Job, ParseRun, QuestionSet, Server, SessionOwner
from dashboard.ragflow import RAGFlow
from dashboard.servers import status
from ragflow_admin.standin.testing import StandinProcess

DATASET = {
    "name": "Handbook",
    "documents": [{"name": "leave.txt", "run": "DONE", "chunks": [{"content": "Thirty days."}]}],
}
TALK = [{"role": "assistant", "content": "Hello"}, {"role": "user", "content": "How many days?"}]
CHAT = {"name": "Helper", "datasets": [0], "sessions": [{"name": "Days", "messages": TALK}]}


@dataclass
class Pair:
    """The addresses of the two, and the ids that are the same on both."""

    addresses: tuple[str, str]
    key: str
    dataset: str
    chat: str
    session: str


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, release: str) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("two")
    with StandinProcess(data_dir=folder / "first", release=release) as original:
        made = original.fill(original.key, datasets=[DATASET], chats=[CHAT])
        key = original.key
    shutil.copytree(folder / "first", folder / "second")
    with ExitStack() as both:
        running = [
            both.enter_context(StandinProcess(data_dir=folder / name, release=release)) for name in ("first", "second")
        ]
        for place, standin in zip(("Berlin", "Oslo"), running, strict=True):
            change(RAGFlow(standin.base_url, key), made, place)
        chat = made["chats"][0]
        addresses = (running[0].base_url, running[1].base_url)
        yield Pair(addresses, key, made["datasets"][0]["id"], chat["id"], chat["sessions"][0])


def change(ragflow: RAGFlow, made: dict[str, Any], place: str) -> None:
    """Let the names tell which of the two it is."""
    dataset = ragflow.datasets.get(made["datasets"][0]["id"])
    ragflow.datasets.update(dataset, name=f"Handbook {place}")
    document = ragflow.documents.get(dataset.id, made["datasets"][0]["documents"][0]["id"])
    ragflow.documents.update(document, name=f"leave in {place}.txt")


@pytest.fixture
def servers(db: None, pair: Pair) -> tuple[Server, Server]:
    cache.clear()
    made = []
    for position, (name, address) in enumerate(zip(("Berlin", "Oslo"), pair.addresses, strict=True)):
        server = Server(name=name, slug=name.lower(), base_url=address, position=position, is_default=not position)
        server.api_key = pair.key
        server.save()
        made.append(server)
    return made[0], made[1]


def read(client: Client, server: Server, name: str, *ids: Any) -> str:
    response = client.get(server.url(name, *ids))
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def main_of(page: str) -> str:
    return page[page.index("<main") :]


@pytest.mark.parametrize(
    "name", ["overview:page", "datasets:list", "documents:list", "datasets:settings", "retrieval:lab"]
)
def test_a_page_shows_what_is_on_its_own_server_also_from_the_cache(
    name: str, servers: tuple[Server, Server], pair: Pair, curator_client: Client
) -> None:
    berlin, oslo = servers
    ids = (pair.dataset,) if name in ("datasets:settings", "documents:list") else ()
    for _ in range(2):
        for server, mine, other in ((berlin, "Berlin", "Oslo"), (oslo, "Oslo", "Berlin")):
            page = main_of(read(curator_client, server, name, *ids))
            if name != "overview:page":
                assert f"Handbook {mine}" in page or f"leave in {mine}" in page
            assert f"Handbook {other}" not in page
            assert f"leave in {other}" not in page


def test_runs_jobs_and_question_sets_belong_to_one_server(
    servers: tuple[Server, Server], pair: Pair, curator_client: Client
) -> None:
    berlin, oslo = servers
    run = ParseRun.objects.create(server=berlin, dataset_id=pair.dataset, dataset_name="Only in Berlin", username="c")
    job = Job.objects.create(
        server=berlin, dataset_id=pair.dataset, dataset_name="Only in Berlin", username="c", action="enable"
    )
    chosen = QuestionSet.objects.create(server=berlin, name="Of Berlin", username="c", dataset_ids=[pair.dataset])
    assert "Only in Berlin" in read(curator_client, berlin, "activity:page")
    assert "Only in Berlin" not in read(curator_client, oslo, "activity:page")
    assert "Of Berlin" in read(curator_client, berlin, "retrieval:sets")
    assert "Of Berlin" not in read(curator_client, oslo, "retrieval:sets")
    for name, row in (("activity:job", job), ("activity:run", run), ("retrieval:set", chosen)):
        assert curator_client.get(berlin.url(name, row.pk)).status_code == 200
        assert curator_client.get(oslo.url(name, row.pk)).status_code == 404


def test_the_owner_of_a_session_owns_it_on_one_server_only(
    servers: tuple[Server, Server], pair: Pair, viewer_client: Client
) -> None:
    berlin, oslo = servers
    SessionOwner.objects.create(server=berlin, session_id=pair.session, user=User.objects.get(username="viewer"))
    assert viewer_client.get(berlin.url("assistants:session", pair.chat, pair.session)).status_code == 200
    assert viewer_client.get(oslo.url("assistants:session", pair.chat, pair.session)).status_code == 404


@pytest.mark.parametrize(
    ("name", "leads_to"),
    [
        ("overview:page", "overview:page"),
        ("documents:list", "datasets:list"),
        ("retrieval:sets", "retrieval:sets"),
        ("retrieval:lab", "retrieval:lab"),
        ("assistants:chat", "assistants:list"),
        ("activity:page", "activity:page"),
    ],
)
def test_the_switcher_leads_to_the_same_kind_of_page(
    name: str, leads_to: str, servers: tuple[Server, Server], pair: Pair, viewer_client: Client
) -> None:
    berlin, oslo = servers
    ids = {"documents:list": (pair.dataset,), "assistants:chat": (pair.chat,)}.get(name, ())
    page = read(viewer_client, berlin, name, *ids)
    menu = page[page.index("Switch server") : page.index("</details>", page.index("Switch server"))]
    assert re.findall(r'<a href="([^"]+)"', menu) == [berlin.url(leads_to), oslo.url(leads_to)]
    assert menu.count("aria-current") == 1


def test_the_switcher_shows_what_is_last_known_of_each_server(
    servers: tuple[Server, Server], viewer_client: Client
) -> None:
    berlin, oslo = servers
    status.check(oslo)
    page = read(viewer_client, berlin, "activity:page")
    menu = page[page.index("Switch server") : page.index("</details>", page.index("Switch server"))]
    assert menu.index("Status not known") < menu.index("Healthy")
