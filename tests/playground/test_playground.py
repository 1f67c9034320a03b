"""The playground: a request as form, as code, run with and without script, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.releases import detection
from dashboard.ragflow.releases.release import Release
from dashboard.ragflow.types import Assistant
from ragflow_admin.standin.testing import StandinProcess
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset

QUESTION = "How many days of leave are there?"


@pytest.fixture
def assistant(ragflow: RAGFlow) -> Assistant:
    return assistant_on(ragflow, parsed_dataset(ragflow))


@pytest.fixture
def url(ragflow_server: Server, assistant: Assistant) -> str:
    return ragflow_server.url("playground:assistant", assistant.id)


def filled(**changes: Any) -> dict[str, Any]:
    """The form as submitted, with these changes."""
    return {"do": "run", "role": "user", "content": QUESTION, "model": "model", "reference": "on", **changes}


def sent(standin: StandinProcess, key: str) -> list[dict[str, Any]]:
    """The completions that RAGFlow was asked for."""
    return [one for one in standin.requests(key) if one["path"].endswith("/chat/completions")]


def text_of(response: HttpResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.mark.releases
def test_the_request_is_shown_as_code_without_the_key(
    viewer_client: Client, url: str, standin: StandinProcess, tenant_key: str, assistant: Assistant, release: str
) -> None:
    page = viewer_client.get(url)
    code = text_of(page)
    path = f"/api/v1/{'chats_openai' if release == '0.24' else 'openai'}/{assistant.id}"
    assert f"curl {standin.base_url}{path}/chat/completions" in code
    assert f'base_url="{standin.base_url}{path}"' in code
    assert "Authorization: Bearer YOUR_API_KEY" in code
    assert tenant_key not in page.content.decode()
    assert sent(standin, tenant_key) == []


@pytest.mark.releases
def test_without_script_the_whole_answer_comes_with_the_page(
    viewer_client: Client, url: str, standin: StandinProcess, tenant_key: str, assistant: Assistant
) -> None:
    asked = {"role": ["system", "user"], "content": ["Be brief.", QUESTION], "temperature": "0.5", "metadata": "on"}
    page = text_of(viewer_client.post(url, filled(**asked, fields_wanted="author, year")))
    assert "Complete" in page
    assert "[ID:0]" in page
    assert '"object":"chat.completion"' in page.replace(" ", "")
    assert re.search(r"Tokens \d+ \(\d+ of the question, \d+ of the answer\)", page)
    (request,) = sent(standin, tenant_key)
    assert request["json"] == {
        "model": "model",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}],
        "stream": False,
        "temperature": 0.5,
        "extra_body": {
            "reference": True,
            "reference_metadata": {"include": True, "fields": ["author", "year"]},
        },
    }
    entry = AuditEntry.objects.get()
    assert (entry.username, entry.action, entry.outcome) == ("viewer", "assistant.complete", "ok")
    assert (entry.target_ids, entry.target_names) == ([assistant.id], [assistant.name])


def test_a_stream_is_passed_on_event_by_event(
    viewer_client: Client, ragflow_server: Server, assistant: Assistant
) -> None:
    response = viewer_client.post(
        ragflow_server.url("playground:assistant-run", assistant.id), filled(stream="on", reference="")
    )
    assert response["Content-Type"].startswith("text/event-stream")
    events = re.findall(r"event:(\w+)\ndata:(.*)\n\n", b"".join(response.streaming_content).decode())  # type: ignore[attr-defined]
    chunks = [raw for name, data in events if name == "chunk" for raw in json.loads(data)]
    assert json.loads(chunks[0])["object"] == "chat.completion.chunk"
    assert chunks[-1] == "[DONE]"
    assert [name for name, _ in events][-1] == "end"
    assert f"{len(chunks)} events" in json.loads(events[-1][1])
    assert AuditEntry.objects.get().outcome == "ok"


def test_the_code_follows_what_is_typed(
    viewer_client: Client, url: str, standin: StandinProcess, tenant_key: str
) -> None:
    viewer_client.get(url)
    standin.reset_requests()
    typed = filled(do="code", content='It\'s "true"', meta_key="author", meta_value="Ada")
    code = text_of(viewer_client.post(url, typed, headers={"HX-Request": "true"}))
    assert """"content": "It'"'"'s \\"true\\"\"""" in code
    assert """"content": "It's \\"true\\"",""" in code
    assert '"extra_body": { "reference": True, "metadata_condition": {' in code
    assert standin.requests(tenant_key) == []


def test_messages_are_added_and_removed(viewer_client: Client, url: str) -> None:
    more = viewer_client.post(url, filled(do="add")).content.decode()
    assert re.findall(r'<option value="(\w+)" selected>', more)[:2] == ["user", "assistant"]
    assert QUESTION in more
    two = {"role": ["user", "assistant"], "content": ["First", "Second"]}
    less = viewer_client.post(url, filled(do="remove-0", **two), headers={"HX-Request": "true"}).content.decode()
    assert "Second" in less
    assert "First" not in less


def test_a_conversation_that_ends_without_a_question_is_not_sent(
    viewer_client: Client, url: str, standin: StandinProcess, tenant_key: str
) -> None:
    page = viewer_client.post(url, filled(role="assistant", content="So it is.", temperature="7"))
    assert page.status_code == 422
    assert "The last message must be from the user." in text_of(page)
    assert "Enter a number from 0 to 2." in text_of(page)
    assert "So it is." in page.content.decode()
    assert sent(standin, tenant_key) == []


@pytest.fixture
def newest(standin: StandinProcess, release: str) -> Iterator[None]:
    """The stand-in as 0.27, whatever it is in this run."""
    standin.become("0.27")
    detection.remember(standin.base_url, Release("v0.27.0", (0, 27, 0)))
    yield
    standin.become(release)
    detection.forget(standin.base_url)


@pytest.mark.usefixtures("newest")
def test_what_ragflow_refuses_is_the_answer(viewer_client: Client, url: str) -> None:
    """Only since 0.25 a model must exist."""
    page = viewer_client.post(url, filled(model="gpt-x", stream="on"))
    assert page.status_code == 200
    assert "`llm_id` gpt-x doesn't exist" in text_of(page)
    assert "HTTP 200, code 101" in text_of(page)
    assert AuditEntry.objects.get().outcome == "failed"


def test_a_model_that_fails_is_not_an_answer(viewer_client: Client, url: str) -> None:
    page = text_of(viewer_client.post(url, filled(content="please fail: days of leave", stream="on")))
    assert "Failed INVALID_REQUEST" in page
    assert AuditEntry.objects.get().outcome == "failed"
