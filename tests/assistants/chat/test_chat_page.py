"""The chat page as it is loaded: history, sources, sessions, and what it costs upstream."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from dashboard.assistants.chat import turns
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Assistant, Session
from ragflow_admin.standin.testing import StandinProcess
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset

QUESTION = "How many months of parental leave may each parent take?"
HOSTILE = "<img src=x onerror=alert(1)>\"'<script>"


@pytest.fixture
def assistant(ragflow: RAGFlow) -> Assistant:
    return assistant_on(ragflow, parsed_dataset(ragflow))


@pytest.fixture
def asked(ragflow: RAGFlow, assistant: Assistant) -> Session:
    """A session with two questions and their answers."""
    session = ragflow.sessions.create(assistant, "Leave and hotels")
    for question in (QUESTION, "What may a hotel in Zurich cost?"):
        with ragflow.sessions.ask(session, question) as conversation:
            conversation.read_to_end()
    return session


def url(server: Server, session: Session) -> str:
    return server.url("assistants:session", session.assistant_id, session.id)


def text(response: Any) -> str:
    assert response.status_code == 200, response.content.decode()[:400]
    return str(response.content.decode())


@pytest.mark.releases
def test_history_shows_each_answer_with_its_own_sources(
    curator_client: Client, ragflow_server: Server, asked: Session, release: str
) -> None:
    page = text(curator_client.get(url(ragflow_server, asked)))
    assert page.index(QUESTION) < page.index("24 months") < page.index("What may a hotel") < page.index("180 francs")
    # The last answer's sources are beside it, with scores if the history has them.
    assert 'data-pane="2"' in page
    assert "policy.txt" in page
    assert ("Hybrid" in page) == (release != "0.24")
    first = text(curator_client.get(url(ragflow_server, asked) + "?answer=1&source=1"))
    assert 'data-pane="1"' in first
    assert re.search(r'id="source-1"[^>]*aria-current="true"', first)


@pytest.mark.releases
def test_a_source_leads_to_its_chunk_and_its_document(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, asked: Session
) -> None:
    page = text(curator_client.get(url(ragflow_server, asked)))
    source = ragflow.sessions.get(asked.assistant_id, asked.id).messages[-1].sources[0]
    chunk_url = ragflow_server.url("chunks:list", source.dataset_id, source.document_id)
    assert f'href="{chunk_url}?chunk={source.id}"' in page
    assert ragflow_server.url("documents:download", source.dataset_id, source.document_id) in page


@pytest.mark.releases
def test_the_pane_of_sources_comes_alone_and_shows_what_is_asked_for(
    curator_client: Client, ragflow_server: Server, asked: Session
) -> None:
    pane = ragflow_server.url("assistants:source", asked.assistant_id, asked.id)
    cited = text(curator_client.get(f"{pane}?answer=1&show=cited"))
    assert "<html" not in cited
    assert re.search(r'aria-current="true">Cited', cited)
    found = text(curator_client.get(f"{pane}?answer=1&show=found"))
    assert re.search(r'aria-current="true">Found', found)
    # Nonsense in the address is as if it were not there.
    text(curator_client.get(f"{pane}?answer=999999999999&source=-1&show=<script>"))
    text(curator_client.get(f"{pane}?answer=0&source=٣&show="))


@pytest.mark.releases
def test_a_page_costs_two_calls_upstream_and_one_for_names_not_known_yet(
    curator_client: Client, ragflow_server: Server, standin: StandinProcess, tenant_key: str, asked: Session
) -> None:
    for names in (["documents"], []):
        standin.reset_requests()
        text(curator_client.get(url(ragflow_server, asked)))
        # Without the assistant's id, which 0.24 has in the query.
        paths = [one["path"].removesuffix(f"/{asked.assistant_id}") for one in standin.requests(tenant_key)]
        assert sorted(path.rsplit("/", 1)[-1] for path in paths) == sorted(["chats", "sessions", *names])
    standin.reset_requests()
    text(curator_client.get(ragflow_server.url("assistants:chat", asked.assistant_id)))
    assert len(standin.requests(tenant_key)) == 2


@pytest.mark.releases
def test_a_conversation_that_has_not_begun_shows_the_opener(
    curator_client: Client, ragflow_server: Server, assistant: Assistant
) -> None:
    page = text(curator_client.get(ragflow_server.url("assistants:chat", assistant.id)))
    assert "Ask me about policies." in page
    assert ragflow_server.url("assistants:session-new", assistant.id) in page


@pytest.mark.releases
def test_sessions_come_by_page_and_say_when_there_may_be_more(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, assistant: Assistant
) -> None:
    for number in range(32):
        ragflow.sessions.create(assistant, f"Session number {number}")
    page = text(curator_client.get(ragflow_server.url("assistants:chat", assistant.id)))
    assert page.count('id="session-name-') == 30
    more = re.search(r'hx-get="([^"]+sessions/\?page=2[^"]*)"', page)
    assert more
    rest = text(curator_client.get(more[1].replace("&amp;", "&"), headers={"HX-Request": "true"}))
    assert rest.count('id="session-name-') == 2
    assert "<html" not in rest
    assert "Today" not in rest  # its heading is on the page already
    assert "page=3" not in rest
    whole = text(curator_client.get(ragflow_server.url("assistants:sessions", assistant.id) + "?page=2"))
    assert "<html" in whole


@pytest.mark.releases
def test_hostile_names_questions_and_chunks_are_text(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow
) -> None:
    dataset = parsed_dataset(ragflow, f"Parental leave {HOSTILE} takes 24 months.", "<b>policy<b>.txt")
    hostile = assistant_on(ragflow, dataset, HOSTILE)
    session = ragflow.sessions.create(hostile, HOSTILE)
    with ragflow.sessions.ask(session, f"Parental leave {HOSTILE}?") as conversation:
        conversation.read_to_end()
    page = text(curator_client.get(url(ragflow_server, session)))
    assert "&lt;img src=x" in page
    assert "<img" not in page
    assert "<script>" not in page.replace('<script type="module"', "")
    assert "<b>policy" not in page
    assert "<img" not in text(curator_client.get(ragflow_server.url("assistants:list")))


def test_a_blank_name_is_told_apart_by_its_id(curator_client: Client, ragflow_server: Server, ragflow: RAGFlow) -> None:
    blank = ragflow.chats.create(name=" ")
    page = text(curator_client.get(ragflow_server.url("assistants:list")))
    assert "(blank name)" in page
    assert blank.id in page
    assert "(blank name)" in text(curator_client.get(ragflow_server.url("assistants:chat", blank.id)))


@pytest.mark.releases
def test_thinking_in_history_is_folded_away(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, standin: StandinProcess, assistant: Assistant
) -> None:
    session = ragflow.sessions.create(assistant, "Thinking")
    standin.fault("think", path="/completions", times=1)
    with ragflow.sessions.ask(session, QUESTION) as conversation:
        conversation.read_to_end()
    page = text(curator_client.get(url(ragflow_server, session)))
    assert "Reasoning" in page
    assert "think&gt;" not in page


@pytest.mark.releases
def test_a_turn_whose_reader_died_is_shown_as_lost_and_frees_the_session(
    curator_client: Client, ragflow_server: Server, asked: Session, monkeypatch: pytest.MonkeyPatch, ragflow: RAGFlow
) -> None:
    now = ragflow.sessions.get(asked.assistant_id, asked.id)
    turn = turns.claim(turns.register(ragflow_server, now, "And what about dogs?"))
    assert turn
    turns.save(replace(turn, text="Dogs may"))
    assert "data-stream" in text(curator_client.get(url(ragflow_server, asked)))
    monkeypatch.setattr(turns, "ALIVE_FOR", 0)
    turns.send_heartbeat()  # for the last time
    page = text(curator_client.get(url(ragflow_server, asked)))
    assert "And what about dogs?" in page
    assert "Dogs may" in page
    assert "This answer was lost" in page
    assert "data-stream" not in page
    again = turns.register(ragflow_server, now, "And what about dogs?")
    # The reader was only late: what it has to say comes too late, too.
    turns.save(replace(turn, text="Dogs may not"))
    assert turns.current(ragflow_server, asked.id) == again


@pytest.mark.releases
def test_another_assistants_session_is_refused(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, asked: Session
) -> None:
    other = ragflow.chats.create(name="Another")
    for name in ("assistants:session", "assistants:session-rename", "assistants:source"):
        assert curator_client.get(ragflow_server.url(name, other.id, asked.id)).status_code == 404
    refused = curator_client.post(ragflow_server.url("assistants:ask", other.id, asked.id), {"question": "x"})
    assert refused.status_code == 404


@pytest.mark.releases
def test_what_was_deleted_in_another_tab_is_not_found(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, asked: Session, assistant: Assistant
) -> None:
    ragflow.sessions.delete([asked])
    assert curator_client.get(url(ragflow_server, asked)).status_code == 404
    ragflow.chats.delete([ragflow.chats.get(assistant.id)])
    assert curator_client.get(ragflow_server.url("assistants:chat", assistant.id)).status_code == 404


@pytest.mark.releases
@pytest.mark.parametrize("kind", ["error500", "html", "half_json", "data_false", "drop"])
def test_a_bad_day_of_ragflow_is_said_on_the_page(
    curator_client: Client, ragflow_server: Server, standin: StandinProcess, assistant: Assistant, kind: str
) -> None:
    standin.fault(kind, path="/chats")
    for page in ("assistants:list", "assistants:chat"):
        arguments = () if page == "assistants:list" else (assistant.id,)
        response = curator_client.get(ragflow_server.url(page, *arguments))
        assert response.status_code >= 500
        assert "Test server" in response.content.decode()
