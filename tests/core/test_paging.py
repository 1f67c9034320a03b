from __future__ import annotations

import pytest
from django.http import QueryDict

from dashboard.core.paging import Pager, PageRequest
from dashboard.core.sorting import Sort


@pytest.mark.parametrize(
    ("query", "number", "size"),
    [
        ("", 1, 25),
        ("page=3&page_size=50", 3, 50),
        ("page=0", 1, 25),
        ("page=-2&page_size=1000000", 1, 25),
        ("page=abc&page_size=²", 1, 25),
        ("page=99999999999999999999", 1, 25),
    ],
)
def test_only_sensible_pages_are_asked_for(query: str, number: int, size: int) -> None:
    assert PageRequest.read(QueryDict(query)) == PageRequest(number, size)


def test_the_rows_shown_are_counted() -> None:
    pager = Pager(number=3, size=50, shown=14, total=114)
    assert (pager.first, pager.last, pager.pages, pager.previous, pager.next) == (101, 114, 3, 2, None)


def test_without_a_total_the_next_page_is_offered_when_there_is_more() -> None:
    assert Pager(number=1, size=30, shown=30, more=True).next == 2
    assert Pager(number=2, size=30, shown=4).next is None
    assert Pager(number=2, size=30, shown=4).numbers == ()


@pytest.mark.parametrize(
    ("number", "pages", "offered"),
    [
        (1, 1, (1,)),
        (2, 5, (1, 2, 3, 4, 5)),
        (1, 173, (1, 2, 3, 4, 5, None, 173)),
        (90, 173, (1, None, 89, 90, 91, None, 173)),
        (173, 173, (1, None, 169, 170, 171, 172, 173)),
        (4, 7, (1, 2, 3, 4, 5, 6, 7)),
    ],
)
def test_pages_near_this_one_and_the_ends_are_offered(number: int, pages: int, offered: tuple[int | None, ...]) -> None:
    assert Pager(number=number, size=10, shown=10, total=pages * 10).numbers == offered


def test_an_order_that_is_not_allowed_is_the_default() -> None:
    default = Sort("updated", desc=True)
    assert Sort.read(QueryDict("sort=-name"), {"name"}, default) == Sort("name", desc=True)
    assert Sort.read(QueryDict("sort=password"), {"name"}, default) == default
    assert str(default) == "-updated"


def test_a_second_click_turns_the_order_round() -> None:
    assert Sort("name").next("name") == Sort("name", desc=True)
    assert Sort("name", desc=True).next("name") == Sort("name")
    assert Sort("name").next("chunks", desc_first=True) == Sort("chunks", desc=True)
