"""What an answer looks like at its end, and after a reload: the same."""

from __future__ import annotations

import re
import time
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.assistants.conftest import World
from tests.support.processes.chat_web import Person
from tests.support.processes.waiting import wait_until
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset

CASES = Path(__file__).parents[1] / "answers" / "cases"
QUESTION = "How many months of parental leave may each parent take?"


def test_after_a_killed_web_server_the_answer_is_said_to_be_lost_and_the_session_is_free(
    world: World, somebody: Person
) -> None:
    world.standin.fault("stall", path="/completions", after=2, seconds=60, times=1)
    session = world.session()
    asked = somebody.ask(world.path(session), QUESTION)
    asked.follow().until("text")
    world.web.kill()
    killed = time.monotonic()

    def end() -> dict[str, Any] | None:
        try:
            return asked.follow().end()
        except requests.RequestException:
            return None  # as the page does, which tries again

    lost = wait_until(end, what="an end of the answer")
    assert time.monotonic() - killed < 25  # ten on a machine that does nothing else; it was sixty
    assert lost["status"] == "lost"
    assert "This answer was lost" in lost["html"]
    assert somebody.ask(world.path(session), QUESTION).follow().end()["status"] == "done"


def test_a_model_that_fails_in_mid_answer_is_marked_at_that_place_now_and_in_history(
    world: World, somebody: Person
) -> None:
    world.standin.fault("error_midway", path="/completions", times=1)
    session = world.session()
    following = somebody.ask(world.path(session), QUESTION).follow()
    seen = [(name, data) for name, data in following]
    name, end = seen[-1]
    assert (name, end["status"]) == ("end", "failed")
    assert end["say"] == "The model failed before the answer was complete."
    assert "**ERROR**" in world.stored(session).messages[2].content
    # Nobody saw the error as text, not even for a moment.
    assert "ERROR" not in str(seen[:-1])
    page = somebody.get(world.path(session)).text
    for html in (end["html"], page):
        said, _, after = html.partition("The model failed here, so the answer is incomplete.")
        assert "says:" in said
        assert "CONNECTION_ERROR - Connection error." in after
        assert "Ask again" in after
        assert "**ERROR**" not in html


def test_two_blocks_of_reasoning_read_in_history_as_they_were_streamed(world: World, somebody: Person) -> None:
    world.standin.fault("think_twice", path="/completions", times=1)
    session = world.session()
    events = list(somebody.ask(world.path(session), QUESTION).follow())
    thoughts = "".join(data for name, data in events if name == "think")
    assert thoughts.startswith(f"Searched for: {QUESTION}\n|Found ")
    assert "\n\nThe question is:" in thoughts
    end = events[-1][1]["html"]
    page = somebody.get(world.path(session)).text
    for html in (end, page):
        folded = re.search(r'<div class="ra-think-text" dir="auto">(.*?)</div>', html, re.DOTALL)
        assert folded
        assert unescape(folded[1]) == thoughts
        assert "think&gt;" not in html
    # What came first is not forgotten when our own memory of the turn is.
    stored = world.stored(session).messages[2]
    assert stored.content.count("<think>") == 2
    assert stored.thinking == thoughts


def test_an_answer_without_sources_empties_the_pane_of_the_one_before(world: World, somebody: Person) -> None:
    session = world.session()
    first = somebody.ask(world.path(session), QUESTION).follow().end()
    assert "policy.txt" in first["sources"]
    world.standin.fault("error500", path="/completions", times=1)
    end = somebody.ask(world.path(session), "And what about dogs?").follow().end()
    assert "policy.txt" not in end["sources"]
    assert "This answer has no sources." in end["sources"]
    page = somebody.get(world.path(session)).text
    pane = page[page.index('id="sources"') :]
    assert "This answer has no sources." in pane
    assert "policy.txt" not in pane
    assert "policy.txt" in somebody.get(f"{world.path(session)}?answer=1").text


def test_the_list_of_sessions_counts_the_questions_as_they_are_asked(world: World, somebody: Person) -> None:
    session = world.session()
    for number in (1, 2):
        asked = somebody.ask(world.path(session), QUESTION)
        note = re.search(rf'id="session-note-{session.id}" hx-swap-oob="true">([^<]+)<', asked.html)
        assert note
        assert note[1].startswith("1 question," if number == 1 else "2 questions,")
        asked.follow().end()
    assert note[1] in somebody.get(world.path(session)).text


def test_sources_have_the_present_names_of_their_documents(world: World, somebody: Person) -> None:
    dataset = parsed_dataset(world.ragflow, "Storks nest on chimneys in May.", "birds.txt")
    assistant = assistant_on(world.ragflow, dataset)
    session = world.ragflow.sessions.create(assistant, "Birds")
    document = world.ragflow.documents.list(dataset.id).items[0]
    world.ragflow.documents.update(document, name="storks.txt")
    end = somebody.ask(world.path(session), "Where do storks nest?").follow().end()
    assert world.stored(session).messages[2].sources[0].document_name == "birds.txt"
    for html in (end["sources"], somebody.get(world.path(session)).text.partition('id="sources"')[2]):
        assert "storks.txt" in html
        assert "birds.txt" not in html


@pytest.mark.parametrize("name", ["math.md", "table.md", "tblcite.md", "rtlcode.md", "cjk-bold.md"])
def test_an_answer_looks_the_same_at_its_end_as_after_a_reload(world: World, somebody: Person, name: str) -> None:
    text = (CASES / name).read_text(encoding="utf-8").strip()
    world.standin.fault("answer", path="/completions", message=text, times=1)
    session = world.session()
    end = somebody.ask(world.path(session), QUESTION).follow().end()["html"]
    page = somebody.get(world.path(session)).text
    body = re.compile(r'<div class="ra-a-body">(.*?)<div class="ra-a-foot">', re.DOTALL)
    found = body.search(end)
    assert found
    assert found[1] in page
