"""What one poll makes of another: bars, standing still, rates, and the words of a row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.documents.parsing.entries import tail
from dashboard.documents.parsing.snapshot import Snapshot, advance
from dashboard.documents.table.summary import summary
from dashboard.ragflow.types import Document, RunStatus
from tests.support.pages.parse_logs import NOW, RUNNING

COUNTS = {"RUNNING": 1, "DONE": 0, "FAIL": 0, "CANCEL": 0, "UNSTART": 0}


def following(*steps: tuple[float, Document], counts=COUNTS) -> Snapshot:
    """The snapshot after polls at ``NOW`` + seconds, each of which found one document."""
    seen: Snapshot | None = None
    for seconds, document in steps:
        seen = advance(seen, NOW + seconds, [document], (), counts)
    assert seen is not None
    return seen


def entry(seen: Snapshot):
    return seen.entries[RUNNING.id]


def test_a_bar_never_runs_backwards():
    seen = following((0, RUNNING), (6, replace(RUNNING, progress=0.2, process_duration=26.0)))
    assert entry(seen).progress == 0.4


def test_a_new_parse_starts_its_bar_anew():
    seen = following((0, RUNNING), (6, replace(RUNNING, progress=0.1, process_duration=1.0)))
    assert entry(seen).progress == 0.1


def test_nothing_new_keeps_the_version():
    before = following((0, RUNNING))
    assert advance(before, NOW + 6, [RUNNING], (), COUNTS).version == before.version


def test_a_clock_that_ticks_is_no_movement():
    before = following((0, RUNNING))
    after = advance(before, NOW + 6, [replace(RUNNING, process_duration=26.0)], (), COUNTS)
    assert after.version == before.version


def test_standing_still_for_long_is_stalled(settings):
    settings.PARSE_STALLED_SECONDS = 600
    assert not entry(following((0, RUNNING), (599, RUNNING))).stalled
    seen = following((0, RUNNING), (600, RUNNING))
    assert entry(seen).stalled
    moved = advance(seen, NOW + 610, [replace(RUNNING, progress=0.5, process_duration=630.0)], (), COUNTS)
    assert not entry(moved).stalled


def test_one_that_stood_still_before_anybody_looked_is_stalled_at_once(settings):
    settings.PARSE_STALLED_SECONDS = 600
    assert entry(following((3600, RUNNING))).stalled


def test_who_waits_behind_one_that_moves_is_not_stalled(settings):
    settings.PARSE_STALLED_SECONDS = 600
    queued = replace(RUNNING, id="2" * 32, progress=0.005, progress_msg="Task is queued...")
    seen = advance(None, NOW, [RUNNING, queued], (), COUNTS)
    seen = advance(seen, NOW + 700, [replace(RUNNING, progress=0.6, process_duration=700.0), queued], (), COUNTS)
    assert not seen.entries[queued.id].stalled
    seen = advance(seen, NOW + 1400, [replace(RUNNING, progress=0.6, process_duration=700.0), queued], (), COUNTS)
    assert seen.entries[queued.id].stalled


def test_versions_grow_even_after_the_cache_was_emptied():
    assert following((10, RUNNING)).version > following((0, RUNNING)).version


def test_the_sentence_tells_rate_and_time_left():
    documents = [replace(RUNNING, id=f"{n:032x}") for n in range(10)]
    counts = {**COUNTS, "RUNNING": 10}
    seen = advance(None, NOW, documents, (), counts)
    done = [replace(document, run=RunStatus.DONE, progress=1.0, chunk_count=3) for document in documents[:4]]
    counts = {**COUNTS, "RUNNING": 6, "DONE": 4, "FAIL": 2}
    seen = advance(seen, NOW + 120, [*done, *documents[4:]], (), counts)
    words = [str(part.text) for part in summary(counts, seen, NOW + 120).parts]
    assert words == ["<b>4</b> of 12 parsed", "6 running", "2 failed", "2.0 docs/min", "about 3 min left"]


def test_the_rate_of_a_long_run_is_that_of_its_last_documents():
    documents = [replace(RUNNING, id=f"{n:032x}") for n in range(400)]
    seen = advance(None, NOW, documents, (), COUNTS)
    for number, document in enumerate(documents):
        done = replace(document, run=RunStatus.DONE, progress=1.0)
        seen = advance(seen, NOW + number, [done], (), COUNTS)
    assert round(seen.per_minute(NOW + 399)) == 60


def test_figures_that_are_zero_are_left_out():
    words = [str(part.text) for part in summary({"DONE": 3, "RUNNING": 0, "FAIL": 0}, None, NOW).parts]
    assert words == ["<b>3</b> of 3 parsed"]


@pytest.mark.parametrize(
    ("log", "failed", "words"),
    [
        ("", False, ""),
        ("10:00:00 Page(1~13): OCR started", False, "OCR started"),
        ("Task is queued...", False, "Task is queued..."),
        ("10:00:00 Page(1~13): OCR started\n10:00:00 Page(13~25): OCR started", False, ""),
        ("10:00:00 Start\n10:00:09 [ERROR]No such model\n10:00:10 Task done", True, "No such model"),
    ],
)
def test_a_row_says_what_the_log_says_last(log, failed, words):
    assert tail(log, failed=failed) == words
