"""Answers on their way from RAGFlow to the browser, through real processes and real connections."""

from __future__ import annotations

import re

import pytest

from tests.assistants.conftest import World
from tests.support.processes.chat_web import Person
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.releases

QUESTION = "How many months of parental leave may each parent take?"


def test_text_arrives_while_ragflow_is_still_writing(world: World, somebody: Person) -> None:
    world.standin.answering(0.5)
    session = world.session()
    following = somebody.ask(world.path(session), QUESTION).follow()
    following.until("text")
    # The stand-in stores a turn at its end: it is not there yet, though we have seen text of it.
    assert len(world.stored(session).messages) == 1
    following.end()
    assert world.stored(session).messages[1].content == QUESTION


def test_the_answer_comes_as_html_with_numbered_citations_and_their_sources(world: World, somebody: Person) -> None:
    end = somebody.ask(world.path(world.session()), QUESTION).follow().end()
    assert end["status"] == "done"
    assert "24 months" in end["html"]
    assert re.search(r'<a class="ra-cite"[^>]*data-cite="1"[^>]*>1</a>', end["html"])
    assert "[ID:" not in re.sub(r'data-copy-text="[^"]*"', "", end["html"])
    assert "policy.txt" in end["sources"]
    assert "Hybrid" in end["sources"]


def test_scores_are_there_after_a_reload(world: World, somebody: Person, release: str) -> None:
    """0.24 does not; we remember those of the latest turn."""
    session = world.session()
    somebody.ask(world.path(session), QUESTION).follow().end()
    assert "Hybrid" in somebody.get(world.path(session)).text
    somebody.ask(world.path(session), "What may a hotel in Zurich cost?").follow().end()
    assert "Hybrid" in somebody.get(world.path(session)).text
    assert ("Hybrid" in somebody.get(f"{world.path(session)}?answer=1").text) == (release != "0.24")


def test_the_plain_text_is_never_more_than_what_the_html_has(world: World, somebody: Person) -> None:
    """Marks are never shown as text, wherever the frames cut them."""
    texts, htmls = [], []
    for name, data in somebody.ask(world.path(world.session()), QUESTION).follow():
        if name == "text":
            texts.append(data)
        elif name == "html":
            htmls.append(data["done"] + data["open"])
    assert "".join(texts)
    assert not re.search(r"\[ID|\d\]", "".join(texts))
    assert htmls
    assert not any("[ID" in html for html in htmls)


def test_a_turn_is_read_to_its_end_when_the_browser_leaves(world: World, somebody: Person) -> None:
    world.standin.answering(0.5)
    session = world.session()
    following = somebody.ask(world.path(session), QUESTION).follow()
    following.until("text")
    following.leave()
    stored = wait_until(
        lambda: len(found := world.stored(session).messages) == 3 and found, what="RAGFlow has stored the turn"
    )
    assert "24 months" in stored[2].content
    page = somebody.get(world.path(session))
    assert "24 months" in page.text
    assert "data-stream" not in page.text


def test_a_turn_is_asked_once_however_many_follow_it(world: World, somebody: Person) -> None:
    world.standin.answering(0.5)
    session = world.session()
    asked = somebody.ask(world.path(session), QUESTION)
    first = asked.follow()
    first.until("text")
    # Eight more, so that both processes are met.
    others = [asked.follow() for _ in range(8)]
    ends = [other.end() for other in others]
    assert {end["status"] for end in ends} == {"done"}
    assert all("24 months" in end["html"] for end in ends)
    assert first.end()["status"] == "done"
    assert asked.follow().end()["status"] == "done"
    assert _questions(world) == 1
    assert len(world.stored(session).messages) == 3


def test_a_page_loaded_in_mid_answer_shows_the_question_and_goes_on(world: World, somebody: Person) -> None:
    world.standin.answering(1)
    session = world.session()
    asked = somebody.ask(world.path(session), QUESTION)
    following = asked.follow()
    following.until("text")
    page = somebody.get(world.path(session))
    assert QUESTION in page.text
    assert f'data-stream="{asked.stream_path}"' in page.text
    following.leave()
    seen = asked.follow()
    reset = seen.until("html")
    assert reset["reset"] is True
    assert seen.end()["status"] == "done"
    assert _questions(world) == 1


def test_stop_works_from_every_process_and_closes_upstream(world: World, somebody: Person) -> None:
    for _attempt in range(3):  # whichever of the two processes is hit
        world.standin.fault("stall", path="/completions", after=2, seconds=60, times=1)
        session = world.session()
        asked = somebody.ask(world.path(session), QUESTION)
        following = asked.follow()
        following.until("text")
        asked.stop()
        end = following.end()
        assert end["status"] == "stopped"
        assert "save stopped answers" in end["html"]
        page = somebody.get(world.path(session))
        assert QUESTION in page.text
        assert "save stopped answers" in page.text
        assert len(world.stored(session).messages) == 1


def test_a_turn_can_be_stopped_before_ragflow_has_begun_to_answer(world: World, somebody: Person) -> None:
    world.standin.fault("slow", path="/completions", seconds=8, times=1)
    session = world.session()
    asked = somebody.ask(world.path(session), QUESTION)
    following = asked.follow()
    asked.stop()
    assert following.end()["status"] == "stopped"
    # The session is free again at once.
    world.standin.clear_faults()
    assert somebody.ask(world.path(session), QUESTION).follow().end()["status"] == "done"


def test_a_second_question_waits_for_the_first(world: World, somebody: Person) -> None:
    world.standin.answering(1)
    session = world.session()
    asked = somebody.ask(world.path(session), QUESTION)
    following = asked.follow()
    following.until("text")
    refused = somebody.post(f"{world.path(session)}ask/", {"question": "And what about hotels?"})
    assert refused.status_code == 422
    assert refused.headers["HX-Retarget"] == "#composer"
    assert "still being written" in refused.text
    assert "And what about hotels?" in refused.text
    following.end()
    assert _questions(world) == 1
    assert somebody.ask(world.path(session), "And what about hotels?").follow().end()["status"] == "done"


def test_an_answer_cut_off_keeps_the_text_and_offers_to_ask_again(world: World, somebody: Person) -> None:
    world.standin.fault("cut_stream", path="/completions", after=3, times=1)
    session = world.session()
    end = somebody.ask(world.path(session), QUESTION).follow().end()
    assert end["status"] == "broken"
    assert "The answer was cut off" in end["html"]
    assert "Ask again" in end["html"]
    body = re.search(r'<div class="ra-a-body">(.*?)</div>\s*<div class="ra-banner', end["html"], re.DOTALL)
    assert body
    assert re.search(r"\w{3}", re.sub("<[^>]+>", "", body[1]))
    page = somebody.get(world.path(session)).text
    assert QUESTION in page
    assert "The answer was cut off" in page
    # Asked again, the broken turn makes room.
    again = somebody.ask(world.path(session), QUESTION)
    assert 'hx-swap-oob="delete"' in again.html
    assert again.follow().end()["status"] == "done"
    assert "The answer was cut off" not in somebody.get(world.path(session)).text


@pytest.mark.parametrize("kind", ["drop", "error500", "html", "half_json"])
def test_a_question_that_ragflow_does_not_answer_is_kept_on_the_page(world: World, somebody: Person, kind: str) -> None:
    world.standin.fault(kind, path="/completions", times=1)
    session = world.session()
    end = somebody.ask(world.path(session), QUESTION).follow().end()
    assert end["status"] == "broken"
    assert "RAGFlow didn't answer" in end["html"]
    page = somebody.get(world.path(session)).text
    assert QUESTION in page
    assert "Ask again" in page
    assert somebody.ask(world.path(session), QUESTION).follow().end()["status"] == "done"


def test_a_model_error_is_shown_as_one_now_and_in_history(world: World, somebody: Person) -> None:
    world.standin.fault("error_answer", path="/completions", times=1)
    session = world.session()
    end = somebody.ask(world.path(session), QUESTION).follow().end()
    assert end["status"] == "failed"
    assert "The model couldn't answer" in end["html"]
    assert "**ERROR**" not in end["html"]
    page = somebody.get(world.path(session)).text
    assert "The model couldn't answer" in page
    assert "**ERROR**" not in page


def test_thinking_is_kept_apart_from_the_answer_and_folded(world: World, somebody: Person) -> None:
    world.standin.fault("think", path="/completions", times=1)
    session = world.session()
    thoughts, texts, thought = [], [], None
    for name, data in somebody.ask(world.path(session), QUESTION).follow():
        if name == "think":
            thoughts.append(data)
        elif name == "thought":
            thought = data
        elif name == "text":
            texts.append(data)
    assert len("".join(thoughts)) > 10
    assert thought is not None
    assert "".join(thoughts).strip() not in "".join(texts)
    page = somebody.get(world.path(session)).text
    assert "<details" in page
    assert "&lt;think&gt;" not in page


def test_a_missing_final_frame_costs_only_the_scores(world: World, somebody: Person) -> None:
    """The sources are looked up in the session, where RAGFlow has stored them."""
    world.standin.fault("no_final_frame", path="/completions", times=1)
    end = somebody.ask(world.path(world.session()), QUESTION).follow().end()
    assert end["status"] == "done"
    assert 'data-cite="1"' in end["html"]
    assert "RAGFlow did not return this source" not in end["html"]
    assert "policy.txt" in end["sources"]


def test_a_stream_without_its_closing_frame_is_not_taken_for_an_answer(world: World, somebody: Person) -> None:
    world.standin.fault("no_terminator", path="/completions", times=1)
    assert somebody.ask(world.path(world.session()), QUESTION).follow().end()["status"] == "broken"


def test_a_silent_upstream_is_kept_alive_and_can_be_stopped(world: World, somebody: Person) -> None:
    world.standin.fault("stall", path="/completions", after=2, seconds=30, times=1)
    asked = somebody.ask(world.path(world.session()), QUESTION)
    following = asked.follow()
    following.until("text")
    kept = b""
    while b": keep" not in kept:
        piece = following.response.raw.read1(65536)
        assert piece
        kept = piece if b": keep" in piece else b""
    asked.stop()
    assert following.end()["status"] == "stopped"


def test_without_script_the_answer_comes_whole(world: World, somebody: Person) -> None:
    session = world.session()
    page = somebody.post(f"{world.path(session)}ask/", {"question": QUESTION}, htmx=False)
    assert page.status_code == 200
    assert page.url.endswith(world.path(session))
    assert "24 months" in page.text
    assert "data-stream" not in page.text
    refused = somebody.post(f"{world.path(session)}ask/", {"question": "  "}, htmx=False)
    assert refused.status_code == 422
    assert "Enter a question." in refused.text
    assert "24 months" in refused.text


def test_the_first_question_opens_a_session_named_after_it(world: World, somebody: Person) -> None:
    new = f"{world.web.base}{world.assistant.id}/sessions/new/"
    answer = somebody.post(new, {"question": QUESTION})
    where = answer.headers["HX-Redirect"]
    page = somebody.get(where).text
    assert QUESTION in page
    assert "data-stream" in page
    plain = somebody.post(new, {"question": "What may a hotel cost?"}, htmx=False)
    assert "What may a hotel cost?" in plain.text
    assert "180 francs" in plain.text
    names = [session.name for session in world.ragflow.sessions.list(world.assistant.id)]
    assert "What may a hotel cost?" in names
    assert QUESTION in names


def test_a_turn_of_another_session_or_assistant_is_not_shown(world: World, somebody: Person) -> None:
    session = world.session()
    asked = somebody.ask(world.path(session), QUESTION)
    elsewhere = asked.stream_path.replace(world.assistant.id, "0" * 32)
    end = asked.follow().end()
    assert end["html"]
    answer = somebody.get(elsewhere)
    assert '"html":""' in answer.text
    assert "24 months" not in answer.text


def test_every_question_is_audited_once(world: World, somebody: Person) -> None:
    session = world.session()
    somebody.ask(world.path(session), QUESTION).follow().end()
    wait_until(
        lambda: world.web.log().count(f"session.ask session {session.id}: ok") == 1, what="the audit has the turn"
    )


def _questions(world: World) -> int:
    """How many questions the stand-in has received."""
    return sum(one["path"].endswith("/completions") for one in world.standin.requests(world.key))
