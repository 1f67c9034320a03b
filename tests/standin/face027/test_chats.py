"""Assistants, sessions and conversations on the 0.27 face (ragflow-0.27 §0.5, §0.6, §0.11, §6)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from ragflow_admin.standin.testing import StandinProcess
from tests.standin.conftest import Caller, answer_text

REASONER = "standin-reasoner@standin@OpenAI-API-Compatible"
NOTHING = "Sorry! No relevant content was found in the knowledge base!"
BIRDS = {
    "name": "Birds",
    "documents": [{"name": "birds.txt", "run": "DONE", "chunks": [{"content": "The stork nests on the church."}]}],
}


class Asker(Caller):
    """Speaks 0.27 to its own tenant, which has one dataset."""

    def __init__(self, standin: StandinProcess) -> None:
        super().__init__(standin.base_url, standin.new_key())
        self.birds = str(standin.fill(self.key, datasets=[BIRDS])["datasets"][0]["id"])

    def code(self, method: str, path: str, **more: Any) -> int:
        return int(self.ask(method, path, **more).json()["code"])

    def chat(self, name: str = "A", **more: Any) -> str:
        body = {"name": name, "dataset_ids": [self.birds], **more}
        return str(self.data("POST", "/chats", json=body)["id"])

    def session(self, chat: str) -> str:
        return str(self.data("POST", f"/chats/{chat}/sessions", json={"name": "S"})["id"])

    def shown(self, chat: str, session: str) -> dict[str, Any]:
        return dict(self.data("GET", f"/chats/{chat}/sessions/{session}"))

    def frames(self, **body: Any) -> list[Any]:
        """The frames of a streamed answer."""
        answer = self.ask("POST", "/chat/completions", json=body)
        assert answer.headers["Content-Type"].startswith("text/event-stream"), answer.text
        return [json.loads(frame[5:]) for frame in answer.text.split("\n\n") if frame]

    def whole(self, **body: Any) -> dict[str, Any]:
        """The answer in one piece."""
        return dict(self.data("POST", "/chat/completions", json={**body, "stream": False}))


@pytest.fixture(scope="module")
def newer() -> Iterator[StandinProcess]:
    with StandinProcess(release="0.27") as process:
        yield process


@pytest.fixture
def asker(newer: StandinProcess) -> Iterator[Asker]:
    yield Asker(newer)
    newer.clear_faults()


def test_an_assistant_is_flat_and_the_keys_of_024_are_ignored(asker: Asker) -> None:
    old = {"llm": {"model_name": "nope"}, "prompt": {"opener": "Old"}, "avatar": "old"}
    row = asker.data("POST", "/chats", json={"name": " A ", "dataset_ids": [asker.birds], **old})
    assert (row["name"], row["icon"], row["kb_names"], row["dataset_ids"]) == ("A", "", ["Birds"], [asker.birds])
    assert row["llm_id"] == row["tenant_llm_id"]
    assert row["prompt_config"]["prologue"] != "Old"
    assert row["prompt_config"]["parameters"][-1] == {"key": "date", "optional": True}
    assert asker.data("GET", f"/chats/{row['id']}") == row


def test_a_model_is_named_in_three_parts_and_shown_as_it_was_sent(asker: Asker) -> None:
    row = asker.data("POST", "/chats", json={"name": "A", "llm_id": REASONER})
    assert row["llm_id"] == REASONER
    for unknown in ("standin-reasoner", "standin-reasoner___OpenAI-API@OpenAI-API-Compatible"):
        assert asker.code("POST", "/chats", json={"name": "B", "llm_id": unknown}) == 102


def test_the_list_has_a_total_and_pages_of_at_most_a_hundred(asker: Asker) -> None:
    asker.chat("First")
    asker.chat("Second")
    found = asker.data("GET", "/chats", params={"page_size": 1, "orderby": "name", "desc": "false"})
    assert ([row["name"] for row in found["chats"]], found["total"]) == (["First"], 2)
    assert asker.data("GET", "/chats", params={"name": "Third"}) == {"chats": [], "total": 0}
    assert asker.code("GET", "/chats", params={"page_size": 101}) == 100
    assert asker.code("GET", "/chats", params={"orderby": "id"}) == 101


def test_a_patch_merges_the_prompt_but_a_put_replaces_it_and_breaks_the_next_answer(asker: Asker) -> None:
    chat = asker.chat()
    path = f"/chats/{chat}"
    asker.data("PATCH", path, json={"prompt_config": {"prologue": "Patched"}})
    assert "{knowledge}" in asker.data("GET", path)["prompt_config"]["system"]
    put = asker.data("PUT", path, json={"prompt_config": {"prologue": "Put"}})
    assert (put["prompt_config"], put["dataset_ids"]) == ({"prologue": "Put"}, [asker.birds])
    failed, end = asker.frames(chat_id=chat, question="stork?")
    assert (failed["code"], failed["message"], end["data"]) == (500, "'system'", True)
    assert asker.code("POST", "/chat/completions", json={"chat_id": chat, "question": "?", "stream": False}) == 100


def test_a_deletion_without_ids_deletes_nothing_but_a_chat_id_even_a_foreign_assistant(
    newer: StandinProcess, asker: Asker
) -> None:
    chat = asker.chat()
    empty: tuple[Any, ...] = (None, {}, {"ids": []}, {"ids": None})
    for body in empty:
        assert asker.data("DELETE", "/chats", json=body) == {}
    stranger = Asker(newer)
    assert stranger.code("GET", f"/chats/{chat}") == 109
    assert stranger.data("DELETE", "/chats", json={"chat_id": chat}) is True
    assert asker.code("GET", f"/chats/{chat}") == 109


def test_an_answer_ends_with_its_reference_and_is_kept_in_the_session(asker: Asker) -> None:
    chat = asker.chat()
    session = asker.session(chat)
    frames = asker.frames(chat_id=chat, session_id=session, messages=[{"role": "user", "content": "stork?", "id": "q"}])
    final = frames[-2]["data"]
    assert (final["answer"], final["final"], final["id"], final["chat_id"]) == ("", True, "q", chat)
    assert final["reference"]["chunks"][0]["document_metadata"] is None
    kept = asker.shown(chat, session)
    assert [(message["role"], message.get("id")) for message in kept["messages"]] == [
        ("assistant", None), ("user", "q"), ("assistant", "q"),
    ]  # fmt: skip
    assert kept["messages"][-1]["content"] == answer_text(frames)
    assert len(kept["reference"]) == 1
    assert "reference" not in kept["messages"][0]


def test_an_empty_response_is_repeated_by_the_final_frame(asker: Asker) -> None:
    chat = asker.chat()
    frames = asker.frames(chat_id=chat, question="please fail")
    assert [(f["data"]["answer"], f["data"]["final"]) for f in frames[:-1]] == [(NOTHING, False), (NOTHING, True)]
    assert asker.whole(chat_id=chat, question="please fail")["final"] is False


def test_without_datasets_there_is_no_final_frame(asker: Asker) -> None:
    chat = asker.chat(dataset_ids=[])
    for body in ({"chat_id": chat}, {}):
        frames = asker.frames(question="hello", **body)
        assert not any(frame["data"]["final"] for frame in frames[:-1])
        assert frames[-1]["data"] is True


def test_a_model_fails_or_thinks_when_the_question_asks_for_it(asker: Asker) -> None:
    chat = asker.chat()
    assert answer_text(asker.frames(chat_id=chat, question="please fail: the stork?")).startswith("**ERROR**: ")
    assert asker.whole(chat_id=chat, question="please fail: the stork?")["answer"].startswith("**ERROR**: ")
    for body in ({"question": "please think: the stork?"}, {"question": "the stork?", "llm_id": REASONER}):
        frames = asker.frames(chat_id=chat, **body)
        assert frames[0]["data"]["start_to_think"] is True
        assert sum("end_to_think" in frame["data"] for frame in frames[:-1]) == 1


@pytest.mark.parametrize(("effort", "blocks"), [(0, 0), (1, 1), (4, 1)])
def test_an_effort_of_reasoning_begins_with_thinking(asker: Asker, *, effort: int, blocks: int) -> None:
    frames = asker.frames(chat_id=asker.chat(), question="the stork?", reasoning=effort)
    assert sum("start_to_think" in frame["data"] for frame in frames[:-1]) == blocks
    assert frames[-2]["data"]["final"] is True


def test_a_legacy_stream_repeats_the_whole_text_in_every_frame(asker: Asker) -> None:
    frames = asker.frames(chat_id=asker.chat(), question="please think: the stork?", legacy=True)
    texts = [frame["data"]["answer"] for frame in frames[:-1]]
    assert texts[0] == "<think>"
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    assert frames[-2]["data"]["final"] is True
    assert "</think>" in texts[-1]


def test_only_the_last_message_is_added_unless_the_whole_history_is_passed(asker: Asker) -> None:
    chat = asker.chat()
    session = asker.session(chat)
    to = {"chat_id": chat, "session_id": session}
    asker.whole(**to, question="stork?")
    said = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    asker.whole(**to, messages=[*said, {"role": "user", "content": "the stork?"}])
    assert len(asker.shown(chat, session)["messages"]) == 5
    asker.whole(**to, messages=[{"role": "user", "content": "only this"}], pass_all_history_messages=True)
    kept = asker.shown(chat, session)
    assert [message["content"] for message in kept["messages"]] == ["only this", NOTHING]
    assert len(kept["reference"]) == 3


def test_a_question_that_is_not_to_be_stored_opens_no_session(asker: Asker) -> None:
    chat = asker.chat()
    body = {"chat_id": chat, "question": "stork?", "store_history_messages": False}
    assert asker.code("POST", "/chat/completions", json=body) == 102
    assert asker.whole(**body, pass_all_history_messages=True)["session_id"] is None
    assert asker.data("GET", f"/chats/{chat}/sessions") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"chat_id": "0" * 32, "question": "x"}, 109),
        ({"session_id": "0" * 32, "question": "x"}, 102),
        ({}, 101),
        ({"messages": []}, 101),
        ({"messages": [{"role": "assistant", "content": "x"}]}, 101),
        ({"question": "x", "llm_id": "nope"}, 100),
    ],
)
def test_a_refused_question_is_answered_with_json_though_a_stream_was_wanted(
    asker: Asker, *, body: dict[str, Any], code: int
) -> None:
    assert asker.code("POST", "/chat/completions", json=body) == code


def test_the_path_of_024_answers_without_a_session_too(asker: Asker) -> None:
    chat = asker.chat()
    asker.ask("POST", f"/chats/{chat}/completions", json={"question": "stork?"})
    (session,) = asker.data("GET", f"/chats/{chat}/sessions")
    assert session["messages"][1]["content"] == "stork?"


def test_a_message_takes_its_answer_and_its_reference_with_it(asker: Asker) -> None:
    chat = asker.chat()
    session = asker.session(chat)
    for number in ("1", "2"):
        asker.whole(
            chat_id=chat, session_id=session, messages=[{"role": "user", "content": f"stork {number}", "id": number}]
        )
    path = f"/chats/{chat}/sessions/{session}/messages"
    rated = asker.data("PUT", f"{path}/2/feedback", json={"thumbup": False, "feedback": "No."})["messages"][-1]
    assert (rated["thumbup"], rated["feedback"]) == (False, "No.")
    assert asker.code("PUT", f"{path}/2/feedback", json={"thumbup": "x"}) == 102
    left = asker.data("DELETE", f"{path}/1")
    assert [message.get("id") for message in left["messages"]] == [None, "2", "2"]
    assert len(left["reference"]) == 1
    assert asker.data("DELETE", f"{path}/unknown")["messages"] == left["messages"]


@pytest.mark.parametrize(("kind", "text"), [("error_answer", "**ERROR**: "), ("answer", "Told."), ("think", "**birds")])
def test_a_fault_changes_an_answer_as_on_the_face_of_024(
    newer: StandinProcess, asker: Asker, *, kind: str, text: str
) -> None:
    chat = asker.chat()
    newer.fault(kind, path="/chat/completions$", key=asker.key, message="Told.")
    frames = asker.frames(chat_id=chat, question="the stork?")
    thinking = [n for n, frame in enumerate(frames[:-1]) if "end_to_think" in frame["data"]]
    assert bool(thinking) == (kind == "think")
    assert answer_text(frames[thinking[0] if thinking else 0 :]).startswith(text)


def test_an_assistant_is_the_same_before_and_after_an_upgrade(newer: StandinProcess, asker: Asker) -> None:
    newer.become("0.24")
    try:
        llm = {"model_name": "standin-reasoner___OpenAI-API@OpenAI-API-Compatible", "temperature": 0.7}
        prompt = {"opener": "Hello", "keywords_similarity_weight": 0.6, "prompt": "Use {knowledge}"}
        chat, session = asker.assistant(asker.birds, llm=llm, prompt=prompt, avatar="data:,x")
        asker.stream(chat, session, "the stork?")

        newer.become("0.27")
        row = asker.data("GET", f"/chats/{chat}")
        assert (row["llm_id"], row["llm_setting"], row["icon"]) == (REASONER, {"temperature": 0.7}, "data:,x")
        # 0.24 stores the weight that it was sent for keywords as that of vectors.
        assert row["vector_similarity_weight"] == pytest.approx(0.6)
        assert (row["prompt_config"]["prologue"], row["prompt_config"]["system"]) == ("Hello", "Use {knowledge}")
        shown = asker.shown(chat, session)
        assert [len(reference["chunks"]) for reference in shown["reference"]] == [1]
        asker.frames(chat_id=chat, session_id=session, question="the stork again?")
        asker.data("PATCH", f"/chats/{chat}", json={"prompt_config": {"prologue": "Welcome"}})
        plain = asker.chat("By the tenant's model")

        newer.become("0.24")
        (old,) = asker.data("GET", "/chats", params={"id": chat})
        assert old["llm"] == llm
        assert (old["prompt"]["opener"], old["prompt"]["prompt"]) == ("Welcome", "Use {knowledge}")
        assert len(asker.messages(chat, session)) == 5
        (old,) = asker.data("GET", "/chats", params={"id": plain})
        assert old["llm"]["model_name"] == "standin-chat___OpenAI-API@OpenAI-API-Compatible"
    finally:
        newer.become("0.27")


def test_a_key_that_a_fault_rejects_is_an_http_401(newer: StandinProcess, asker: Asker) -> None:
    newer.fault("unauthorized", path="/chats$", key=asker.key, times=1)
    assert asker.ask("GET", "/chats").status_code == 401
