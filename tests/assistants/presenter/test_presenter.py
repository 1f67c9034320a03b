"""The presenter view: a stage without a frame, and a session for each question."""

from __future__ import annotations

import re

from tests.assistants.conftest import World
from tests.support.processes.chat_web import Person


def test_a_question_on_the_stage_is_a_session_of_its_own(world: World, somebody: Person) -> None:
    path = f"{world.web.base}{world.assistant.id}/present/"
    page = somebody.get(path).text
    assert "ra-sidebar" not in page
    assert somebody.post(f"{path}ask/", {"question": " "}).status_code == 422
    place = somebody.post(f"{path}ask/", {"question": "What may a hotel in Zurich cost?"}).text
    stream = re.search(r'data-stream="([^"]+)"', place)
    assert stream
    assert "180 francs" in somebody.get(stream[1]).text
    assert "What may a hotel in Zurich cost?" in [one.name for one in world.ragflow.sessions.list(world.assistant.id)]
