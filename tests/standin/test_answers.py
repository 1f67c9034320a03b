"""Retrieval and chats: what is found, what is quoted, what is stored."""

from __future__ import annotations

import time

import requests

from ragflow_admin.standin.testing import StandinProcess
from tests.standin.conftest import Caller, answer_text, birds


def test_the_chunk_that_fits_comes_first_with_similarities_between_0_and_1(caller: Caller) -> None:
    dataset = birds(caller)
    found = caller.data("POST", "/retrieval", json={"question": "Where do storks nest?", "dataset_ids": [dataset]})
    first = found["chunks"][0]
    assert "stork" in first["content"]
    assert all(0 <= first[key] <= 1 for key in ("similarity", "vector_similarity", "term_similarity"))
    assert found["doc_aggs"][0]["doc_name"] == "birds.txt"


def test_the_threshold_and_the_documents_limit_what_is_found(caller: Caller) -> None:
    dataset = birds(caller)
    other = caller.parsed(dataset, "more.txt", b"A stork again.")["id"]
    body = {"question": "stork", "dataset_ids": [dataset]}
    assert caller.data("POST", "/retrieval", json={**body, "similarity_threshold": 0.99})["total"] == 0
    found = caller.data("POST", "/retrieval", json={**body, "document_ids": [other]})
    assert {chunk["document_id"] for chunk in found["chunks"]} == {other}


def test_a_disabled_document_or_chunk_is_not_found(caller: Caller) -> None:
    dataset = birds(caller)
    body = {"question": "heron", "dataset_ids": [dataset]}
    chunk = caller.data("POST", "/retrieval", json=body)["chunks"][0]
    path = f"/datasets/{dataset}/documents/{chunk['document_id']}"
    caller.data("PUT", f"{path}/chunks/{chunk['id']}", json={"available": False})
    assert caller.data("POST", "/retrieval", json=body)["total"] == 0
    caller.data("PUT", f"{path}/chunks/{chunk['id']}", json={"available": True})
    caller.data("PUT", path, json={"enabled": 0})
    assert caller.data("POST", "/retrieval", json=body)["total"] == 0


def test_an_answer_arrives_in_deltas_that_quote_and_mark_the_source(caller: Caller) -> None:
    chat, session = caller.assistant(birds(caller))
    frames = caller.stream(chat, session, "Where does the stork nest?")
    text = answer_text(frames)
    assert "The stork nests on the roof of the old church. [ID:0]" in text
    assert "no language model" in text
    assert len(frames) > 3
    assert frames[-2]["data"]["final"] is True
    assert "stork" in frames[-2]["data"]["reference"]["chunks"][0]["content"]
    assert frames[-1] == {"code": 0, "data": True}


def test_a_question_about_nothing_known_gets_the_assistants_own_sentence(caller: Caller) -> None:
    chat, session = caller.assistant(birds(caller), prompt={"empty_response": "No idea."})
    frames = caller.stream(chat, session, "How high is the tower?")
    first = frames[0]["data"]
    assert (first["answer"], first["final"]) == ("No idea.", True)


def test_a_follow_up_is_understood_with_the_question_before(caller: Caller) -> None:
    chat, session = caller.assistant(birds(caller))
    caller.stream(chat, session, "Where does the stork nest?")
    assert "church" in answer_text(caller.stream(chat, session, "And why there?"))


def test_a_reasoning_model_thinks_before_it_answers(caller: Caller) -> None:
    llm = {"model_name": "standin-reasoner___OpenAI-API@OpenAI-API-Compatible"}
    chat, session = caller.assistant(birds(caller), llm=llm)
    frames = caller.stream(chat, session, "Where does the stork nest?")
    assert frames[0]["data"]["start_to_think"] is True
    assert sum("end_to_think" in frame["data"] for frame in frames[:-1]) == 1
    assert caller.messages(chat, session)[-1]["content"].startswith("<think>")


def test_references_of_the_history_hang_on_the_message_before(caller: Caller) -> None:
    chat, session = caller.assistant(birds(caller))
    caller.stream(chat, session, "Where does the stork nest?")
    opener, question, answer = caller.messages(chat, session)
    assert "stork" in opener["reference"][0]["content"]
    assert "reference" not in question
    assert "reference" not in answer


def test_a_turn_is_lost_when_the_reader_leaves_early(standin: StandinProcess, caller: Caller) -> None:
    chat, session = caller.assistant(birds(caller))
    standin.answering(frame_delay=0.1)
    try:
        url = f"{caller.base_url}/api/v1/chats/{chat}/completions"
        body = {"question": "Where does the stork nest?", "session_id": session}
        headers = {"Authorization": f"Bearer {caller.key}"}
        with requests.post(url, json=body, headers=headers, stream=True, timeout=10) as answer:
            next(answer.iter_content(None))
        time.sleep(1)
    finally:
        standin.answering(frame_delay=0.005)
    assert len(caller.messages(chat, session)) == 1


def test_a_refused_model_call_is_an_answer_and_is_stored(caller: Caller) -> None:
    chat, session = caller.assistant(birds(caller))
    assert answer_text(caller.stream(chat, session, "please fail")).startswith("**ERROR**: ")
    assert caller.messages(chat, session)[-1]["content"].startswith("**ERROR**: ")


def test_the_best_rows_of_a_table_are_answered_as_a_table(caller: Caller) -> None:
    dataset = caller.dataset()
    caller.parsed(dataset, "rows.csv", b"bird,place\nheron,pond\nstork,roof\n")
    chat, session = caller.assistant(dataset)
    text = answer_text(caller.stream(chat, session, "Where is the stork?"))
    assert "| bird | place |" in text
    assert "| stork | roof [ID:0] |" in text
    assert "heron" not in text
