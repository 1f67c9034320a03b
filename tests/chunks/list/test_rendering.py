"""A chunk's text on a page: text stays text, a parser's table stays a table, and nothing else gets through."""

from __future__ import annotations

import pytest

from dashboard.chunks.list.rendering import as_html, length


def test_text_is_escaped_and_keeps_its_lines() -> None:
    assert as_html("\nA < B\nC & D\n") == "<p>A &lt; B\nC &amp; D</p>"


def test_a_table_of_the_parser_is_shown_as_a_table() -> None:
    html = as_html(
        "Before\n<table><caption>Fees</caption><tr><th colspan=2>A</th></tr><tr><td>1</td></tr></table>\nAfter"
    )

    assert html.startswith("<p>Before</p>")
    assert '<th colspan="2">A</th>' in html
    assert "<caption>Fees</caption>" in html
    assert html.endswith("<p>After</p>")


@pytest.mark.parametrize(
    "hostile",
    [
        "<table><tr><td onclick='x()'>a</td></tr></table>",
        "<table><tr><td><script>alert(1)</script>a</td></tr></table>",
        "<table style='position:fixed'><tr><td>a</td></tr></table>",
        "<table><tr><td><img src=x onerror=alert(1)>a</td></tr></table>",
        "<table><tr><td><a href='javascript:alert(1)'>a</a></td></tr></table>",
        "<table><tr><td><svg onload=alert(1)></svg>a</td></tr></table>",
        "<table><tr><td><form action=/sign-out/><button>a</button></form></td></tr></table>",
        "<table><tr><td>a</td></tr></table><script>alert(1)</script>",
    ],
)
def test_a_table_brings_nothing_but_its_structure(hostile: str) -> None:
    html = as_html(hostile)

    for bad in ("<script", "onclick=", "onerror=", "onload=", "style=", "<img", "<a ", "<svg", "<form", "<button"):
        assert bad not in html
    assert "<td>a" in html


def test_a_table_that_never_ends_is_text() -> None:
    assert as_html("<table><tr><td>1") == "<p>&lt;table&gt;&lt;tr&gt;&lt;td&gt;1</p>"


def test_the_marks_of_a_search_become_marks() -> None:
    assert as_html("a <em>dashboard</em> b", marked=True) == "<p>a <mark>dashboard</mark> b</p>"


def test_marks_count_only_in_a_search() -> None:
    assert as_html("a <em>dashboard</em> b") == "<p>a &lt;em&gt;dashboard&lt;/em&gt; b</p>"


def test_marks_inside_a_table_become_marks_too() -> None:
    table = "<table><tr><td><em>fee</em></td></tr></table>"

    assert "<mark>fee</mark>" in as_html(table, marked=True)
    assert "<em>" not in as_html(table)


def test_an_empty_chunk_is_empty() -> None:
    assert as_html(" \n ") == ""


def test_the_length_of_a_text_is_the_same_with_and_without_marks() -> None:
    assert length("a dashboard") == length("a <em>dashboard</em>", marked=True) == 11


def test_a_long_text_is_shown_with_both_its_ends() -> None:
    html = as_html("begin " + "x" * 10_000_000 + " end")
    assert len(html) < 200_000
    assert html.startswith("<p>begin x")
    assert "characters left out" in html
    assert html.endswith("x end</p>")


@pytest.mark.parametrize(
    "piece", ["<table>", "<table ", "</table ", "<em>", "<table></table>", "<table><em></table><em>"]
)
def test_no_text_takes_long_to_look_through(piece: str) -> None:
    # A pattern that looked through the rest of it for each piece would take minutes.
    assert as_html(piece * 30_000, marked=True) is not None
