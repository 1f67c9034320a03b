"""The panel of a document's log: stages, how far, how long, what to do, and logs of any length and kind."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from dashboard.documents.parsing import logs, snapshot
from dashboard.documents.parsing.entries import Entry
from dashboard.models import Watch
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import RunStatus
from tests.support.pages.parse_logs import BROKEN, PAGES, RUNNING, WHOLE
from tests.support.pages.reading import visible_text


@pytest.fixture
def one(standin, tenant_key, ragflow_server) -> Callable[..., str]:
    """Puts one document into the store and returns the address of its log."""

    def make(**document: Any) -> str:
        standin.parsing(paused=True)  # it would go on with what runs
        given = [{"name": "handbook.pdf", **document}]
        found = standin.fill(tenant_key, datasets=[{"name": "Handbook", "documents": given}])["datasets"][0]
        return str(ragflow_server.url("documents:log", found["id"], found["documents"][0]["id"]))

    return make


def steps(page) -> list[str]:
    """Each stage with its state, as a screen reader announces it."""
    found = re.findall(r'<li class="is-(\w+)"[^>]*>(.*?)</li>', page.content.decode(), re.DOTALL)
    return [f"{' '.join(re.sub(r'<[^>]+>', ' ', text).split())} [{state}]" for state, text in found]


def test_each_part_shows_its_stages_with_times(viewer_client: Client, one) -> None:
    page = viewer_client.get(one(run="RUNNING", progress=0.6, progress_msg=PAGES, process_duration=80.0))
    found = [line.replace("\xa0", " ") for line in steps(page)]
    assert found[1] == "Reading , done 18 s [done]"
    assert found[-2:] == ["Embedding , running 16 of 84 [run]", "Indexing , not yet [todo]"]
    text = visible_text(page).replace("\xa0", " ")
    assert "Pages 1 to 12" in text
    assert "96 chunks · 53 s" in text
    assert "Embedding 16 of 84 · pages 13 to 24 · 1 min 20 s" in text
    assert "about a minute left" in text


def test_a_document_that_needs_no_layout_says_so(viewer_client: Client, one) -> None:
    found = steps(viewer_client.get(one(name="a.txt", run="DONE", progress_msg=WHOLE, chunks=[{"content": "x"}])))
    assert "Layout not needed [skip]" in found
    assert len([line for line in found if "[done]" in line]) == 5


def test_a_failure_stands_at_its_stage_with_its_reason_and_advice(viewer_client: Client, one) -> None:
    page = viewer_client.get(one(run="FAIL", progress_msg=BROKEN))
    assert "Reading , failed File is not a zip file [fail]" in steps(page)
    assert "Fix the file and upload it again" in visible_text(page)


def test_a_failure_nobody_knows_has_its_words_and_no_advice_to_read_the_log_that_is_there(
    viewer_client: Client, one
) -> None:
    page = viewer_client.get(one(run="FAIL", progress_msg="10:00:00 [ERROR]The frobnicator is full")).content.decode()
    assert "The frobnicator is full" in page
    assert "logs for details" not in page


def test_a_document_in_the_queue_stands_at_the_first_stage(viewer_client: Client, one) -> None:
    page = viewer_client.get(one(run="RUNNING", progress=0.005, progress_msg="12 tasks are ahead in the queue..."))
    assert steps(page)[0] == "Queued , running 12 ahead [run]"
    assert "Queued, 12 ahead" in visible_text(page)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"name": "a.txt", "size": 0}, "The file is empty"),
        ({"name": "a.png", "size": 9}, "RAGFlow could not read any text in the picture"),
        ({"name": "a.txt", "size": 9}, "RAGFlow found no text."),
    ],
)
def test_parsed_without_a_chunk_comes_with_advice(viewer_client: Client, one, document, words) -> None:
    page = viewer_client.get(one(run="DONE", progress_msg="10:00:00 Page(1~2): No chunk built from a", **document))
    assert words in visible_text(page)
    assert "Embedding not needed [skip]" in steps(page)


def test_a_log_of_other_lines_is_shown_line_by_line(viewer_client: Client, one) -> None:
    page = viewer_client.get(one(run="RUNNING", progress=0.3, progress_msg="20:23:06 [GraphRAG] build_subgraph start"))
    assert "[GraphRAG] build_subgraph start" in visible_text(page)
    assert steps(page) == []


def test_of_ten_megabytes_in_one_line_only_the_end_goes_out(viewer_client: Client, one) -> None:
    url = one(run="RUNNING", progress=0.3, progress_msg="x" * 10_000_000 + "<script>alert(1)</script>")
    page = viewer_client.get(url)
    assert len(page.content) < 200_000
    assert "are omitted" in visible_text(page)
    assert "<script>alert" not in page.content.decode()
    rows = viewer_client.get(url.partition("/documents/")[0] + "/documents/")
    assert len(rows.content) < 100_000


def test_signs_that_deceive_are_made_visible(viewer_client: Client, one) -> None:
    page = viewer_client.get(one(run="FAIL", progress_msg="10:00:00 Page(1~2): [ERROR]bad \u202egnp.exe\x1b[31m"))
    assert "\u202e" not in page.content.decode()
    assert "\x1b" not in page.content.decode()


def test_the_panel_never_shows_less_than_the_row_did(
    viewer_client: Client, one, ragflow: RAGFlow, ragflow_server
) -> None:
    url = one(run="RUNNING", progress=0.3, progress_msg=PAGES, process_duration=80.0)
    dataset_id, document_id = re.findall(r"[0-9a-f]{32}", url)
    document = ragflow.documents.get(dataset_id, document_id)
    before = snapshot.advance(None, time.time(), [replace(document, progress=0.7)], (), {"RUNNING": 1})
    snapshot.save(ragflow_server, dataset_id, before)
    for address in (url, url + "?part=body", url.partition("/documents/")[0] + "/documents/"):
        assert "70 %" in visible_text(viewer_client.get(address)).replace("\xa0", " ")


def test_the_bar_stays_where_the_last_poll_saw_it(viewer_client: Client, one, ragflow: RAGFlow, ragflow_server) -> None:
    url = one(run="RUNNING", progress=0.8, progress_msg=PAGES, process_duration=80.0)
    dataset_id, document_id = re.findall(r"[0-9a-f]{32}", url)
    document = ragflow.documents.get(dataset_id, document_id)
    seen = snapshot.advance(None, time.time(), [replace(document, progress=0.7)], (), {"RUNNING": 1})
    snapshot.save(ragflow_server, dataset_id, seen)
    page = viewer_client.get(url.partition("/documents/")[0] + "/documents/")
    assert 'value="70" max="100"' in page.content.decode()
    assert Watch.objects.filter(dataset_id=dataset_id).exists()


def test_another_run_begins_its_bar_anew_whatever_its_clock_says() -> None:
    before = Entry.of(replace(RUNNING, begun="2026-11-22T01:00:00", progress=0.9, process_duration=10.0))
    again = replace(RUNNING, begun="2026-11-22T01:05:00", progress=0.1, process_duration=12.0)
    assert Entry.of(again).merge_observed(before).progress == 0.1
    assert Entry.of(replace(again, begun=before.begun)).merge_observed(before).progress == 0.9


@pytest.mark.parametrize(
    ("share", "seconds", "left"), [(0.5, 60.0, 60), (0.8, 80.0, 20), (0.05, 60.0, None), (0.5, 5.0, None)]
)
def test_the_time_left_is_told_when_something_can_be_said(share, seconds, left) -> None:
    found = logs.seconds_left(Entry.of(replace(RUNNING, progress=share, process_duration=seconds)))
    assert found == (None if left is None else pytest.approx(left))


def test_nothing_is_estimated_for_what_stands_still() -> None:
    entry = Entry.of(replace(RUNNING, progress=0.5, process_duration=60.0))
    entry.stalled = True
    assert logs.seconds_left(entry) is None
    assert logs.seconds_left(Entry.of(replace(RUNNING, run=RunStatus.DONE))) is None
