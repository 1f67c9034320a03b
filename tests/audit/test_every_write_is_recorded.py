"""Each write through the client leaves one entry: who, when, where, what, on which thing, and how it went."""

from __future__ import annotations

import ast
import io
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dashboard.core.access.rights import Role
from dashboard.core.web import request_id
from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.completions.completions import Target
from dashboard.ragflow.dialects.completions import Wanted
from dashboard.ragflow.resources.graph import JobKind
from dashboard.ragflow.resources.metadata import Put
from dashboard.ragflow.types import Assistant, Chunk, Dataset, Document, Session
from dashboard.servers.connection import connect
from ragflow_admin.standin.testing import StandinProcess

CLIENT = Path(__file__).parents[2] / "dashboard" / "ragflow"


@dataclass
class Stage:
    """One of each thing on the stand-in, made behind the dashboard's back."""

    ragflow: RAGFlow
    made: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    @property
    def dataset(self) -> Dataset:
        return self.once("dataset", lambda: self.ragflow.datasets.create(name="Handbook"))

    @property
    def document(self) -> Document:
        def make() -> Document:
            content = b"Leave is thirty days a year."
            up = self.ragflow.documents.upload(self.dataset, "leave.txt", io.BytesIO(content), len(content))
            return self.ragflow.documents.get(self.dataset.id, up.id)

        return self.once("document", make)

    @property
    def parsed(self) -> Document:
        def make() -> Document:
            self.ragflow.documents.parse(self.document)
            return self.until(lambda document: document.run.value == "DONE")

        return self.once("parsed", make)

    def until(self, condition: Callable[[Document], bool]) -> Document:
        for _ in range(400):
            document = self.ragflow.documents.get(self.dataset.id, self.document.id)
            if condition(document):
                return document
            time.sleep(0.05)
        raise AssertionError(f"the document stays {document.run}")

    @property
    def chunk(self) -> Chunk:
        return self.once("chunk", lambda: self.ragflow.chunks.add(self.parsed, "Leave is thirty days."))

    @property
    def assistant(self) -> Assistant:
        def make() -> Assistant:
            assert self.parsed
            return self.ragflow.chats.create(name="Helper", dataset_ids=[self.dataset.id])

        return self.once("assistant", make)

    @property
    def session(self) -> Session:
        return self.once("session", lambda: self.ragflow.sessions.create(self.assistant, "Monday"))


def ask(client: RAGFlow, stage: Stage) -> None:
    with client.sessions.ask(stage.session, "How many days of leave?") as conversation:
        for _ in conversation:
            pass


def complete(client: RAGFlow, stage: Stage) -> None:
    target = Target("assistant", stage.assistant.id, stage.assistant.name)
    client.completions.ask(target, Wanted((("user", "How many days of leave?"),)))


def upload(client: RAGFlow, stage: Stage) -> None:
    client.documents.upload(stage.dataset, "new.txt", io.BytesIO(b"text"), 4)


# action → the thing that must exist, what does it, the type and the name that the entry must have
WRITES: dict[str, tuple[str, Callable[[RAGFlow, Stage], Any], str, str]] = {
    "dataset.create": ("", lambda c, s: c.datasets.create(name="New"), "dataset", "New"),
    "dataset.update": ("dataset", lambda c, s: c.datasets.update(s.dataset, description="x"), "dataset", "Handbook"),
    "dataset.delete": ("dataset", lambda c, s: c.datasets.delete([s.dataset]), "dataset", "Handbook"),
    "document.upload": ("dataset", upload, "document", "new.txt"),
    "document.update": ("document", lambda c, s: c.documents.update(s.document, name="b.txt"), "document", "leave.txt"),
    "document.parse": ("document", lambda c, s: c.documents.parse(s.document), "document", "leave.txt"),
    "document.stop": ("document", lambda c, s: c.documents.stop(s.document), "document", "leave.txt"),
    "document.delete": ("document", lambda c, s: c.documents.delete([s.document]), "document", "leave.txt"),
    "document.metadata": (
        "document",
        lambda c, s: c.metadata.update([s.document], [Put("author", "Less.")]),
        "document",
        "leave.txt",
    ),
    "chunk.add": ("parsed", lambda c, s: c.chunks.add(s.parsed, "More."), "chunk", ""),
    "chunk.update": ("chunk", lambda c, s: c.chunks.update(s.chunk, content="Less."), "chunk", ""),
    "chunk.delete": ("chunk", lambda c, s: c.chunks.delete(s.parsed, [s.chunk]), "chunk", ""),
    "graph.run": ("parsed", lambda c, s: c.graph.run(s.dataset, JobKind.GRAPH), "dataset", "Handbook"),
    "graph.delete": ("dataset", lambda c, s: c.graph.delete(s.dataset), "dataset", "Handbook"),
    "graph.release": ("dataset", lambda c, s: c.graph.release(s.dataset, JobKind.GRAPH), "dataset", "Handbook"),
    "raptor.run": ("parsed", lambda c, s: c.graph.run(s.dataset, JobKind.RAPTOR), "dataset", "Handbook"),
    "raptor.release": ("dataset", lambda c, s: c.graph.release(s.dataset, JobKind.RAPTOR), "dataset", "Handbook"),
    "assistant.create": ("", lambda c, s: c.chats.create(name="New"), "assistant", "New"),
    "assistant.update": ("assistant", lambda c, s: c.chats.update(s.assistant, name="B"), "assistant", "Helper"),
    "assistant.delete": ("assistant", lambda c, s: c.chats.delete([s.assistant]), "assistant", "Helper"),
    "session.create": ("assistant", lambda c, s: c.sessions.create(s.assistant, "New"), "session", "New"),
    "session.rename": ("session", lambda c, s: c.sessions.rename(s.session, "B"), "session", "Monday"),
    "session.delete": ("session", lambda c, s: c.sessions.delete([s.session]), "session", "Monday"),
    "session.ask": ("session", ask, "session", "Monday"),
    "assistant.complete": ("assistant", complete, "assistant", "Helper"),
}
every_write = pytest.mark.parametrize("action", WRITES)


@pytest.fixture
def stage(standin: StandinProcess, ragflow: RAGFlow) -> Stage:
    return Stage(ragflow)


@pytest.fixture
def curator(person: Callable[..., User]) -> User:
    return person(Role.CURATOR, "carla")


@pytest.fixture
def client(ragflow_server: Server, curator: User) -> RAGFlow:
    return connect(ragflow_server, curator)


def prepare(action: str, stage: Stage, standin: StandinProcess) -> None:
    """Makes what the write is about, so that only the write itself follows."""
    needed = WRITES[action][0]
    if needed:
        assert getattr(stage, needed)
    if action == "document.stop":
        standin.parsing(paused=True)
        stage.ragflow.documents.parse(stage.document)
        stage.made["document"] = stage.until(lambda document: document.run.value == "RUNNING")


def test_the_table_names_every_write_that_the_client_has() -> None:
    nodes = (node for path in CLIENT.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    found = {
        text for text in texts if re.fullmatch(r"(dataset|document|chunk|assistant|session|graph|raptor)\.[a-z]+", text)
    }
    assert found == set(WRITES)


@every_write
def test_a_write_leaves_one_entry(
    action: str, stage: Stage, standin: StandinProcess, client: RAGFlow, ragflow_server: Server, curator: User
) -> None:
    prepare(action, stage, standin)
    _, write, target_type, name = WRITES[action]
    before = timezone.now()
    token = request_id.current.set("request-17")
    try:
        write(client, stage)
    finally:
        request_id.current.reset(token)
    entry = AuditEntry.objects.get()
    assert (entry.user, entry.username) == (curator, "carla")
    assert (entry.server, entry.server_name) == (ragflow_server, "Test server")
    assert before <= entry.at <= timezone.now()
    assert (entry.action, entry.target_type, entry.outcome, entry.error) == (action, target_type, "ok", "")
    assert len(entry.target_ids) == 1
    assert entry.target_ids[0]
    if name:
        assert entry.target_names == [name]
    assert entry.request_id == "request-17"


@every_write
def test_a_write_that_fails_leaves_one_entry_with_the_reason(
    action: str, stage: Stage, standin: StandinProcess, client: RAGFlow
) -> None:
    prepare(action, stage, standin)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        standin.fault("error500", method=method, path="^/(api/)?v1/")
    with pytest.raises(errors.RAGFlowError) as raised:
        WRITES[action][1](client, stage)
    entry = AuditEntry.objects.get()
    assert entry.action == action
    assert entry.outcome in ("failed", "unknown")
    assert entry.error == raised.value.message


@every_write
def test_the_api_key_and_the_content_are_in_no_entry_and_no_log(
    action: str,
    stage: Stage,
    standin: StandinProcess,
    client: RAGFlow,
    tenant_key: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    prepare(action, stage, standin)
    with caplog.at_level(logging.DEBUG):
        WRITES[action][1](client, stage)
    entry = AuditEntry.objects.get()
    stored = repr([getattr(entry, column.attname) for column in AuditEntry._meta.concrete_fields])
    for text in (stored, caplog.text, repr(client), repr(vars(client))):
        assert tenant_key not in text
    for content in ("How many days of leave?", "More.", "Less."):
        assert content not in stored


def test_an_entry_outlives_its_person_and_its_server(
    client: RAGFlow, stage: Stage, ragflow_server: Server, curator: User
) -> None:
    client.datasets.create(name="Kept")
    curator.delete()
    ragflow_server.delete()
    entry = AuditEntry.objects.get()
    assert (entry.user, entry.server) == (None, None)
    assert (entry.username, entry.server_name) == ("carla", "Test server")
    assert str(entry) == "carla dataset.create Kept: ok"
