"""Recorded assistants of 0.25.4 and 0.27.0: the types are those of 0.24, the requests those of the release."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import NotFound, Rejected, UnsafeCall
from dashboard.ragflow.types import Assistant
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture, recorded_by
from tests.support.ragflow.expected import NOBODYS, moment
from tests.support.ragflow.fake_upstream import FakeServer, Reply

# What 0.24 calls them, which 0.25 and later ignore without an error.
OLD_KEYS = {"llm", "prompt", "avatar", "keywords_similarity_weight"}

# Ours, and those of ``prompt_config``.
NAMES = {
    "prompt": "system",
    "opener": "prologue",
    "variables": "parameters",
    "show_quote": "quote",
    "empty_response": "empty_response",
}


def check(assistant: Assistant, row: dict[str, Any]) -> None:
    config = row["prompt_config"]
    assert (assistant.id, assistant.name) == (row["id"], row["name"])
    assert (assistant.description, assistant.avatar) == (row["description"], row["icon"])
    assert list(assistant.dataset_ids) == row["dataset_ids"]
    assert [list(pair) for pair in assistant.datasets] == [
        list(pair) for pair in zip(row["dataset_ids"], row["kb_names"], strict=True)
    ]
    assert assistant.llm == {**row["llm_setting"], "model_name": row["llm_id"]}
    # Some were recorded after a change that lost all but one of them.
    for ours, theirs in NAMES.items():
        assert assistant.prompt.get(ours, "none") == config.get(theirs, "none")
    for key in ("similarity_threshold", "vector_similarity_weight", "top_n", "top_k"):
        assert assistant.prompt[key] == row[key]
    assert assistant.prompt["rerank_model"] == row["rerank_id"]
    assert assistant.metadata_filter == row.get("meta_data_filter", {})
    assert assistant.created_at == moment(row["create_time"])
    assert assistant.updated_at == moment(row["update_time"])


LISTS = [
    *(("0.25.4", number) for number in ("0330", "0349", "0350", "0353")),
    *(("0.27.0", number) for number in ("0296", "0314", "0315", "0318", "1342")),
]


@pytest.mark.parametrize(("release", "number"), LISTS)
def test_a_list_of_assistants_has_its_total(release: str, number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = recorded_by(fake, release, number)
    page = client.chats.list()
    assert page.total == recorded.data["total"]
    assert page.pages is not None
    for assistant, row in zip(page.items, recorded.data["chats"], strict=True):
        check(assistant, row)


@pytest.mark.parametrize(("release", "number"), [("0.25.4", "0817"), ("0.27.0", "0768")])
def test_an_assistant_is_read_by_its_id(release: str, number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = recorded_by(fake, release, number)
    check(client.chats.get(recorded.data["id"]), recorded.data)
    assert fake.asked == [("GET", recorded.path)]


@pytest.mark.parametrize(("release", "number"), [("0.25.4", "0818"), ("0.27.0", "0769"), ("0.27.0", "1349")])
def test_an_assistant_that_is_missing_or_somebody_elses_is_not_found(
    release: str, number: str, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = recorded_by(fake, release, number)
    with pytest.raises(NotFound):
        client.chats.get(recorded.path.rpartition("/")[2])


CREATED: dict[tuple[str, str], dict[str, Any]] = {
    ("0.25.4", "0331"): {},
    ("0.25.4", "0333"): {},
    ("0.27.0", "0297"): {},
    ("0.27.0", "0299"): {},
    ("0.27.0", "1336"): {
        "llm": {"model_name": "fake-chat@fake@OpenAI-API-Compatible"},
        "prompt": {"similarity_threshold": 0.01, "top_n": 4},
    },
    ("0.27.0", "1338"): {"llm": {"model_name": "fake-chat@OpenAI-API-Compatible"}},
    ("0.27.0", "1554"): {
        "prompt": {
            "prompt": "Be short. {knowledge}",
            "opener": "hi",
            "empty_response": "",
            "show_quote": True,
            "variables": [{"key": "knowledge", "optional": True}],
            "similarity_threshold": 0.01,
        }
    },
}


@pytest.mark.parametrize(("release", "number"), CREATED)
def test_an_assistant_is_created_with_the_keys_of_its_release(
    release: str, number: str, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = recorded_by(fake, release, number)
    made = client.chats.create(
        name=recorded.sent["name"], dataset_ids=recorded.sent.get("dataset_ids", ()), **CREATED[release, number]
    )
    assert fake.writes[0].json == {"dataset_ids": [], **recorded.sent}
    check(made, recorded.data)


@pytest.mark.parametrize("release", ["0.25.4", "0.27.0"])
def test_nothing_is_sent_under_the_old_names(release: str, fake: FakeServer, client: RAGFlow) -> None:
    """RAGFlow would ignore them without a word, and create or keep something else."""
    stored = recorded_by(fake, release, {"0.25.4": "0817", "0.27.0": "0768"}[release])
    recorded_by(fake, release, {"0.25.4": "0819", "0.27.0": "0770"}[release])
    recorded_by(fake, release, {"0.25.4": "0331", "0.27.0": "0297"}[release])
    everything: dict[str, Any] = {
        "avatar": "data:image/png;base64,AAAA",
        "llm": {"model_name": "m@i@p", "temperature": 0.9},
        "prompt": {"prompt": "Say {knowledge}", "top_n": 8, "vector_similarity_weight": 0.8, "rerank_model": "r@i@p"},
    }
    client.chats.create(name="Helper", **everything)
    client.chats.update(things.assistant(id=stored.data["id"]), **everything)
    created, updated = (request.json for request in fake.writes)
    assert not OLD_KEYS & {*created, *updated, *created["prompt_config"], *updated["prompt_config"]}
    for body in (created, updated):
        assert body["icon"] == "data:image/png;base64,AAAA"
        assert (body["llm_id"], body["llm_setting"]["temperature"]) == ("m@i@p", 0.9)
        assert (body["top_n"], body["rerank_id"]) == (8, "r@i@p")
        assert body["vector_similarity_weight"] == 0.8, "not one minus it, as 0.24 means it"
        assert "tenant_llm_id" not in body, "RAGFlow refuses one that doesn't fit"
        assert body["prompt_config"]["system"] == "Say {knowledge}"


@pytest.mark.parametrize(
    ("release", "stored", "number", "change"),
    [
        ("0.25.4", "0817", "0819", {"name": "patched-1795296308.941979"}),
        ("0.27.0", "0768", "0770", {"name": "patched-1795296308.941979"}),
        ("0.25.4", "0817", "0821", {"llm": {"temperature": 0.33}}),
        ("0.27.0", "0768", "0772", {"llm": {"temperature": 0.33}}),
    ],
)
def test_a_change_sends_only_what_differs(
    release: str, stored: str, number: str, change: dict[str, Any], fake: FakeServer, client: RAGFlow
) -> None:
    before = recorded_by(fake, release, stored)
    recorded = recorded_by(fake, release, number)
    changed = client.chats.update(things.assistant(id=before.data["id"]), **change, description="A helpful Assistant")
    assert [(one.method, one.path, one.json) for one in fake.writes] == [("PATCH", recorded.path, recorded.sent)]
    assert list(changed.dataset_ids) == recorded.data["dataset_ids"], "which were not sent"


@pytest.mark.parametrize(("release", "stored", "number"), [("0.25.4", "0817", "0820"), ("0.27.0", "0768", "0771")])
def test_the_prompt_settings_are_sent_whole(
    release: str, stored: str, number: str, fake: FakeServer, client: RAGFlow
) -> None:
    """A partial ``prompt_config`` that replaces the stored one leaves an assistant that cannot answer."""
    before = recorded_by(fake, release, stored)
    recorded_by(fake, release, number)
    client.chats.update(things.assistant(id=before.data["id"]), prompt={"opener": "Patched hello"})
    config = {**before.data["prompt_config"], "prologue": "Patched hello"}
    assert fake.writes[0].json == {"prompt_config": config}


def test_an_assistant_without_system_prompt_is_not_left_so(fake: FakeServer, client: RAGFlow) -> None:
    stored = capture("0768", "0.27.0").data | {"prompt_config": {"prologue": "only this"}}
    fake.release = "v0.27.0"
    fake.on("GET", ".*", Reply({"code": 0, "data": stored}))
    fake.on("PATCH", ".*", Reply({"code": 0, "data": stored}))
    with pytest.raises(UnsafeCall):
        client.chats.update(things.assistant(id=stored["id"]), prompt={"opener": "Hello"})
    assert fake.writes == []
    client.chats.update(things.assistant(id=stored["id"]), prompt={"prompt": "Say {knowledge}"})
    assert fake.writes[0].json == {"prompt_config": {"prologue": "only this", "system": "Say {knowledge}"}}


def test_a_name_in_use_and_a_model_that_is_gone_are_refused(fake: FakeServer, client: RAGFlow) -> None:
    recorded_by(fake, "0.27.0", "1339")
    with pytest.raises(Rejected, match="`llm_id` fake-chat doesn't exist"):
        client.chats.create(name="x", llm={"model_name": "fake-chat"})
    recorded_by(fake, "0.27.0", "0768")
    recorded_by(fake, "0.27.0", "1356")
    fake.on("PATCH", ".*", capture("1356", "0.27.0").reply)
    with pytest.raises(Rejected, match="duplicate key"):
        client.chats.update(
            things.assistant(id=capture("0768", "0.27.0").data["id"]), prompt={"variables": [{"key": "knowledge"}] * 2}
        )


@pytest.mark.parametrize(("release", "number"), [("0.25.4", "0379"), ("0.27.0", "0344")])
def test_assistants_are_deleted_by_their_ids_and_nothing_else(
    release: str, number: str, fake: FakeServer, client: RAGFlow
) -> None:
    """A ``chat_id`` in this body deletes an assistant whoever it belongs to; ``delete_all`` all of ours."""
    recorded = recorded_by(fake, release, number)
    chosen = tuple(things.assistant(id=id) for id in recorded.sent["ids"])
    assert client.chats.delete(chosen).deleted == chosen
    with pytest.raises(UnsafeCall):
        client.chats.delete([])
    assert [(one.method, one.path, one.json) for one in fake.writes] == [
        ("DELETE", "/api/v1/chats", {"ids": [one.id for one in chosen]})
    ]


@pytest.mark.parametrize(("release", "number"), [("0.25.4", "0380"), ("0.27.0", "0345")])
def test_deleting_a_deleted_assistant_finds_nothing(
    release: str, number: str, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = recorded_by(fake, release, number)
    with pytest.raises(NotFound):
        client.chats.delete([things.assistant(id=recorded.sent["ids"][0])])


@pytest.mark.parametrize(
    ("release", "number", "missing", "stored"),
    [("0.25.4", "0381", "0818", "0817"), ("0.27.0", "0346", "0769", "0768")],
)
def test_after_a_partial_delete_each_assistant_is_looked_up(
    release: str, number: str, missing: str, stored: str, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = recorded_by(fake, release, number)
    recorded_by(fake, release, missing)
    gone, unknown = (things.assistant(id=id) for id in recorded.sent["ids"])
    row = capture(stored, release).data | {"id": gone.id}
    fake.on("GET", f"/api/v1/chats/{gone.id}", Reply({"code": 0, "data": row}))
    assert unknown.id == NOBODYS
    outcome = client.chats.delete([gone, unknown])
    assert (outcome.deleted, outcome.failed) == ((unknown,), (gone,))
    assert "not found" in outcome.message
