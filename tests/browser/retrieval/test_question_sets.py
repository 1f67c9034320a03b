"""Question sets in a real browser: from a hit that is right to a run that is followed to its end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from dashboard.models import QuestionRun, QuestionSet, Server
from dashboard.ragflow.types import Document
from dashboard.retrieval.question_sets import runs
from dashboard.retrieval.settings import AT_DEFAULT, Settings
from tests.browser.conftest import LOOKS, assert_accessible
from tests.chunks.conftest import Upload, dataset, upload
from tests.support.pages.lab_asking import asking

__all__ = ["dataset", "upload"]
pytestmark = pytest.mark.browser


@pytest.fixture
def document(upload: Upload) -> Document:
    return upload("leave.txt", "You apply for parental leave seven weeks ahead.\nAnnual leave is thirty days.")


@pytest.fixture
def questions(ragflow_server: Server, document: Document) -> QuestionSet:
    kept = QuestionSet.objects.create(
        server=ragflow_server, name="Leave", dataset_ids=[document.dataset_id], username="ada"
    )
    kept.questions.create(text="How long is annual leave?", documents=["leave.txt"])
    kept.questions.create(text="Who cooks?", documents=["menu.pdf"])
    return kept


def test_a_right_hit_is_kept_and_the_set_is_run_and_followed(
    page: Page, ragflow_server: Server, document: Document, questions: QuestionSet
) -> None:
    page.goto(f"{ragflow_server.url('retrieval:lab')}?q=parental&dataset={document.dataset_id}")
    page.get_by_role("link", name="Add to question set 1", exact=True).click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Leave", exact=True)).to_be_visible()
    expect(page.get_by_text("3 questions", exact=True)).to_be_visible()

    page.get_by_role("button", name="Run 3 questions").click()
    expect(page.get_by_text("0 of 3 asked")).to_be_visible()
    runs.work(QuestionRun.objects.get().pk)
    expect(page.get_by_text("3 asked, 1 missed, 0 failed.")).to_be_visible(timeout=20_000)

    page.get_by_role("link", name="How long is annual leave?").click()
    expect(page.get_by_role("heading", name="Results")).to_be_visible()


def test_a_set_is_run_with_two_settings_and_both_are_followed(
    page: Page, ragflow_server: Server, questions: QuestionSet
) -> None:
    page.goto(ragflow_server.url("retrieval:set", questions.pk))
    page.get_by_role("link", name="A | B").click()
    page.get_by_text("Settings B").click()
    page.locator("[name=b-similarity_threshold]").fill("0.99")
    page.get_by_role("button", name="Run 2 questions with A and with B").click()
    expect(page.get_by_text("B: waiting for A")).to_be_visible()
    first, second = QuestionRun.objects.order_by("pk").values_list("pk", flat=True)
    runs.work(first)
    expect(page.get_by_text("A: 2 of 2 asked")).to_be_visible(timeout=20_000)
    runs.work(second)
    expect(page.get_by_text("B compared with A: 0 better, 1 worse")).to_be_visible(timeout=20_000)
    assert_accessible(page)
    page.get_by_role("link", name="Unchanged 1").click()
    expect(page.get_by_role("rowheader", name="Who cooks?")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("rowheader", name="How long is annual leave?")).to_be_visible()


def test_a_set_is_deleted_in_a_dialog(page: Page, ragflow_server: Server, questions: QuestionSet) -> None:
    page.goto(ragflow_server.url("retrieval:set", questions.pk))
    page.get_by_role("link", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete this question set?")
    expect(dialog).to_contain_text("Leave")
    dialog.get_by_role("button", name="Delete set").click()
    expect(page).to_have_url(re.compile("/retrieval/sets/$"))
    assert not QuestionSet.objects.exists()


@pytest.mark.thorough
def test_the_pages_of_sets_stand_in_nobodys_way(
    page: Page, ragflow_server: Server, document: Document, questions: QuestionSet
) -> None:
    for threshold in (0.9, 0.2):
        run = runs.start(questions, asking(), Settings({**AT_DEFAULT.values, "similarity_threshold": threshold}))
        assert run
        runs.work(run.pk)
    under_way = runs.start(questions, asking(), AT_DEFAULT)
    assert under_way
    page.goto(ragflow_server.url("retrieval:run", questions.pk, under_way.pk))
    assert_accessible(page, LOOKS)
    runs.stop(under_way)
    page.goto(f"{ragflow_server.url('retrieval:set', questions.pk)}?top_k=0")
    assert_accessible(page, LOOKS)
