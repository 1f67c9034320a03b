"""Two runs of a question set: A and then B, side by side, what B misses, and the chart of all runs."""

from __future__ import annotations

import codecs
import re

import pytest
from django.test import Client

from dashboard.models import QuestionRun, QuestionSet, Server
from dashboard.ragflow.types import Document
from dashboard.retrieval.question_sets import question_csv, runs
from dashboard.retrieval.settings import AT_DEFAULT, Settings
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.lab_asking import asking, run_to_the_end, started
from tests.support.pages.reading import text_of

STRICT = Settings({**AT_DEFAULT.values, "similarity_threshold": 0.99})


@pytest.fixture
def pair(handbook: Document, questions: QuestionSet) -> tuple[QuestionRun, QuestionRun]:
    """Run with settings that find nothing, and with the defaults: one question is found by B, one by neither."""
    questions.questions.create(text="parental leave", documents=["leave.txt"])
    questions.questions.create(text="What soup is served?", documents=["menu.pdf"])
    made = runs.start_pair(questions, asking(), STRICT, AT_DEFAULT)
    assert made
    return made


def compared(
    client: Client, server: Server, questions: QuestionSet, first: QuestionRun, second: QuestionRun, **more: str
) -> str:
    return text_of(client.get(server.url("retrieval:compare", questions.pk), {"a": first.pk, "b": second.pk, **more}))


def test_two_runs_are_compared_and_drawn(
    viewer_client: Client, ragflow_server: Server, handbook: Document, questions: QuestionSet
) -> None:
    questions.questions.create(text="parental leave", documents=["leave.txt"])
    questions.questions.create(text="sabbatical soup canteen lamp", documents=["leave.txt"])
    run_to_the_end(started(questions, Settings({**AT_DEFAULT.values, "similarity_threshold": 0.99})))
    second = run_to_the_end(started(questions))

    page = text_of(viewer_client.get(ragflow_server.url("retrieval:set", questions.pk)))
    assert "<polyline" in page
    assert re.search(r">\s*\+\d\.\d\d<", page)
    assert "threshold 0.99" in page
    assert "found now" in text_of(viewer_client.get(ragflow_server.url("retrieval:run", questions.pk, second.pk)))


def test_a_set_is_run_with_a_and_then_with_b_and_both_stand_side_by_side(
    curator_client: Client,
    ragflow_server: Server,
    handbook: Document,
    questions: QuestionSet,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    questions.questions.create(text="parental leave", documents=["leave.txt"])
    questions.questions.create(text="What soup is served?", documents=["menu.pdf"])
    page = text_of(curator_client.get(ragflow_server.url("retrieval:set", questions.pk), {"compare": "1"}))
    assert "Settings B" in page
    assert "Run 2 questions with A and with B" in page

    given = {"compare": "1", "similarity_threshold": "0.99", "b-similarity_threshold": "0.2", "b-top_k": "50"}
    answer = curator_client.post(ragflow_server.url("retrieval:run-start", questions.pk), given)
    first, second = questions.runs.order_by("pk")
    assert answer["Location"].endswith(f"/compare/?a={first.pk}&b={second.pk}")
    waiting = text_of(curator_client.get(answer["Location"]))
    assert "waiting for A" in waiting
    assert f'hx-get="{answer["Location"]}"' in waiting
    assert runs.due() == [first.pk], "one after the other"
    standin.reset_requests()
    run_to_the_end(first)
    assert "0 of 2 asked" in text_of(curator_client.get(answer["Location"]))
    run_to_the_end(second)

    sent = [entry["json"] for entry in standin.requests(tenant_key) if entry["path"].endswith("/retrieval")]
    assert [body["similarity_threshold"] for body in sent] == [0.99, 0.99, 0.2, 0.2]
    assert [body["top_k"] for body in sent] == [1024, 1024, 50, 50]
    page = text_of(curator_client.get(answer["Location"]))
    assert "B compared with A: 1 better, 0 worse, 1 the same." in re.sub(r"<[^>]*>", "", page)
    assert "parental leave" in page
    assert "found now" in page
    assert "What soup is served?" not in page, "it did not move"
    assert re.search(r'ra-tag--accent">top-k 50<', page)


def test_every_question_of_two_runs_can_be_seen(
    viewer_client: Client, ragflow_server: Server, questions: QuestionSet, pair: tuple[QuestionRun, QuestionRun]
) -> None:
    first, second = pair
    run_to_the_end(first)
    run_to_the_end(second)

    assert "What soup is served?" in compared(viewer_client, ragflow_server, questions, *pair, show="all")
    assert "What soup is served?" in compared(viewer_client, ragflow_server, questions, *pair, show="same")
    worse = compared(viewer_client, ragflow_server, questions, second, first)
    assert "B compared with A: 0 better, 1 worse" in worse
    assert "lost" in worse
    assert "Run A" in worse


@pytest.mark.parametrize("given", [{}, {"a": "1"}, {"a": "x", "b": "y"}, {"a": "999999", "b": "999999"}])
def test_two_runs_that_are_not_there_are_no_page(
    given: dict[str, str], viewer_client: Client, ragflow_server: Server, questions: QuestionSet
) -> None:
    assert viewer_client.get(ragflow_server.url("retrieval:compare", questions.pk), given).status_code == 404


def test_questions_that_failed_are_not_compared(
    viewer_client: Client,
    ragflow_server: Server,
    questions: QuestionSet,
    pair: tuple[QuestionRun, QuestionRun],
    standin: StandinProcess,
) -> None:
    standin.fault(method="POST", path="/api/v1/retrieval", kind="code", code=102, message="Not today.", times=1)
    for run in pair:
        run_to_the_end(run)

    page = compared(viewer_client, ragflow_server, questions, *pair, show="unknown")
    assert "be compared because only one run asked them." in page
    assert "parental leave" in page
    assert "failed" in page


def test_a_run_that_waits_is_among_what_goes_on(
    viewer_client: Client, ragflow_server: Server, pair: tuple[QuestionRun, QuestionRun]
) -> None:
    page = text_of(viewer_client.get(ragflow_server.url("activity:page"), {"state": "running"}))
    assert "waiting for the previous run" in page


def test_stopping_a_stops_b_and_stopping_b_leaves_a(
    curator_client: Client, ragflow_server: Server, questions: QuestionSet, pair: tuple[QuestionRun, QuestionRun]
) -> None:
    first, _second = pair
    curator_client.post(ragflow_server.url("retrieval:run-stop", questions.pk, first.pk))
    assert set(questions.runs.values_list("state", flat=True)) == {"stopped"}
    again = runs.start_pair(questions, asking(), STRICT, AT_DEFAULT)
    assert again
    curator_client.post(ragflow_server.url("retrieval:run-stop", questions.pk, again[1].pk))
    run_to_the_end(again[0])
    assert runs.due() == []
    again[1].refresh_from_db()
    assert again[1].state == QuestionRun.State.STOPPED


def test_a_pair_starts_only_when_nothing_is_under_way(
    questions: QuestionSet, pair: tuple[QuestionRun, QuestionRun]
) -> None:
    assert runs.start_pair(questions, asking(), STRICT, AT_DEFAULT) is None
    assert runs.start(questions, asking(), AT_DEFAULT) is None
    assert QuestionRun.objects.count() == 2


def test_a_wrong_setting_of_b_starts_nothing(
    curator_client: Client, ragflow_server: Server, handbook: Document, questions: QuestionSet
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    response = curator_client.post(
        ragflow_server.url("retrieval:run-start", questions.pk), {"compare": "1", "b-top_k": "-3"}, follow=True
    )
    assert "Enter a whole number from 1 to 10,000." in text_of(response)
    assert not QuestionRun.objects.exists()


def test_the_misses_of_a_run_are_shown_alone_and_taken_out_as_a_file(
    viewer_client: Client, ragflow_server: Server, questions: QuestionSet, pair: tuple[QuestionRun, QuestionRun]
) -> None:
    for run in pair:
        run_to_the_end(run)
    url = ragflow_server.url("retrieval:run", questions.pk, pair[1].pk)

    misses = text_of(viewer_client.get(url, {"show": "missed"}))
    assert "What soup is served?" in misses
    assert "parental leave" not in misses
    better = text_of(viewer_client.get(url, {"show": "better"}))
    assert "parental leave" in better
    assert "What soup is served?" not in better
    file = viewer_client.get(ragflow_server.url("retrieval:run-export", questions.pk, pair[1].pk))
    assert file.content.startswith(codecs.BOM_UTF8), "else Excel reads another encoding"
    assert [row.text for row in question_csv.read(file.content)] == ["What soup is served?", "parental leave"]
    assert file.content.decode("utf-8-sig").splitlines() == [
        "question,documents,chunks,result,rank,rank_before",
        "What soup is served?,menu.pdf,,missed,,",
        "parental leave,leave.txt,,found,1,",
    ]


def test_the_chart_is_a_table_too(
    viewer_client: Client, ragflow_server: Server, questions: QuestionSet, pair: tuple[QuestionRun, QuestionRun]
) -> None:
    for run in pair:
        run_to_the_end(run)
    page = text_of(viewer_client.get(ragflow_server.url("retrieval:set", questions.pk)))
    heads = re.search(r"Show as table.*?<thead>(.*?)</thead>", page, re.DOTALL)
    assert heads
    assert re.findall(r">([^<>]+)</th>", heads[1]) == ["Run", "hit@1", "hit@3", "hit@5", "hit@10", "MRR", "Misses"]
    rows = re.findall(r'<tr>\s*<th scope="row">\s*<a href="[^"]*/runs/\d+/">.*?</tr>', page, re.DOTALL)
    assert [re.findall(r'c-num">\s*([^<]*?)\s*<', row) for row in rows] == [
        ["0.50", "0.50", "0.50", "0.50", "0.50", "1"],
        ["0.00", "0.00", "0.00", "0.00", "0.00", "2"],
    ]
