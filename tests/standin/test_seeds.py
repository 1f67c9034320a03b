"""What a seeded stand-in holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragflow_admin.standin.testing import StandinProcess
from tests.standin.conftest import Caller, text_of


def test_the_demo_can_be_asked_at_once_and_is_sown_only_once(tmp_path: Path) -> None:
    with StandinProcess(tmp_path, seed="demo") as own:
        caller = Caller(own.base_url, own.key)
        datasets = {row["name"]: row for row in caller.data("GET", "/datasets")}
        assert set(datasets) == {"RAGFlow Admin handbook", "Office documents"}
        office = datasets["Office documents"]["id"]
        documents = caller.data("GET", f"/datasets/{office}/documents")["docs"]
        states = [row["run"] for row in documents]
        assert {row["suffix"] for row in documents} >= {"pdf", "docx", "xlsx", "csv", "txt", "html"}
        assert (states.count("FAIL"), states.count("UNSTART"), states.count("RUNNING")) == (1, 1, 0)

        (assistant,) = caller.data("GET", "/chats")
        session = caller.data("POST", f"/chats/{assistant['id']}/sessions", json={"name": "Demo"})["id"]
        text = text_of(caller.stream(assistant["id"], session, "How many days of holiday does an employee have?"))
        assert "28 days of paid holiday" in text
        assert "[ID:0]" in text

        caller.data("DELETE", "/chats", json={"ids": [assistant["id"]]})
        own.restart()
        assert caller.data("GET", "/chats") == []
        assert len(caller.data("GET", "/datasets")) == 2


def test_the_handbook_holds_every_page_of_the_documentation(tmp_path: Path) -> None:
    pages = {page.name for page in (Path(__file__).resolve().parents[2] / "docs").glob("*.md")}
    with StandinProcess(tmp_path, seed="demo") as own:
        caller = Caller(own.base_url, own.key)
        found = next(row for row in caller.data("GET", "/datasets") if row["name"].endswith("handbook"))
        query = {"page_size": 100, "run": "DONE"}
        rows = caller.data("GET", f"/datasets/{found['id']}/documents", params=query)["docs"]
        assert pages <= {row["name"] for row in rows}


def test_a_large_dataset_has_as_many_documents_as_asked_for(tmp_path: Path) -> None:
    with StandinProcess(tmp_path, seed="large:120") as own:
        caller = Caller(own.base_url, own.key)
        (row,) = caller.data("GET", "/datasets")
        assert row["document_count"] == 120
        page = caller.data("GET", f"/datasets/{row['id']}/documents", params={"page_size": 50, "page": 3})
        assert (len(page["docs"]), page["total"]) == (20, 120)


def test_an_unknown_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        StandinProcess(tmp_path, seed="huge").start()
