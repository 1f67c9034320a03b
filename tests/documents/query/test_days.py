"""Documents by the day of upload, among many, with a RAGFlow that pages and counts without looking at the day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.utils import timezone

from dashboard.documents.query import upload_dates
from dashboard.documents.query.upload_dates import UploadDateRange
from dashboard.ragflow.types import Page

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


class Upstream:
    """A list of documents, oldest first, that remembers what it was asked."""

    def __init__(self, moments: list[datetime]) -> None:
        self.documents = [SimpleNamespace(id=str(n), created_at=at) for n, at in enumerate(sorted(moments))]
        self.asked: list[tuple[int, int]] = []

    def __call__(self, number: int, size: int) -> Page:
        self.asked.append((number, size))
        rows = self.documents[(number - 1) * size : number * size]
        return Page(items=tuple(rows), total=len(self.documents), page=number, page_size=size)


def reading(text: str) -> UploadDateRange:
    return UploadDateRange.read(QueryDict(text))


def bunched() -> Iterator[datetime]:
    """20,000 documents: most of them came within an hour, the others over a year."""
    for number in range(15_000):
        yield FIRST + timedelta(days=100, seconds=number / 5)
    for number in range(5_000):
        yield FIRST + timedelta(hours=number * 1.7)


@pytest.mark.parametrize(
    "text",
    [
        "from=2026-02-01&to=2026-02-28",
        "from=2026-04-11&to=2026-04-11",
        "from=2026-04-11",
        "to=2026-04-11",
        "to=2025-12-31",
        "from=2027-01-01",
        "from=2025-01-01&to=2027-12-31",
    ],
)
def test_the_span_is_exact_and_found_with_few_calls(text):
    upstream, wanted = Upstream(list(bunched())), reading(text)
    found = upload_dates.span(upstream, wanted)
    right = [n for n, document in enumerate(upstream.documents) if wanted.holds(document.created_at)]
    assert list(found.positions) == right
    assert len(upstream.asked) <= 45
    assert max(size for _, size in upstream.asked) <= 2 * upload_dates.FEW + 16


@pytest.mark.parametrize("total", [0, 1, 2, 31, 32, 33, 34, 65, 200])
def test_lists_of_any_length_are_right(total):
    upstream = Upstream([FIRST + timedelta(days=n) for n in range(total)])
    for first in range(-1, total + 1, max(1, total // 7)):
        wanted = UploadDateRange((FIRST + timedelta(days=first)).date(), (FIRST + timedelta(days=first + 3)).date())
        right = [n for n, document in enumerate(upstream.documents) if wanted.holds(document.created_at)]
        assert list(upload_dates.span(upstream, wanted).positions) == right


def test_documents_that_came_at_the_same_moment_stay_together():
    upstream = Upstream([FIRST] * 500 + [FIRST + timedelta(days=1)] * 500)
    assert upload_dates.span(upstream, reading("from=2026-01-02")).positions == range(500, 1000)


def test_pages_of_a_span_are_cut_from_whole_pages():
    upstream = Upstream([FIRST + timedelta(hours=n) for n in range(2000)])
    wanted = reading("from=2026-01-10&to=2026-02-10")
    found = upload_dates.span(upstream, wanted)
    seen = []
    for number in range(1, -(-len(found) // 50) + 1):
        rows = upload_dates.rows(upstream, found.page(number, 50, desc=True), wanted)
        seen += [document.id for document in reversed(rows)]
    assert seen == [str(n) for n in reversed(found.positions)]


def test_what_moved_into_a_span_meanwhile_is_left_out():
    upstream = Upstream([FIRST + timedelta(days=n) for n in range(100)])
    wanted = reading("from=2026-01-11&to=2026-01-20")
    found = upload_dates.span(upstream, wanted)
    del upstream.documents[:5]
    rows = upload_dates.rows(upstream, found.positions, wanted)
    assert rows
    assert all(wanted.holds(document.created_at) for document in rows)


def test_a_span_is_believed_while_the_number_of_documents_is_the_same():
    upstream = Upstream([FIRST + timedelta(days=n) for n in range(300)])
    wanted = reading("from=2026-03-01")
    known = upload_dates.span(upstream, wanted)
    upstream.asked.clear()
    assert upload_dates.span(upstream, wanted, known) == known
    assert upstream.asked == [(1, 1)]
    upstream.documents.append(SimpleNamespace(id="new", created_at=FIRST + timedelta(days=400)))
    assert len(upload_dates.span(upstream, wanted, known)) == len(known) + 1


def test_days_are_those_of_the_pages_time_zone():
    with timezone.override(ZoneInfo("Europe/Berlin")):
        wanted = reading("from=2026-03-29&to=2026-03-29")
        # The clocks are put forward that night: the day has 23 hours.
        assert wanted.begin == datetime(2026, 3, 28, 23, tzinfo=UTC)
        assert wanted.end == datetime(2026, 3, 29, 22, tzinfo=UTC)
    with timezone.override(UTC):
        assert reading("from=2026-03-29").begin == datetime(2026, 3, 29, tzinfo=UTC)


@pytest.mark.parametrize("text", ["from=2026-02-31", "from=yesterday", "from=", "to=0001-01-01", "from=99999-01-01"])
def test_what_is_no_day_is_left_out(text):
    assert not reading(text)


def test_a_first_day_after_the_last_asks_nothing():
    upstream = Upstream([FIRST])
    assert len(upload_dates.span(upstream, reading("from=2026-05-02&to=2026-05-01"))) == 0
    assert upstream.asked == []
