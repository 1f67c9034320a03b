"""What a seeded stand-in holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ragflow_admin.standin.testing import StandinProcess
from tests.standin.conftest import Caller, answer_text

pytestmark = pytest.mark.releases


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, release: str) -> Iterator[StandinProcess]:
    with StandinProcess(tmp_path_factory.mktemp("demo"), release=release, seed="demo") as process:
        yield process


def assistants(caller: Caller) -> list[dict[str, Any]]:
    """The list of assistants, which 0.27 wraps."""
    found = caller.data("GET", "/chats")
    return list(found if isinstance(found, list) else found["chats"])


def test_the_demo_has_parsed_failed_and_untouched_documents_at_once(demo: StandinProcess) -> None:
    caller = Caller(demo.base_url, demo.key)
    datasets = {row["name"]: row["id"] for row in caller.data("GET", "/datasets")}
    assert set(datasets) == {"RAGFlow Admin handbook", "Office documents"}
    documents = caller.data("GET", f"/datasets/{datasets['Office documents']}/documents")["docs"]
    states = [row["run"] for row in documents]
    assert {row["suffix"] for row in documents} >= {"pdf", "docx", "xlsx", "csv", "txt", "html"}
    assert (states.count("FAIL"), states.count("UNSTART"), states.count("RUNNING")) == (1, 1, 0)


def test_the_handbook_holds_every_page_of_the_documentation(demo: StandinProcess) -> None:
    caller = Caller(demo.base_url, demo.key)
    pages = {page.name for page in (Path(__file__).resolve().parents[2] / "docs").glob("*.md")}
    found = next(row for row in caller.data("GET", "/datasets") if row["name"].endswith("handbook"))
    query = {"page_size": 100, "run": "DONE"}
    rows = caller.data("GET", f"/datasets/{found['id']}/documents", params=query)["docs"]
    assert pages <= {row["name"] for row in rows}


def test_the_demo_assistant_quotes_the_office_documents(demo: StandinProcess) -> None:
    caller = Caller(demo.base_url, demo.key)
    (assistant,) = assistants(caller)
    session = caller.data("POST", f"/chats/{assistant['id']}/sessions", json={"name": "Demo"})["id"]
    text = answer_text(caller.stream(assistant["id"], session, "How many days of holiday does an employee have?"))
    assert "28 days of paid holiday" in text
    assert "[ID:0]" in text


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How do I add a colleague?", "an administrator invites them with a link"),
        ("How can I invite someone?", "invites them with a link"),
        ("How do I change someone's role?", "opens the person in the list"),
    ],
)
def test_the_handbook_assistant_says_how_people_are_added(demo: StandinProcess, question: str, answer: str) -> None:
    caller = Caller(demo.base_url, demo.key)
    (assistant,) = assistants(caller)
    session = caller.data("POST", f"/chats/{assistant['id']}/sessions", json={"name": "People"})["id"]
    text = answer_text(caller.stream(assistant["id"], session, question))
    assert text.startswith("**people.md** says:")
    assert answer in text


def test_a_second_start_brings_nothing_back_that_was_deleted(demo: StandinProcess) -> None:
    caller = Caller(demo.base_url, demo.key)
    (assistant,) = assistants(caller)
    caller.data("DELETE", "/chats", json={"ids": [assistant["id"]]})
    demo.restart()
    assert assistants(caller) == []
    assert len(caller.data("GET", "/datasets")) == 2


def test_a_large_dataset_has_as_many_documents_as_asked_for(tmp_path: Path, release: str) -> None:
    with StandinProcess(tmp_path, release=release, seed="large:120") as own:
        caller = Caller(own.base_url, own.key)
        (row,) = caller.data("GET", "/datasets")
        assert row["document_count"] == 120
        page = caller.data("GET", f"/datasets/{row['id']}/documents", params={"page_size": 50, "page": 3})
        assert (len(page["docs"]), page["total"]) == (20, 120)


def test_an_unknown_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        StandinProcess(tmp_path, seed="huge").start()
