"""Runs of a question set: worked off in the background, scored, stopped, and taken up again after trouble."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import QuestionResult, QuestionRun, QuestionSet, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document, Source
from dashboard.retrieval.question_sets import runs, scores
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.lab_asking import run_to_the_end, started
from tests.support.pages.reading import text_of


def test_the_first_right_hit_decides_and_named_chunks_come_before_documents() -> None:
    hits = [Source(key, "", f"id-{name}", name, "d", "", ()) for key, name in (("a", "x"), ("b", "y"), ("c", "y"))]

    assert runs.rank_of(hits, ["y"], []) == 2
    assert runs.rank_of(hits, ["id-x"], []) == 1
    assert runs.rank_of(hits, ["x"], ["c"]) == 3
    assert runs.rank_of(hits, ["z"], []) is None


@pytest.mark.parametrize(("stored_as", "expected"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_an_expected_document_is_a_hit_in_either_unicode_form(stored_as: str, expected: str) -> None:
    name = unicodedata.normalize(stored_as, "Übersicht.txt")
    hits = [Source(key, "", f"id-{key}", called, "d", "", ()) for key, called in (("a", "other.txt"), ("b", name))]
    assert runs.rank_of(hits, [unicodedata.normalize(expected, "Übersicht.txt")], []) == 2


def test_scores_count_hits_and_reciprocal_ranks(questions: QuestionSet) -> None:
    for number in range(5):
        questions.questions.create(text=f"Question {number}", documents=["x"])
    run = started(questions)
    for result, (state, rank) in zip(
        run.results.all(),
        [("asked", 1), ("asked", 4), ("asked", 20), ("asked", None), ("failed", None)],
        strict=True,
    ):
        QuestionResult.objects.filter(pk=result.pk).update(state=state, rank=rank)

    score = scores.of_run(run)
    assert [score.hit(k) for k in scores.KS] == [0.25, 0.25, 0.5, 0.5]
    assert score.mrr == pytest.approx((1 + 1 / 4 + 1 / 20) / 4)
    assert (score.misses, score.failed, score.waiting) == (1, 1, 0)


def test_a_question_that_fails_does_not_stop_the_others(
    curator_client: Client, ragflow_server: Server, handbook: Document, questions: QuestionSet, standin: StandinProcess
) -> None:
    questions.questions.create(text="parental leave", documents=["leave.txt"])
    questions.questions.create(text="soup", documents=["leave.txt"])
    standin.fault(method="POST", path="/api/v1/retrieval", kind="code", code=102, message="Not today.", times=1)

    run = run_to_the_end(started(questions))

    assert list(run.results.values_list("state", "rank", "error")) == [("failed", None, "Not today."), ("asked", 1, "")]
    page = text_of(curator_client.get(ragflow_server.url("retrieval:run", questions.pk, run.pk)))
    assert "Not today." in page


def test_a_run_whose_worker_died_goes_on_where_it_was_and_asks_nothing_twice(
    handbook: Document, questions: QuestionSet, standin: StandinProcess, tenant_key: str, monkeypatch: Any
) -> None:
    for word in ("parental", "soup", "canteen"):
        questions.questions.create(text=word, documents=["leave.txt"])
    run = started(questions)
    rank_of = runs.rank_of
    ranked = []

    def dies(*found: Any) -> int | None:
        if ranked:
            raise SystemExit  # the worker is killed in the second question
        ranked.append(found)
        return rank_of(*found)

    monkeypatch.setattr(runs, "rank_of", dies)
    with pytest.raises(SystemExit):
        runs.work(run.pk)
    monkeypatch.setattr(runs, "rank_of", rank_of)
    runs.work_on_run(run.pk)
    assert run.results.filter(state="open").count() == 2, "nobody else takes it before it is known to be dead"

    assert runs.due() == [run.pk], "the turn broke off"
    standin.reset_requests()
    assert run_to_the_end(run).state == QuestionRun.State.DONE
    sent = [entry["json"]["question"] for entry in standin.requests(tenant_key)]
    assert sent == ["soup", "canteen"]


def test_a_run_waits_while_ragflow_is_down_and_fails_no_question_for_it(
    curator_client: Client, ragflow_server: Server, handbook: Document, questions: QuestionSet
) -> None:
    for word in ("parental", "soup"):
        questions.questions.create(text=word, documents=["leave.txt"])
    run = started(questions)
    up = ragflow_server.base_url
    Server.objects.update(base_url="http://127.0.0.1:9")
    runs.work(run.pk)
    run.refresh_from_db()

    assert run.results.filter(state="open").count() == 2
    assert runs.due() == [], "it rests for a while"
    for address in (ragflow_server.url("retrieval:run", questions.pk, run.pk), ragflow_server.url("activity:page")):
        assert run.last_error in text_of(curator_client.get(address))

    Server.objects.update(base_url=up)
    QuestionRun.objects.filter(pk=run.pk).update(next_at=timezone.now() - timedelta(seconds=1))
    assert run_to_the_end(run).state == QuestionRun.State.DONE
    assert not run.last_error
    assert run.results.filter(state="asked").count() == 2


def test_a_long_run_gives_others_their_turn(handbook: Document, questions: QuestionSet, monkeypatch: Any) -> None:
    for word in ("parental", "soup"):
        questions.questions.create(text=word, documents=["leave.txt"])
    run = started(questions)
    monkeypatch.setattr(runs, "TIME_SLICE", -1.0)
    runs.work(run.pk)

    assert run.results.filter(state="open").count() == 2
    assert runs.due() == [run.pk], "the next tick goes on"


def test_a_stopped_run_asks_nothing_more(
    curator_client: Client,
    ragflow_server: Server,
    handbook: Document,
    questions: QuestionSet,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    run = started(questions)
    curator_client.post(ragflow_server.url("retrieval:run-stop", questions.pk, run.pk))
    standin.reset_requests()

    assert runs.due() == []
    runs.work_on_run(run.pk)
    assert standin.requests(tenant_key) == []
    assert "Stopped" in text_of(curator_client.get(ragflow_server.url("retrieval:run", questions.pk, run.pk)))


def test_the_page_of_a_run_follows_it_and_is_loaded_anew_at_the_end(
    viewer_client: Client, ragflow_server: Server, handbook: Document, questions: QuestionSet
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    run = started(questions)
    url = ragflow_server.url("retrieval:run", questions.pk, run.pk)

    assert "0 of 1 asked" in text_of(viewer_client.get(url, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="run"))
    run_to_the_end(run)
    assert viewer_client.get(url, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="run")["HX-Refresh"] == "true"


def test_only_one_run_of_a_set_at_a_time(
    curator_client: Client, ragflow_server: Server, handbook: Document, questions: QuestionSet
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    started(questions)

    response = curator_client.post(ragflow_server.url("retrieval:run-start", questions.pk), follow=True)

    assert "Another run of this set is in progress." in text_of(response)
    assert QuestionRun.objects.count() == 1


def test_a_wrong_setting_starts_nothing_and_stays_to_be_mended(
    curator_client: Client, ragflow_server: Server, handbook: Document, questions: QuestionSet
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    response = curator_client.post(
        ragflow_server.url("retrieval:run-start", questions.pk), {"top_k": "-3"}, follow=True
    )

    assert "Enter a whole number from 1 to 10,000." in text_of(response)
    assert 'value="-3"' in text_of(response)
    assert not QuestionRun.objects.exists()


def test_a_mistake_of_ours_costs_the_question_and_not_the_run(
    handbook: Document, questions: QuestionSet, monkeypatch: Any, caplog: Any
) -> None:
    questions.questions.create(text="parental", documents=["leave.txt"])
    rank_of, calls = runs.rank_of, []

    def broken(*args: Any) -> int | None:
        calls.append(args)
        if len(calls) == 1:
            raise KeyError("a mistake")
        return rank_of(*args)

    questions.questions.create(text="soup", documents=["leave.txt"])
    monkeypatch.setattr(runs, "rank_of", broken)
    run = run_to_the_end(started(questions))

    assert list(run.results.values_list("state", flat=True)) == ["failed", "asked"]
    first = run.results.first()
    assert first
    assert "Unexpected error in the dashboard: KeyError" in first.error
    assert "Traceback" in caplog.text


def test_a_run_that_cannot_even_begin_ends_with_the_reason(
    questions: QuestionSet, monkeypatch: Any, caplog: Any
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    run = started(questions)

    def broken(*args: Any) -> RAGFlow:
        raise ValueError("no such key")

    monkeypatch.setattr(runs, "connect", broken)
    runs.work(run.pk)

    run.refresh_from_db()
    assert run.state == QuestionRun.State.STOPPED
    assert "no such key" in run.last_error
    assert runs.due() == []
