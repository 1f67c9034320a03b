"""Question sets: made, filled, run in the background, scored, compared."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from dashboard import tasks
from dashboard.models import QuestionResult, QuestionRun, QuestionSet, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document, Source
from dashboard.retrieval import question_csv, runs, scores
from dashboard.retrieval.question_csv import Row, Unreadable
from dashboard.retrieval.settings import AT_DEFAULT, Settings
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload

TEXT = "You apply for parental leave seven weeks before it begins.\nThe canteen serves soup on Mondays."


@pytest.fixture
def document(upload: Upload) -> Document:
    return upload("leave.txt", TEXT)


@pytest.fixture
def questions(ragflow_server: Server, dataset: Dataset) -> QuestionSet:
    return QuestionSet.objects.create(server=ragflow_server, name="Leave", dataset_ids=[dataset.id], username="ada")


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


def run_to_the_end(run: QuestionRun) -> QuestionRun:
    """What beat and worker do."""
    assert runs.due() == [run.pk]
    tasks.work_on_question_run(run.pk)
    run.refresh_from_db()
    return run


def started(questions: QuestionSet, settings: Settings = AT_DEFAULT) -> QuestionRun:
    run = runs.start(questions, "ada", settings)
    assert run
    return run


def test_a_set_is_made_filled_run_and_read(
    curator_client: Client, ragflow_server: Server, document: Document, standin: StandinProcess, tenant_key: str
) -> None:
    made = curator_client.post(
        ragflow_server.url("retrieval:set-create"), {"name": "Leave", "dataset": document.dataset_id}
    )
    kept = QuestionSet.objects.get()
    assert made["Location"] == ragflow_server.url("retrieval:set", kept.pk)
    add = ragflow_server.url("retrieval:question-add", kept.pk)
    curator_client.post(add, {"text": "When to apply for parental leave?", "documents": "leave.txt"})
    curator_client.post(add, {"text": "What soup does the canteen serve?", "documents": "menu.pdf"})

    standin.reset_requests()
    answer = curator_client.post(
        ragflow_server.url("retrieval:run-start", kept.pk), {"similarity_threshold": "0.1", "top_k": "50"}
    )
    run = QuestionRun.objects.get()
    assert answer["Location"] == ragflow_server.url("retrieval:run", kept.pk, run.pk)
    assert "0 of 2 asked" in text_of(curator_client.get(answer["Location"]))
    run = run_to_the_end(run)

    sent = [entry["json"] for entry in standin.requests(tenant_key) if entry["path"].endswith("/retrieval")]
    assert [body["question"] for body in sent] == [
        "When to apply for parental leave?",
        "What soup does the canteen serve?",
    ]
    assert all((body["similarity_threshold"], body["top_k"]) == (0.1, 50) for body in sent)
    assert run.state == QuestionRun.State.DONE
    page = text_of(curator_client.get(answer["Location"]))
    assert "2 asked, 1 missed, 0 failed." in page
    assert page.index("What soup") < page.index("When to apply"), "misses first"
    overview = text_of(curator_client.get(ragflow_server.url("retrieval:set", kept.pk)))
    assert re.search(r"hit@1</dt>\s*<dd class=\"ra-num\">0\.50", overview)
    assert "1 miss" in overview
    assert "hit@5" in text_of(curator_client.get(ragflow_server.url("retrieval:sets")))


def test_the_first_right_hit_decides_and_named_chunks_come_before_documents() -> None:
    hits = [Source(key, "", f"id-{name}", name, "d", "", ()) for key, name in (("a", "x"), ("b", "y"), ("c", "y"))]

    assert runs.rank_of(hits, ["y"], []) == 2
    assert runs.rank_of(hits, ["id-x"], []) == 1
    assert runs.rank_of(hits, ["x"], ["c"]) == 3
    assert runs.rank_of(hits, ["z"], []) is None


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
    curator_client: Client, ragflow_server: Server, document: Document, questions: QuestionSet, standin: StandinProcess
) -> None:
    questions.questions.create(text="parental leave", documents=["leave.txt"])
    questions.questions.create(text="soup", documents=["leave.txt"])
    standin.fault(method="POST", path="/api/v1/retrieval", kind="code", code=102, message="Not today.", times=1)

    run = run_to_the_end(started(questions))

    assert list(run.results.values_list("state", "rank", "error")) == [("failed", None, "Not today."), ("asked", 1, "")]
    page = text_of(curator_client.get(ragflow_server.url("retrieval:run", questions.pk, run.pk)))
    assert "Not today." in page


def test_a_run_whose_worker_died_goes_on_where_it_was_and_asks_nothing_twice(
    document: Document, questions: QuestionSet, standin: StandinProcess, tenant_key: str, monkeypatch: Any
) -> None:
    for word in ("parental", "soup", "canteen"):
        questions.questions.create(text=word, documents=["leave.txt"])
    run = started(questions)
    ask = runs._ask
    asked = []

    def dies(ragflow: RAGFlow, run: QuestionRun, result: QuestionResult) -> None:
        if asked:
            raise SystemExit  # the worker is killed in the second question
        asked.append(result.text)
        ask(ragflow, run, result)

    monkeypatch.setattr(runs, "_ask", dies)
    with pytest.raises(SystemExit):
        runs.work(run.pk)
    monkeypatch.setattr(runs, "_ask", ask)
    assert runs.due() == [], "for a while it may still be at work"
    tasks.work_on_question_run(run.pk)
    assert run.results.filter(state="open").count() == 2, "nobody else takes it meanwhile"

    QuestionRun.objects.filter(pk=run.pk).update(next_at=timezone.now() - timedelta(seconds=1))
    standin.reset_requests()
    assert run_to_the_end(run).state == QuestionRun.State.DONE
    sent = [entry["json"]["question"] for entry in standin.requests(tenant_key)]
    assert sent == ["soup", "canteen"]


def test_a_run_waits_while_ragflow_is_down_and_fails_no_question_for_it(
    curator_client: Client, ragflow_server: Server, document: Document, questions: QuestionSet
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
        assert run.trouble in text_of(curator_client.get(address))

    Server.objects.update(base_url=up)
    QuestionRun.objects.filter(pk=run.pk).update(next_at=timezone.now() - timedelta(seconds=1))
    assert run_to_the_end(run).state == QuestionRun.State.DONE
    assert not run.trouble
    assert run.results.filter(state="asked").count() == 2


def test_a_long_run_gives_others_their_turn(document: Document, questions: QuestionSet, monkeypatch: Any) -> None:
    for word in ("parental", "soup"):
        questions.questions.create(text=word, documents=["leave.txt"])
    run = started(questions)
    monkeypatch.setattr(runs, "STINT_SECONDS", -1.0)
    runs.work(run.pk)

    assert run.results.filter(state="open").count() == 2
    assert runs.due() == [run.pk], "the next tick goes on"


def test_a_stopped_run_asks_nothing_more(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    questions: QuestionSet,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    run = started(questions)
    curator_client.post(ragflow_server.url("retrieval:run-stop", questions.pk, run.pk))
    standin.reset_requests()

    assert runs.due() == []
    tasks.work_on_question_run(run.pk)
    assert standin.requests(tenant_key) == []
    assert "Stopped" in text_of(curator_client.get(ragflow_server.url("retrieval:run", questions.pk, run.pk)))


def test_the_page_of_a_run_follows_it_and_is_loaded_anew_at_the_end(
    viewer_client: Client, ragflow_server: Server, document: Document, questions: QuestionSet
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    run = started(questions)
    url = ragflow_server.url("retrieval:run", questions.pk, run.pk)

    assert "0 of 1 asked" in text_of(viewer_client.get(url, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="run"))
    run_to_the_end(run)
    assert viewer_client.get(url, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="run")["HX-Refresh"] == "true"


def test_only_one_run_of_a_set_at_a_time(
    curator_client: Client, ragflow_server: Server, document: Document, questions: QuestionSet
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    started(questions)

    response = curator_client.post(ragflow_server.url("retrieval:run-start", questions.pk), follow=True)

    assert "A run of this set is under way." in text_of(response)
    assert QuestionRun.objects.count() == 1


def test_a_wrong_setting_starts_nothing_and_stays_to_be_mended(
    curator_client: Client, ragflow_server: Server, document: Document, questions: QuestionSet
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    response = curator_client.post(
        ragflow_server.url("retrieval:run-start", questions.pk), {"top_k": "-3"}, follow=True
    )

    assert "Top-k: a whole number from 1 to 10,000." in text_of(response)
    assert 'value="-3"' in text_of(response)
    assert not QuestionRun.objects.exists()


def test_two_runs_are_compared_and_drawn(
    viewer_client: Client, ragflow_server: Server, document: Document, questions: QuestionSet
) -> None:
    questions.questions.create(text="parental leave", documents=["leave.txt"])
    questions.questions.create(text="sabbatical soup canteen lamp", documents=["leave.txt"])
    run_to_the_end(started(questions, Settings({**AT_DEFAULT.values, "similarity_threshold": 0.99})))
    second = run_to_the_end(started(questions))

    page = text_of(viewer_client.get(ragflow_server.url("retrieval:set", questions.pk)))
    assert "<polyline" in page
    assert re.search(r'class="ra-ok"> \+\d\.\d\d', page)
    assert "threshold 0.99" in page
    assert "found now" in text_of(viewer_client.get(ragflow_server.url("retrieval:run", questions.pk, second.pk)))


def test_a_hit_of_the_lab_is_kept_with_its_question(
    curator_client: Client, ragflow_server: Server, document: Document, questions: QuestionSet
) -> None:
    page = text_of(curator_client.get(f"{ragflow_server.url('retrieval:lab')}?q=parental"))
    found = re.search(r'href="([^"]*/retrieval/sets/keep/[^"]*)"', page)
    assert found
    form = text_of(curator_client.get(found[1]))
    assert "leave.txt" in form
    assert "parental" in form

    keep = ragflow_server.url("retrieval:keep")
    for documents in ("leave.txt", "policy.pdf"):
        curator_client.post(keep, {"set": questions.pk, "text": "parental", "documents": documents})
    assert list(questions.questions.values_list("text", "documents")) == [("parental", ["leave.txt", "policy.pdf"])]


def test_a_question_is_changed_and_taken_out(
    curator_client: Client, ragflow_server: Server, questions: QuestionSet
) -> None:
    kept = questions.questions.create(text="soup", documents=["leave.txt"])
    url = ragflow_server.url("retrieval:question", questions.pk, kept.pk)

    wrong = curator_client.post(url, {"text": "broth", "documents": " ", "chunks": ""})
    assert wrong.status_code == 422
    assert "name at least one document or one chunk" in text_of(wrong)
    assert "broth" in text_of(wrong)
    curator_client.post(url, {"text": "broth", "documents": "menu.pdf\nleave.txt", "chunks": "abc"})
    kept.refresh_from_db()
    assert (kept.text, kept.documents, kept.chunks) == ("broth", ["menu.pdf", "leave.txt"], ["abc"])
    curator_client.post(url, {"remove": "1"})
    assert not questions.questions.exists()


def test_a_set_is_deleted_after_a_question(
    curator_client: Client, ragflow_server: Server, questions: QuestionSet
) -> None:
    url = ragflow_server.url("retrieval:set-delete", questions.pk)

    assert "Delete this question set?" in text_of(curator_client.get(url))
    assert QuestionSet.objects.exists()
    assert curator_client.post(url)["Location"] == ragflow_server.url("retrieval:sets")
    assert not QuestionSet.objects.exists()


def test_sets_of_another_server_are_not_there(
    curator_client: Client, ragflow_server: Server, questions: QuestionSet
) -> None:
    other = Server(name="Other", slug="other", base_url=ragflow_server.base_url)
    other.api_key = "x"
    other.save()

    assert curator_client.get(other.url("retrieval:set", questions.pk)).status_code == 404
    assert curator_client.post(other.url("retrieval:set-delete", questions.pk)).status_code == 404
    assert QuestionSet.objects.exists()


def test_what_goes_out_as_csv_comes_in_again(
    curator_client: Client, ragflow_server: Server, questions: QuestionSet
) -> None:
    rows = [
        ("What does “=1+1” mean?", ["a.pdf", "b, c.pdf"], []),
        ("=cmd|' /C calc'!A0", ["a.pdf"], ["c1", "c2"]),
        ("Zeile\nzwei", ["ä.pdf"], []),
    ]
    for text, documents, chunks in rows:
        questions.questions.create(text=text, documents=documents, chunks=chunks)
    exported = curator_client.get(ragflow_server.url("retrieval:set-export", questions.pk))
    assert exported["Content-Type"].startswith("text/csv")
    assert not re.search(rb"^=", exported.content, re.MULTILINE), "no cell is a formula"
    questions.questions.all().delete()

    upload = SimpleUploadedFile("q.csv", exported.content)
    response = curator_client.post(
        ragflow_server.url("retrieval:set-import", questions.pk), {"file": upload}, follow=True
    )

    assert "3 questions added, 0 changed." in text_of(response)
    assert [(row.text, row.documents, row.chunks) for row in questions.questions.all()] == rows


def test_a_file_changes_what_is_there_and_adds_the_rest(
    curator_client: Client, ragflow_server: Server, questions: QuestionSet
) -> None:
    questions.questions.create(text="soup", documents=["old.pdf"])
    questions.questions.create(text="lamp", documents=["lamp.pdf"])
    content = "\ufeffQuestion;Documents\r\nsoup;new.pdf\r\nbread;bread.pdf | flour.pdf\r\n".encode()

    response = curator_client.post(
        ragflow_server.url("retrieval:set-import", questions.pk),
        {"file": SimpleUploadedFile("q.csv", content)},
        follow=True,
    )

    assert "1 questions added, 1 changed." in text_of(response)
    assert dict(questions.questions.values_list("text", "documents")) == {
        "soup": ["new.pdf"],
        "lamp": ["lamp.pdf"],
        "bread": ["bread.pdf", "flour.pdf"],
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the first line has to name the columns"),
        (b"text,documents\na,b\n", "the first line has to name the columns"),
        (b"question,documents\n", "there is no question in it"),
        (b"question,documents\na,b\n,c\n", "line 3 has no question"),
        (b"question,documents\na,\n", "line 2 names neither documents nor chunks"),
        (b"question,documents\n" + b"x" * 2001 + b",b\n", "longer than 2,000 characters"),
        ("question,documents\nä,b\n".encode("latin-1"), "save it as CSV in UTF-8"),
        (b"question,documents\na\0,b\n", "not a CSV file"),
        (b"question,documents\n" + b"".join(b"q%d,b\n" % n for n in range(2001)), "at most 2,000 questions"),
    ],
)
def test_a_file_that_is_not_right_says_where(content: bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        question_csv.read(content)


def test_a_wrong_file_changes_nothing(curator_client: Client, ragflow_server: Server, questions: QuestionSet) -> None:
    response = curator_client.post(
        ragflow_server.url("retrieval:set-import", questions.pk),
        {"file": SimpleUploadedFile("q.csv", b"question,documents\na,b\nc,\n")},
    )

    assert response.status_code == 422
    assert "line 3 names neither documents nor chunks" in text_of(response)
    assert not questions.questions.exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "", "dataset": "+"}, "Name: give the set a name."),
        ({"name": "Leave", "dataset": "+"}, "Name: there is a set “Leave” already. Choose another one."),
        ({"name": "New"}, "Datasets: choose at least one."),
        ({"name": "New", "dataset": "f" * 32}, "Datasets: there is none with the id"),
    ],
)
def test_a_set_needs_a_name_and_datasets_that_can_be_asked(
    given: dict[str, str],
    message: str,
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    questions: QuestionSet,
) -> None:
    given = {key: document.dataset_id if value == "+" else value for key, value in given.items()}
    response = curator_client.post(ragflow_server.url("retrieval:set-create"), given)

    assert response.status_code == 422
    assert message in text_of(response)
    assert QuestionSet.objects.count() == 1


def test_hostile_names_and_questions_stay_texts(
    viewer_client: Client, ragflow_server: Server, questions: QuestionSet
) -> None:
    QuestionSet.objects.filter(pk=questions.pk).update(name="<script>alert(1)</script>")
    questions.questions.create(text='"><img src=x onerror=alert(1)>', documents=["<svg onload=alert(1)>"])
    questions.refresh_from_db()
    run = started(questions)
    for url in (
        ragflow_server.url("retrieval:sets"),
        ragflow_server.url("retrieval:set", questions.pk),
        ragflow_server.url("retrieval:run", questions.pk, run.pk),
    ):
        body = viewer_client.get(url).content.decode()
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert "<svg onload" not in body


def test_viewers_read_but_do_not_change(viewer_client: Client, ragflow_server: Server, questions: QuestionSet) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    page = text_of(viewer_client.get(ragflow_server.url("retrieval:set", questions.pk)))

    assert "soup" in page
    assert "Add a question" not in page
    assert "Run 1 question" not in page


def test_rows_of_a_file_are_read_as_they_are_written() -> None:
    assert question_csv.read(b"question,documents,chunks\n a , x | y | x ,c\n") == [Row("a", ("x", "y"), ("c",))]


def test_large_sets_and_runs_are_paged(
    viewer_client: Client, ragflow_server: Server, document: Document, questions: QuestionSet
) -> None:
    for number in range(30):
        questions.questions.create(text=f"Question number {number:02}", documents=["x"])
    run = started(questions)
    for url in (
        ragflow_server.url("retrieval:set", questions.pk),
        ragflow_server.url("retrieval:run", questions.pk, run.pk),
    ):
        first, second = (text_of(viewer_client.get(f"{url}?page={page}")) for page in (1, 2))
        assert "Question number 00" in first
        assert "Question number 25" not in first
        assert "Question number 25" in second
        assert "26 to 30 of 30" in second


def test_pages_of_sets_ask_ragflow_for_names_only(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    questions: QuestionSet,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    run = run_to_the_end(started(questions))
    standin.reset_requests()
    curator_client.get(ragflow_server.url("retrieval:set", questions.pk))
    first = sorted(entry["path"] for entry in standin.requests(tenant_key))
    standin.reset_requests()
    for url in (
        ragflow_server.url("retrieval:sets"),
        ragflow_server.url("retrieval:set", questions.pk),
        ragflow_server.url("retrieval:run", questions.pk, run.pk),
        ragflow_server.url("retrieval:keep"),
    ):
        curator_client.get(url)

    assert first == ["/api/v1/datasets", "/v1/llm/list"]
    assert standin.requests(tenant_key) == [], "they are remembered for a while"


STRICT = Settings({**AT_DEFAULT.values, "similarity_threshold": 0.99})


@pytest.fixture
def pair(document: Document, questions: QuestionSet) -> tuple[QuestionRun, QuestionRun]:
    """Run with settings that find nothing, and with the defaults: one question is found by B, one by neither."""
    questions.questions.create(text="parental leave", documents=["leave.txt"])
    questions.questions.create(text="What soup is served?", documents=["menu.pdf"])
    made = runs.start_pair(questions, "ada", STRICT, AT_DEFAULT)
    assert made
    return made


def compared(
    client: Client, server: Server, questions: QuestionSet, first: QuestionRun, second: QuestionRun, **more: str
) -> str:
    return text_of(client.get(server.url("retrieval:compare", questions.pk), {"a": first.pk, "b": second.pk, **more}))


def test_a_set_is_run_with_a_and_then_with_b_and_both_stand_side_by_side(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
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
    assert "waits for A" in waiting
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
    assert "B finds 1 better and 0 worse than A, 1 the same." in re.sub(r"<[^>]*>", "", page)
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
    assert "B finds 0 better and 1 worse than A" in worse
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
    assert "1 cannot be compared: not asked in both." in page
    assert "parental leave" in page
    assert "failed" in page


def test_a_run_that_waits_is_among_what_goes_on(
    viewer_client: Client, ragflow_server: Server, pair: tuple[QuestionRun, QuestionRun]
) -> None:
    page = text_of(viewer_client.get(ragflow_server.url("activity:page"), {"state": "running"}))
    assert "waits for the run before it" in page


def test_stopping_a_stops_b_and_stopping_b_leaves_a(
    curator_client: Client, ragflow_server: Server, questions: QuestionSet, pair: tuple[QuestionRun, QuestionRun]
) -> None:
    first, _second = pair
    curator_client.post(ragflow_server.url("retrieval:run-stop", questions.pk, first.pk))
    assert set(questions.runs.values_list("state", flat=True)) == {"stopped"}
    again = runs.start_pair(questions, "ada", STRICT, AT_DEFAULT)
    assert again
    curator_client.post(ragflow_server.url("retrieval:run-stop", questions.pk, again[1].pk))
    run_to_the_end(again[0])
    assert runs.due() == []
    again[1].refresh_from_db()
    assert again[1].state == QuestionRun.State.STOPPED


def test_a_pair_starts_only_when_nothing_is_under_way(
    questions: QuestionSet, pair: tuple[QuestionRun, QuestionRun]
) -> None:
    assert runs.start_pair(questions, "ada", STRICT, AT_DEFAULT) is None
    assert runs.start(questions, "ada", AT_DEFAULT) is None
    assert QuestionRun.objects.count() == 2


def test_a_wrong_setting_of_b_starts_nothing(
    curator_client: Client, ragflow_server: Server, document: Document, questions: QuestionSet
) -> None:
    questions.questions.create(text="soup", documents=["leave.txt"])
    response = curator_client.post(
        ragflow_server.url("retrieval:run-start", questions.pk), {"compare": "1", "b-top_k": "-3"}, follow=True
    )
    assert "Top-k: a whole number from 1 to 10,000." in text_of(response)
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
    assert file.content.decode().splitlines() == [
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
    heads = re.search(r"As a table.*?<thead>(.*?)</thead>", page, re.DOTALL)
    assert heads
    assert re.findall(r">([^<>]+)</th>", heads[1]) == ["Run", "hit@1", "hit@3", "hit@5", "hit@10", "MRR", "Misses"]
    rows = re.findall(r'<tr><th scope="row"><a href="[^"]*/runs/\d+/">.*?</tr>', page)
    assert [re.findall(r'c-num">([^<]*)<', row) for row in rows] == [
        ["0.50", "0.50", "0.50", "0.50", "0.50", "1"],
        ["0.00", "0.00", "0.00", "0.00", "0.00", "2"],
    ]
