"""Question sets and their questions: made, filled, changed, deleted, paged, and who may do what."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from dashboard.models import QuestionRun, QuestionSet, Server
from dashboard.ragflow.types import Document
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.lab_asking import run_to_the_end, started
from tests.support.pages.reading import text_of


def test_a_set_is_made_filled_run_and_read(
    curator_client: Client, ragflow_server: Server, handbook: Document, standin: StandinProcess, tenant_key: str
) -> None:
    made = curator_client.post(
        ragflow_server.url("retrieval:set-create"), {"name": "Leave", "dataset": handbook.dataset_id}
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
    assert re.search(r"hit@1</dt>\s*<dd[^>]*>\s*0\.50", overview)
    assert "1 miss" in overview
    assert "hit@5" in text_of(curator_client.get(ragflow_server.url("retrieval:sets")))


def test_a_hit_of_the_lab_is_kept_with_its_question(
    curator_client: Client, ragflow_server: Server, handbook: Document, questions: QuestionSet
) -> None:
    page = text_of(curator_client.get(f"{ragflow_server.url('retrieval:lab')}?q=parental"))
    found = re.search(r'href="([^"]*/retrieval/sets/keep/[^"]*)"', page)
    assert found
    form = text_of(curator_client.get(found[1]))
    assert "leave.txt" in form
    assert "parental" in form

    keep = ragflow_server.url("retrieval:keep")
    for documents in ("leave.txt", "policy.pdf"):
        sent = {"set": questions.pk, "text": "parental", "documents": documents}
        # The form is sent to its own address, which says what it began with.
        curator_client.post(f"{keep}?{urlencode({'text': 'parental', 'documents': documents})}", sent)
    assert list(questions.questions.values_list("text", "documents")) == [("parental", ["leave.txt", "policy.pdf"])]


def test_a_question_is_changed_and_taken_out(
    curator_client: Client, ragflow_server: Server, questions: QuestionSet
) -> None:
    kept = questions.questions.create(text="soup", documents=["leave.txt"])
    url = ragflow_server.url("retrieval:question", questions.pk, kept.pk)

    wrong = curator_client.post(url, {"text": "broth", "documents": " ", "chunks": ""})
    assert wrong.status_code == 422
    assert "List at least one document or chunk" in text_of(wrong)
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


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "", "dataset": "+"}, "Enter a name."),
        ({"name": "Leave", "dataset": "+"}, "A set named “Leave” already exists. Choose another name."),
        ({"name": "New"}, "Choose at least one dataset."),
        ({"name": "New", "dataset": "f" * 32}, "No dataset with the ID"),
    ],
)
def test_a_set_needs_a_name_and_datasets_that_can_be_asked(
    given: dict[str, str],
    message: str,
    curator_client: Client,
    ragflow_server: Server,
    handbook: Document,
    questions: QuestionSet,
) -> None:
    given = {key: handbook.dataset_id if value == "+" else value for key, value in given.items()}
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


def test_large_sets_and_runs_are_paged(
    viewer_client: Client, ragflow_server: Server, handbook: Document, questions: QuestionSet
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
    handbook: Document,
    questions: QuestionSet,
    standin: StandinProcess,
    tenant_key: str,
    release: str,
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

    new = ["/api/v1/models", "/api/v1/models/default"]
    assert first == ["/api/v1/datasets", *(["/v1/llm/list", "/v1/user/tenant_info"] if release == "0.24" else new)]
    assert standin.requests(tenant_key) == [], "they are remembered for a while"


def test_saving_a_question_that_nobody_touched_rewrites_nothing(
    curator_client: Client, ragflow_server: Server, questions: QuestionSet
) -> None:
    stored = {"text": "Who pays?\nAnd when?", "documents": ["a.txt", "b\u2028c.txt"], "chunks": []}
    question = questions.questions.create(**stored)
    url = ragflow_server.url("retrieval:question", questions.pk, question.pk)
    assert '<textarea name="text"' in curator_client.get(url).content.decode()

    sent = {"text": "Who pays?\r\nAnd when?", "documents": "a.txt\r\nb\u2028c.txt", "chunks": ""}
    curator_client.post(url, sent)

    question.refresh_from_db()
    assert {name: getattr(question, name) for name in stored} == stored
