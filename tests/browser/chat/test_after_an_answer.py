"""What one does with an answer once it is there: rate it, reword the question, ask what the model suggests."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.assistants.conftest import World
from tests.browser.chat.conftest import Open, answered, ask
from tests.browser.conftest import LOOKS, assert_accessible

pytestmark = pytest.mark.browser


def test_an_answer_is_rated_reworded_and_followed_up_by_keyboard(world: World, open_page: Open) -> None:
    page = open_page(world.path(world.session()))
    ask(page)
    answered(page)
    answer = page.get_by_role("article", name="Answer 1")
    answer.get_by_role("button", name="Bad answer").press("Enter")
    expect(answer.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    comment = answer.get_by_label("What is wrong with it?")
    comment.fill("It names no year")
    comment.press("Enter")
    expect(answer.get_by_role("status")).to_contain_text("Thank you")

    page.get_by_role("button", name="Reword 1").press("Enter")
    field = page.get_by_label("Question", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_value("How many months of parental leave may each parent take?")
    field.fill("")

    answer.get_by_role("button", name="Suggest what to ask next").press("Enter")
    suggested = page.locator(".ra-related button").first
    expect(suggested).to_be_visible()
    assert_accessible(page, LOOKS)
    suggested.press("Enter")
    answered(page, 2)
    page.reload()
    expect(page.get_by_role("article", name="Answer 1").get_by_label("What is wrong with it?")).to_have_value(
        "It names no year"
    )
