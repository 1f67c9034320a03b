"""Variables of an assistant's prompt are filled in beside the question."""

from __future__ import annotations

import re
import threading

import pytest

from dashboard.assistants.chat import turns
from dashboard.assistants.stream import relay
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from tests.assistants.conftest import World
from tests.support.processes.chat_web import Person
from tests.support.ragflow import things
from tests.support.ragflow.chat_frames import DONE, frame
from tests.support.ragflow.fake_upstream import KEY, Reply, serving

PROMPT = "Answer in {language} with {knowledge}."


def test_what_is_typed_for_a_variable_stays_for_the_next_question(world: World, somebody: Person) -> None:
    variables = [{"key": "knowledge", "optional": False}, {"key": "language", "optional": False}]
    assistant = world.ragflow.chats.create(name="Polyglot", prompt={"prompt": PROMPT, "variables": variables})
    session = world.ragflow.sessions.create(assistant, "In French")
    path = world.path(session)
    page = somebody.get(path).text
    assert re.findall(r'name="var-(\w+)"', page) == ["language"]

    given = {"question": "Why?", "var-language": "French", "var-stream": "no", "var-other": "x"}
    somebody.post(f"{path}ask/", given)
    again = somebody.get(path).text
    assert re.findall(r'name="var-language" value="(\w*)"', again) == ["French"]
    assert "var-stream" not in again
    assert "var-other" not in again
    world.ragflow.chats.delete([assistant])


@pytest.mark.django_db(transaction=True)  # the answer is read, and recorded, in a thread of its own
def test_variables_reach_ragflow_with_the_question(ragflow_server: Server) -> None:
    with serving() as upstream:
        upstream.on("POST", ".*/completions", Reply(body=frame("Oui.") + DONE, content_type="text/event-stream"))
        turn = turns.register(ragflow_server, things.session(), "Why?", None, {"language": "French"})
        stream = relay.begin(turn, RAGFlow(upstream.base_url, KEY), "")
        assert stream
        assert stream.ended.wait(10)
        for thread in threading.enumerate():
            if thread.name == f"turn-{turn.id}":
                thread.join(10)
        (sent,) = [request.json for request in upstream.writes]
    assert (sent["question"], sent["language"]) == ("Why?", "French")
