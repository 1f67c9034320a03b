"""Questions asked in a chat are recorded with their answers."""

from __future__ import annotations

import csv
import io

from tests.assistants.conftest import World
from tests.support.processes.chat_web import Person


def test_a_question_that_is_asked_is_there_with_its_answer(world: World, somebody: Person) -> None:
    asked = somebody.ask(world.path(world.session()), "How many months of parental leave may each parent take?")
    asked.follow().end()
    found = somebody.get("/servers/ragflow/conversations/export/")
    rows = list(csv.DictReader(io.StringIO(found.content.decode("utf-8-sig"))))
    told = next(row for row in rows if row["Question"].startswith("How many months of parental leave"))
    assert "24 months" in told["Answer"]
    assert (told["Person"], told["Outcome"], told["Cited documents"]) == ("ada", "Answered", "policy.txt")
