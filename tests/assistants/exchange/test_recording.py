"""Questions asked in a chat are recorded with their answers."""

from __future__ import annotations

import csv
import io

from tests.assistants.conftest import World
from tests.support.processes.chat_web import Person
from tests.support.processes.waiting import wait_until


def test_a_question_that_is_asked_is_there_with_its_answer(world: World, somebody: Person) -> None:
    asked = somebody.ask(world.path(world.session()), "How many months of parental leave may each parent take?")
    asked.follow().end()
    # The record is written after the answer is shown.
    wait_until(lambda: "24 months" in recorded(somebody)["Answer"])
    told = recorded(somebody)
    assert (told["Person"], told["Outcome"], told["Cited documents"]) == ("ada", "Answered", "policy.txt")


def recorded(person: Person) -> dict[str, str]:
    """The newest row of the file that is about the question."""
    found = person.get("/servers/ragflow/conversations/export/").content.decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(found))
    return next(row for row in rows if row["Question"].startswith("How many months of parental leave"))
