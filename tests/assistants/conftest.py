"""What tests of the chat share: the dashboard as two real processes, and something to ask about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Assistant, Session
from ragflow_admin.standin.testing import StandinProcess
from tests.support.processes.chat_web import Person, Web
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset


@dataclass(frozen=True)
class World:
    """The running dashboard, the stand-in behind it, and an assistant that has read a policy."""

    web: Web
    standin: StandinProcess
    ragflow: RAGFlow
    assistant: Assistant
    key: str

    def session(self, name: str = "A session") -> Session:
        return self.ragflow.sessions.create(self.assistant, name)

    def path(self, session: Session) -> str:
        return f"{self.web.base}{session.assistant_id}/sessions/{session.id}/"

    def stored(self, session: Session) -> Session:
        """The session as RAGFlow has it now."""
        return self.ragflow.sessions.get(session.assistant_id, session.id)


@pytest.fixture(scope="session")
def web_world(standin_process: StandinProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    standin_process.reset()
    key = standin_process.new_key()
    ragflow = RAGFlow(standin_process.base_url, key)
    assistant = assistant_on(ragflow, parsed_dataset(ragflow))
    with Web(tmp_path_factory.mktemp("web"), standin_process.base_url, key) as web:
        yield World(web, standin_process, ragflow, assistant, key)


@pytest.fixture
def world(web_world: World, standin: StandinProcess) -> Iterator[World]:
    """Without faults, answering fast, nothing counted yet."""
    standin.answering(0.005)
    yield web_world
    standin.answering(0.005)


@pytest.fixture(scope="session")
def somebody(web_world: World) -> Person:
    """Signed in as administrator."""
    return web_world.web.person()
