"""What RAGFlow's logs tell of the stages of parsing."""

from __future__ import annotations

import pytest

from dashboard.documents.parsing import parse_log
from tests.support.pages.parse_logs import BROKEN, PAGES, WHOLE


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("", "Queued"),
        ("Task is queued...", "Queued"),
        ("12 tasks are ahead in the queue...", "Queued, 12 ahead"),
        ("14:30:48 Task has been received.", "Reading"),
        ("14:30:49 Page(1~13): OCR started", "Reading"),
        ("14:30:49 Page(1~13): OCR finished (17.83s)", "Layout"),
        ("14:30:49 Page(1~13): Layout analysis (8.02s)", "Layout"),
        ("14:30:49 Page(1~13): Finish parsing.", "Chunking"),
        ("14:30:49 Page(1~13): Start to generate keywords for every chunk ...", "Chunking"),
        ("14:30:49 Page(1~13): Generate 30 chunks", "Embedding"),
        ("14:30:49 Page(1~13): Embedding chunks (0.04s)", "Indexing"),
        (PAGES, "Embedding 16 of 84 · pages 13 to 24"),
        (WHOLE, "Indexing"),
        ("20:23:06 [GraphRAG] build_subgraph doc:5be4 start (chunks=1)", ""),
    ],
)
def test_the_stage_of_a_running_document_is_that_of_its_log(log, words):
    assert parse_log.words(parse_log.current(log)) == words


def test_each_range_of_pages_is_a_part_with_its_own_stages():
    first, second = parse_log.parts(PAGES)
    assert (first.title, first.open, first.chunks, first.seconds) == ("Pages 1 to 12", False, 96, 52.61)
    assert (second.title, second.open, second.reached) == ("Pages 13 to 24", True, parse_log.EMBEDDING)
    assert first.took[parse_log.READING] == 17.83
    assert first.took[parse_log.LAYOUT] == pytest.approx(9.16)


def test_what_takes_no_time_of_its_own_is_told_by_the_clock():
    [part] = parse_log.parts("23:59:50 Page(1~2): Generate 3 chunks\n00:00:10 Page(1~2): Embedding chunks")
    assert part.took[parse_log.EMBEDDING] == 20


def test_an_error_belongs_to_the_part_where_it_stands():
    [part] = parse_log.parts(BROKEN)
    assert part.error == "File is not a zip file"
    assert part.reached == parse_log.READING


def test_a_stage_is_never_taken_back():
    [part] = parse_log.parts("10:00:00 Page(1~2): Indexing done (1s).\n10:00:01 Page(1~2): Start to parse.")
    assert part.reached == parse_log.DONE


def test_of_a_long_log_only_the_end_is_read():
    log = "\n".join(f"10:00:00 Page({n}~{n + 12}): OCR started" for n in range(1, 500_000, 12))
    found = parse_log.parts(log)
    assert 0 < len(found) <= parse_log.PARTS
    assert len(parse_log.tail(log)) <= parse_log.TAIL


def test_one_line_of_ten_megabytes_is_cut():
    line = "10:00:00 Page(1~2): " + "<script>" * 1_250_000
    assert len(parse_log.tail(line)) == parse_log.TAIL
    [part] = parse_log.parts(line)
    assert all(len(text) <= parse_log.LINE_LENGTH for text in part.lines)
    assert len(parse_log.reason("[ERROR]" + line)) <= parse_log.LINE_LENGTH


@pytest.mark.parametrize("page", ["Page(9999999999999999~1)", "Page(13~1)", "Page(-1~2)", "Page(~)", "Page(1~2"])
def test_odd_page_numbers_are_no_error(page):
    assert parse_log.parts(f"10:00:00 {page}: OCR started")
