from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django import forms
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import NoReverseMatch

from dashboard.core import bars
from dashboard.core.sorting import Sort
from dashboard.models import Server


def rendered(source: str, path: str = "/", **context: object) -> str:
    request: HttpRequest = RequestFactory().get(path)
    return Template("{% load ui %}" + source).render(Context({"request": request, **context}))


def test_a_link_stays_on_the_current_server() -> None:
    server = Server(name="B", slug="second", base_url="http://127.0.0.1:1")
    assert rendered('{% server_url "datasets:list" %}', server=server) == "/servers/second/datasets/"


def test_a_link_without_a_server_is_an_error_or_left_out() -> None:
    with pytest.raises(NoReverseMatch):
        rendered('{% server_url "datasets:list" %}')
    assert rendered('{% if_server_url "datasets:list" as url %}[{{ url }}]') == "[]"


def test_another_filter_starts_on_the_first_page_again() -> None:
    assert rendered('{% query run="FAIL" %}', "/?q=a+b&page=7") == "?q=a+b&amp;run=FAIL"
    assert rendered("{% query page=8 %}", "/?q=a&page=7") == "?q=a&amp;page=8"
    assert rendered("{% query q=None %}", "/?q=a&run=DONE") == "?run=DONE"


def test_a_query_string_cannot_break_out_of_its_attribute() -> None:
    assert '"' not in rendered("{% query page=2 %}", "/?q=%22onclick=x")


def test_the_sorted_column_says_so_and_leads_the_other_way() -> None:
    html = rendered(
        '{% sort_head "Name" "name" sort %}{% sort_head "Chunks" "chunks" sort css="c-num" desc_first=True %}',
        sort=Sort("name"),
    )
    assert 'aria-sort="ascending"' in html
    assert html.count("aria-sort") == 1
    assert 'href="?sort=-name"' in html
    assert 'href="?sort=-chunks"' in html


def test_a_moment_carries_its_exact_time() -> None:
    html = rendered("{{ moment|ago }}", moment=datetime(2024, 3, 1, 12, 0, 5, tzinfo=UTC))
    assert 'datetime="2024-03-01T12:00:05+00:00"' in html
    assert ">1 Mar 2024</time>" in html


def test_a_single_failure_among_thousands_is_seen() -> None:
    shares = bars.widths({"done": 9999, "fail": 1})
    assert shares["fail"] == bars.SMALLEST
    assert sum(shares.values()) == pytest.approx(100)


def test_a_bar_names_its_counts_and_escapes_them() -> None:
    html = rendered("{% bar label done=2 todo=2 %}", label='"><script>')
    assert 'aria-label="&quot;&gt;&lt;script&gt;"' in html
    assert '<rect class="s-todo" x="50.00%" width="50.00%" height="100%"/>' in html


def test_an_unknown_part_of_a_bar_is_an_error() -> None:
    with pytest.raises(ValueError, match="finished"):
        bars.bar("x", {"finished": 1})


class TableForm(forms.Form):
    size = forms.IntegerField(label="Chunk size", min_value=1, max_value=2048, help_text="Longer or shorter.")
    name = forms.CharField(required=False)


def test_everything_that_describes_a_field_is_linked_to_it() -> None:
    html = rendered(
        '{% include "core/field.html" with field=form.size unit="tokens" default=512 %}',
        form=TableForm({"size": "4096"}),
    )
    assert "1 to 2,048 tokens · default 512" in html
    assert 'aria-describedby="id_size_range id_size_helptext id_size_error"' in html
    assert all(f'id="{part}"' in html for part in ("id_size_range", "id_size_helptext", "id_size_error"))
    assert 'value="4096"' in html
    assert 'aria-invalid="true"' in html


def test_a_field_without_limits_and_help_is_described_by_nothing() -> None:
    html = rendered('{% include "core/field.html" with field=form.name %}', form=TableForm())
    assert "aria-describedby" not in html
    assert "id_name_range" not in html


def test_a_range_resets_to_its_default_only_when_it_differs() -> None:
    html = rendered(
        '{% include "core/range_field.html" with field=form.size default=512 %}',
        form=TableForm(initial={"size": 512}),
    )
    assert 'data-range-reset="512"' in html
    assert "disabled" in html
    html = rendered(
        '{% include "core/range_field.html" with field=form.size default=512 %}',
        form=TableForm(initial={"size": 2000}),
    )
    assert 'value="2000"' in html
    assert "disabled" not in html
