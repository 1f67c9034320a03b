"""A server with two worlds: one that a person may see, and one that must not exist for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.core.access.rights import Role
from dashboard.models import Grant, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Assistant, Dataset
from ragflow_admin.standin.testing import StandinProcess
from tests.support.ragflow.knowledge import assistant_on
from tests.walk import world
from tests.walk.words import PLAIN, Words
from tests.walk.world import World

BACKEND = "django.contrib.auth.backends.ModelBackend"
MARK = "Zebrafish"
SECRET = Words(
    names=tuple(f"{MARK} salaries {number}" for number in range(5)),
    texts=tuple(f"The {MARK} earns {number} francs." for number in range(3)),
    meta={f"{MARK.lower()}_level": MARK},
)


@dataclass(frozen=True)
class Rooms:
    """``secret`` is everything that must stay hidden; ``handbook`` and ``helper`` are what the person may see."""

    secret: World
    handbook: Dataset
    document: str
    helper: Assistant

    @property
    def server(self) -> Server:
        return self.secret.server


@pytest.fixture
def rooms(
    standin: StandinProcess, tenant_key: str, ragflow: RAGFlow, ragflow_server: Server, person: Callable[..., User]
) -> Rooms:
    standin.parsing(paused=True)
    boss = person(Role.ADMINISTRATOR, "boss")
    secret = world.build(standin, tenant_key, ragflow_server, boss, SECRET, of_server=PLAIN)
    chunks = [{"content": "Each parent may take 24 months of leave."}]
    documents = [{"name": "leave.txt", "run": "DONE", "chunks": chunks, "text": "Leave"}]
    made = standin.fill(tenant_key, datasets=[{"name": "Handbook", "documents": documents}])["datasets"][0]
    handbook = ragflow.datasets.get(made["id"])
    both = ragflow.datasets.get(secret.dataset)
    ragflow.chats.create(name=f"{MARK} and handbook", dataset_ids=[handbook.id, both.id])
    ragflow.chats.create(name=f"{MARK} without datasets")
    return Rooms(secret, handbook, made["documents"][0]["id"], assistant_on(ragflow, handbook, "Helper"))


@pytest.fixture
def limited(rooms: Rooms, person: Callable[..., User]) -> Callable[[Role], User]:
    """Somebody whose only right is a role in the handbook."""

    def make(role: Role) -> User:
        user = person(None, f"only-{role.name.lower()}")
        told = {"dataset_id": rooms.handbook.id, "dataset_name": rooms.handbook.name, "role": int(role)}
        Grant.objects.create(user=user, server=rooms.server, **told)
        return user

    return make


def signed_in(user: User) -> Client:
    """A browser of the user; exceptions become pages, as they do for people."""
    client = Client(raise_request_exception=False)
    client.force_login(user, backend=BACKEND)
    return client
