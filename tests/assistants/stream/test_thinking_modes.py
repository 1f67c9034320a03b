"""How hard a model thinks: a choice beside the question, on servers that have it."""

from __future__ import annotations

import pytest

from tests.assistants.conftest import World
from tests.support.processes.chat_web import Person
from tests.support.ragflow.knowledge import assistant_on

QUESTION = "How many months of parental leave may each parent take?"


@pytest.mark.releases
def test_a_thinking_mode_is_offered_where_ragflow_has_them_and_stays_chosen(
    world: World, somebody: Person, release: str
) -> None:
    has_them = release != "0.24"
    session = world.session()
    assert ('name="thinking"' in somebody.get(world.path(session)).text) == has_them
    world.standin.reset_requests()
    answer = somebody.post(f"{world.path(session)}ask/", {"question": QUESTION, "thinking": "high"}, htmx=False)
    assert answer.status_code == 200
    (asked,) = (one["json"] for one in world.standin.requests(world.key) if one["path"].endswith("/completions"))
    assert asked.get("reasoning") == (3 if has_them else None)
    assert ('<option value="high" selected>' in answer.text) == has_them
    assert ('<input type="hidden" name="thinking" value="high">' in answer.text) == has_them, "to ask again"
    without = world.ragflow.sessions.create(assistant_on(world.ragflow, None), "Nothing to search")
    assert 'name="thinking"' not in somebody.get(world.path(without)).text
