"""The session ends while someone is writing: the page stays, shows a notice, and can send after they sign in again."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from tests.browser.conftest import LOOKS, NewPage, assert_accessible
from tests.support.browser.browsing import DROP_MANY, upload_item

pytestmark = pytest.mark.browser
PASSWORD = "a good password 1"
SENTENCE = "You are signed out. Sign in in another tab, then submit again."


def signed_out(page: Page) -> Locator:
    """The notice."""
    return page.get_by_role("alert").filter(has_text=SENTENCE)


def end_session(page: Page) -> None:
    page.context.clear_cookies(name="sessionid")


def sign_in_elsewhere(page: Page, user: User) -> None:
    """By the link of the notice, which opens another tab. Its sign-in gives the browser a new token."""
    with page.expect_popup() as opened:
        signed_out(page).get_by_role("link", name="Sign in in another tab").click()
    tab = opened.value
    tab.get_by_label("Username").fill(user.username)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", name="You are signed in")).to_be_visible()
    tab.close()


def test_a_question_stays_and_is_sent_after_signing_in_in_another_tab(
    page: Page, server: Server, ragflow: RAGFlow, administrator: User
) -> None:
    assistant = ragflow.chats.create(name="Handbook")
    page.goto(server.url("assistants:chat", assistant.id))
    question = page.get_by_label("Question", exact=True)
    question.fill("What may a hotel cost?")
    end_session(page)
    page.keyboard.press("Enter")
    expect(signed_out(page)).to_be_visible()
    expect(question).to_have_value("What may a hotel cost?")
    page.keyboard.press("Enter")
    expect(signed_out(page)).to_have_count(1)
    sign_in_elsewhere(page, administrator)
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/sessions/*/")
    expect(page.locator(".ra-q")).to_contain_text("What may a hotel cost?")
    expect(page.locator("#answer-1 .ra-a-foot")).to_be_visible()


def test_a_chunk_that_is_edited_stays_and_is_saved(
    page: Page, server: Server, document: Document, ragflow: RAGFlow, administrator: User
) -> None:
    page.goto(server.url("chunks:list", document.dataset_id, document.id))
    page.get_by_role("link", name="Edit").first.click()
    text = page.locator("[data-chunk-form] textarea").first
    text.fill("What was typed.")
    end_session(page)
    page.get_by_role("button", name="Save chunk").click()
    expect(signed_out(page)).to_be_visible()
    expect(text).to_have_value("What was typed.")
    sign_in_elsewhere(page, administrator)
    page.get_by_role("button", name="Save chunk").click()
    expect(page.locator("[data-chunk-form]")).to_have_count(0)
    expect(page.get_by_text("What was typed.")).to_be_visible()
    expect(signed_out(page)).to_have_count(0)


@pytest.mark.thorough
def test_settings_of_a_dataset_stay_and_are_saved(
    page: Page, server: Server, dataset: Dataset, ragflow: RAGFlow, administrator: User
) -> None:
    page.goto(server.url("datasets:settings", dataset.id))
    page.get_by_label("Name", exact=True).fill("Renamed")
    end_session(page)
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()
    expect(signed_out(page)).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Renamed")
    assert_accessible(page, LOOKS)
    sign_in_elsewhere(page, administrator)
    save.click()
    expect(page.get_by_text("Settings saved")).to_be_visible()
    assert ragflow.datasets.get(dataset.id).name == "Renamed"


@pytest.mark.thorough
def test_a_file_waits_in_the_panel_and_is_sent_again(
    page: Page, server: Server, dataset: Dataset, ragflow: RAGFlow, administrator: User
) -> None:
    page.goto(server.url("documents:list", dataset.id))
    page.evaluate(DROP_MANY, ["first.txt"])
    expect(upload_item(page, "first.txt")).to_have_attribute("data-state", "done")
    end_session(page)
    page.evaluate(DROP_MANY, ["second.txt"])
    expect(upload_item(page, "second.txt")).to_contain_text("You are signed out.")
    expect(signed_out(page)).to_be_visible()
    sign_in_elsewhere(page, administrator)
    upload_item(page, "second.txt").get_by_role("button", name="Retry").click()
    expect(upload_item(page, "second.txt")).to_have_attribute("data-state", "done")
    assert sorted(one.name for one in ragflow.documents.list(dataset.id)) == ["first.txt", "second.txt"]


def test_the_notice_goes_when_one_comes_back_signed_in(page: Page, server: Server, administrator: User) -> None:
    page.goto("/style-guide/")
    end_session(page)
    page.click("#confirm-3")
    expect(signed_out(page)).to_be_visible()
    expect(page).to_have_url("/style-guide/")
    sign_in_elsewhere(page, administrator)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(signed_out(page)).to_have_count(0)


def test_a_page_that_asks_by_itself_says_it_once(page: Page, server: Server) -> None:
    page.goto("/style-guide/")
    end_session(page)
    ask = "import('/static/js/core/session.js').then(session => session.send('/session/', {headers: session.POLL}))"
    page.evaluate(ask)
    signed_out(page).get_by_role("button", name="Dismiss").click()
    page.evaluate(ask)
    expect(signed_out(page)).to_have_count(0)
    page.click("#confirm-3")
    expect(signed_out(page)).to_be_visible()


def test_what_a_page_asks_every_few_seconds_says_so_and_a_click_does_not(page: Page, server: Server) -> None:
    page.goto("/style-guide/")
    polls, clicks = [], []
    page.on("request", lambda sent: "/session/" in sent.url and polls.append(sent.headers.get("x-poll")))
    page.on("request", lambda sent: "/confirm/" in sent.url and clicks.append(sent.headers.get("x-poll")))
    page.evaluate(
        """() => {
          const made = document.createElement("div");
          made.setAttribute("hx-get", "/session/");
          made.setAttribute("hx-trigger", "every 50ms");
          document.getElementById("main").append(made);
          htmx.process(made);
        }"""
    )
    with page.expect_response("**/session/"):
        pass
    page.click("#confirm-3")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert set(polls) == {"true"}
    assert clicks == [None]


def test_without_script_what_was_written_is_confirmed_after_signing_in(
    new_page: NewPage, server: Server, ragflow: RAGFlow, administrator: User
) -> None:
    page = new_page(administrator, java_script_enabled=False)
    page.goto(server.url("datasets:create"))
    page.get_by_label("Name", exact=True).fill("Kept")
    page.get_by_label("Description").fill("Two lines,\nand a word")
    end_session(page)
    page.get_by_role("button", name="Create dataset").last.click()
    expect(page.get_by_role("status").first).to_contain_text("Your input is kept")
    page.get_by_label("Username", exact=True).fill(administrator.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Submit your input?")).to_be_visible()
    expect(page.locator("pre").first).to_have_text("Two lines,\nand a word")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Kept")).to_be_visible()
    (made,) = ragflow.datasets.list()
    assert (made.name, made.description.replace("\r", "")) == ("Kept", "Two lines,\nand a word")


@pytest.mark.thorough
def test_pages_on_the_way_through_signing_in_are_accessible(
    new_page: NewPage, server: Server, administrator: User
) -> None:
    page = new_page(administrator)
    page.goto("/signed-in/")
    assert_accessible(page, LOOKS)
    page.goto(server.url("datasets:create"))
    page.get_by_label("Description").fill("Two words")
    end_session(page)
    # As without script, in which axe could not look.
    page.evaluate("document.querySelector('[data-dataset-form]').submit()")
    expect(page.get_by_role("status").first).to_contain_text("Your input is kept")
    assert_accessible(page, LOOKS)
    page.get_by_label("Username", exact=True).fill(administrator.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Submit your input?")).to_be_visible()
    assert_accessible(page, LOOKS)


def test_back_and_forward_show_each_page_as_it_is_now(
    page: Page, server: Server, dataset: Dataset, ragflow: RAGFlow
) -> None:
    ragflow.datasets.create(name="Another")
    page.goto(server.url("datasets:list"))
    page.get_by_role("searchbox").first.fill("handbook")
    page.wait_for_url("**q=handbook**")
    page.get_by_role("link", name=dataset.name).first.click()
    page.wait_for_url("**/documents/")
    page.go_back()
    page.wait_for_url("**q=handbook**")
    expect(page.get_by_role("link", name=dataset.name).first).to_be_visible()
    expect(page.get_by_role("link", name="Another")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("link", name="Another").first).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("link", name="Another")).to_have_count(0)
