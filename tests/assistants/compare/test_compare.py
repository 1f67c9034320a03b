"""Two assistants side by side: both answer, what they share is told, a vote is kept, nothing stays in RAGFlow."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.test import Client

from dashboard.models import AuditEntry, ComparisonVote, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Assistant
from tests.assistants.conftest import World
from tests.support.processes.chat_web import Person

QUESTION = "How many months of parental leave may each parent take?"


@pytest.fixture
def pair(ragflow: RAGFlow) -> tuple[Assistant, Assistant]:
    return ragflow.chats.create(name="First <b>"), ragflow.chats.create(name="Second")


@pytest.mark.releases
def test_both_answer_and_their_sessions_are_deleted(world: World, somebody: Person) -> None:
    other = world.ragflow.chats.create(name="Another", dataset_ids=list(world.assistant.dataset_ids))
    ids = {"a": world.assistant.id, "b": other.id}
    place = somebody.post(f"{world.web.base}compare/ask/", {"question": QUESTION, **ids}).text
    streams = re.findall(r'data-stream="([^"]+)"', place)
    assert len(streams) == 2
    for letter, stream in zip("ab", streams, strict=True):
        events = somebody.get(stream).text
        assert "24 months" in events
        assert f"source-{letter}-1" in events
    hidden = dict(re.findall(r'name="((?:assistant|session)-[ab])" value="(\w+)"', place))
    result = somebody.post(f"{world.web.base}compare/result/", hidden).text
    assert re.search(r"(\d+) of \1 sources? in common", result)
    assert result.count("in both") >= 2
    names = [one.name for id in ids.values() for one in world.ragflow.sessions.list(id)]
    assert "Comparison" not in names
    # Neither side is anybody's to read any more.
    assert somebody.get(streams[0].replace("/a/", "/c/")).status_code == 404
    world.ragflow.chats.delete([other])


def test_a_vote_counts_whichever_side_an_assistant_stands_on(
    viewer_client: Client, curator_client: Client, ragflow_server: Server, pair: tuple[Assistant, Assistant]
) -> None:
    vote, (first, second) = ragflow_server.url("assistants:compare-vote"), pair
    given = {"question": "=Why?", "a": first.id, "b": second.id}
    viewer_client.post(vote, given | {"choice": "a"})
    viewer_client.post(vote, given | {"choice": "tie"})
    swapped = {"question": "Why?", "a": second.id, "b": first.id, "choice": "b"}
    part = viewer_client.post(vote, swapped, headers={"HX-Request": "true"}).content.decode()
    assert "A 0 · B 2 · neither 1" in part
    page = ragflow_server.url("assistants:compare")
    assert "A 2 · B 0 · neither 1" in viewer_client.get(f"{page}?a={first.id}&b={second.id}").content.decode()
    assert viewer_client.post(vote, given | {"choice": "c"}).status_code == 404
    assert viewer_client.post(vote, given | {"choice": "a", "b": "0" * 32}).status_code == 404
    assert ComparisonVote.objects.count() == 3
    assert AuditEntry.objects.filter(action="comparison.vote").count() == 3

    export = ragflow_server.url("assistants:compare-export")
    assert viewer_client.get(export).status_code == 403
    rows = list(csv.DictReader(io.StringIO(curator_client.get(export).content.decode("utf-8-sig"))))
    assert [(row["A"], row["Vote"]) for row in rows][-1] == ("First <b>", "a")
    assert not rows[-1]["Question"].startswith("=")


def test_two_assistants_and_a_question_are_needed(
    viewer_client: Client, ragflow_server: Server, pair: tuple[Assistant, Assistant]
) -> None:
    ask = ragflow_server.url("assistants:compare-ask")
    answer = viewer_client.post(ask, {"a": pair[0].id, "b": "", "question": "Why <i>?"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Choose two assistants first." in page
    assert "Why &lt;i&gt;?" in page
    assert re.search(rf'value="{pair[0].id}" selected', page)
