"""Recorded answers about assistants."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture
from tests.support.ragflow.expected import (
    CHAT,
    D,
    moment,
)
from tests.support.ragflow.fake_upstream import FakeServer

CREATED_CHATS = ["0332", "0334", "0335", "0340", "0341", "0347", "0376", "0377", "0378", "0379"]


@pytest.mark.parametrize("number", CREATED_CHATS)
def test_a_recorded_creation_of_an_assistant_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    wanted = dict(recorded.sent)
    if "prompt" in wanted:
        # What the recording sends under this name is the weight of the vectors.
        prompt = dict(wanted["prompt"])
        prompt["vector_similarity_weight"] = prompt.pop("keywords_similarity_weight")
        wanted["prompt"] = prompt
    assistant = client.chats.create(**wanted)
    assert fake.received[0].json == {"dataset_ids": [], **recorded.sent}
    assert assistant.id == recorded.data["id"]
    assert assistant.name == recorded.data["name"]
    assert assistant.description == recorded.data["description"]
    assert list(assistant.dataset_ids) == recorded.data["dataset_ids"]
    assert assistant.llm == recorded.data["llm"]
    assert assistant.prompt["opener"] == recorded.data["prompt"]["opener"]
    assert assistant.created_at == moment(recorded.data["create_time"])


def test_the_weight_of_the_vectors_is_what_was_sent_as_that_of_the_keywords(fake: FakeServer, client: RAGFlow) -> None:
    """0335 sent 0.6 and got 0.4 back; 0.6 is in effect."""
    fake.on("POST", "/api/v1/chats", capture("0335").reply)
    assistant = client.chats.create(name="x")
    assert capture("0335").sent["prompt"]["keywords_similarity_weight"] == 0.6
    assert assistant.prompt["vector_similarity_weight"] == 0.6


CHAT_LISTS: dict[str, dict[str, Any]] = {
    "0331": {},
    "0350": {},
    "0351": {"page": 1, "page_size": 1},
    "0359": {"page": 99},
}


@pytest.mark.parametrize("number", CHAT_LISTS)
def test_a_recorded_list_of_assistants_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    page = client.chats.list(**CHAT_LISTS[number])
    assert page.total is None
    assert page.pages is None
    for assistant, row in zip(page.items, recorded.data, strict=True):
        assert (assistant.id, assistant.name) == (row["id"], row["name"])
        assert [list(pair) for pair in assistant.datasets] == [[one["id"], one["name"]] for one in row["datasets"]]
        assert list(assistant.dataset_ids) == [one["id"] for one in row["datasets"]]
        shown = row["prompt"]["keywords_similarity_weight"]
        assert assistant.prompt["vector_similarity_weight"] == pytest.approx(1 - shown)
        assert assistant.llm == row["llm"]


@pytest.mark.parametrize(
    ("number", "temperature", "top_n", "opener", "dataset_ids"),
    [
        ("0352", 0.1, 6, "Hi! I'm your assistant. What can I do for you?", (D,)),
        # In between it was renamed without naming its datasets, which unlinked them.
        ("0362", 0.7, 6, "Hi! I'm your assistant. What can I do for you?", ()),
        ("0364", 0.7, 3, "Hi! How can I help?", ()),
    ],
)
def test_a_recorded_assistant_is_read(
    number: str,
    temperature: float,
    top_n: int,
    opener: str,
    dataset_ids: tuple[str, ...],
    fake: FakeServer,
    client: RAGFlow,
) -> None:
    fake.on("GET", capture(number).path, capture(number).reply)
    assistant = client.chats.get(CHAT)
    assert assistant.llm["temperature"] == temperature
    assert (assistant.prompt["top_n"], assistant.prompt["opener"]) == (top_n, opener)
    assert assistant.dataset_ids == dataset_ids


@pytest.mark.parametrize("number", ["0360", "0361", "0363", "0366", "0373"])
def test_a_recorded_update_of_an_assistant_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", ".*", capture("0352").reply)
    fake.on("PUT", recorded.path, recorded.reply)
    changed = client.chats.update(things.assistant(), **recorded.sent)
    assert fake.writes[0].json == {"dataset_ids": [D], **recorded.sent}
    for key, value in recorded.sent.items():
        got = getattr(changed, key)
        assert list(got) == value if key == "dataset_ids" else got == value or got.items() >= value.items()
