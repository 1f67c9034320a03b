"""The published client of OpenAI's API, and the code that the playground shows, with RAGFlow's endpoints."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import openai
import pytest

from dashboard.playground import code
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.completions.completions import Target
from dashboard.ragflow.dialects.completions import Wanted
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset

pytestmark = pytest.mark.releases
QUESTION = "How many days of leave are there?"


@pytest.fixture
def target(ragflow: RAGFlow) -> Target:
    assistant = assistant_on(ragflow, parsed_dataset(ragflow))
    return Target("assistant", assistant.id, assistant.name)


def test_the_published_client_holds_a_conversation(ragflow: RAGFlow, target: Target, tenant_key: str) -> None:
    address = ragflow.completions.request(target, Wanted((("user", QUESTION),))).base_url
    client = openai.OpenAI(api_key=tenant_key, base_url=address, max_retries=0)
    messages: list[dict[str, Any]] = [{"role": "user", "content": QUESTION}]
    extra = {"extra_body": {"reference": True}}
    first = client.chat.completions.create(model="model", messages=messages, stream=False, extra_body=extra)
    said = first.choices[0].message
    assert "[ID:0]" in said.content
    assert said.reference[0]["document_name"]
    assert first.usage.total_tokens == first.usage.prompt_tokens + first.usage.completion_tokens
    messages += [{"role": "assistant", "content": said.content}, {"role": "user", "content": "And how much of it?"}]
    chunks = list(client.chat.completions.create(model="model", messages=messages, stream=True, extra_body=extra))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert text == chunks[-1].choices[0].delta.final_content
    client.close()


@pytest.mark.parametrize("streams", [True, False])
def test_the_code_that_is_shown_runs(streams: bool, ragflow: RAGFlow, target: Target, tenant_key: str) -> None:
    wanted = Wanted((("user", QUESTION),), stream=streams, references=True, metadata=(), more={"temperature": 0.5})
    program = code.python(ragflow.completions.request(target, wanted)).replace(code.KEY, tenant_key)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(program, {})
    expected, _body = ragflow.completions.ask(target, wanted)
    assert printed.getvalue().strip() == expected.text
