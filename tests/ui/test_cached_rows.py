from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils import translation

from dashboard.ui import cached_rows
from dashboard.ui.icons import UnknownIcon


@pytest.fixture
def row_template(settings, tmp_path):
    """A row that says who, and what else its context knows."""
    (tmp_path / "row.html").write_text("{% load i18n %}<td>{{ row }}{{ mood }}{{ secret }}{% translate 'Yes' %}</td>")
    engine = {**settings.TEMPLATES[0], "DIRS": [tmp_path], "NAME": "rows"}
    settings.TEMPLATES = [engine]
    cached_rows._render.cache_clear()
    yield "row.html"
    cached_rows._render.cache_clear()


def test_a_row_shows_its_values_and_nothing_else_of_the_page(row_template):
    page = Template('{% load ui %}{% cached_rows "row.html" all mood=mood %}')
    context = {"all": ["<Ann>", "Bob", "<Ann>"], "mood": "!", "secret": "of another page"}
    shown = page.render(Context(context))
    assert shown == "<td>&lt;Ann&gt;!Yes</td><td>Bob!Yes</td><td>&lt;Ann&gt;!Yes</td>"
    assert cached_rows._render.cache_info().hits == 1
    assert page.render(Context(context | {"all": ["Bob"], "mood": "?"})) == "<td>Bob?Yes</td>"


def test_a_row_is_remembered_for_each_language_apart(row_template):
    assert cached_rows.render(row_template, ["Ann"]) == "<td>AnnYes</td>"
    with translation.override("de"):
        assert cached_rows.render(row_template, ["Ann"]) == "<td>AnnJa</td>"
    assert cached_rows.render(row_template, ["Ann"]) == "<td>AnnYes</td>"


def test_an_icon_is_the_same_however_its_name_comes():
    told = Template('{% load ui %}{% icon "trash" size="lg" css="ra-spin" %}').render(Context())
    given = Template("{% load ui %}{% icon name size=size css=css %}")
    assert told == given.render(Context({"name": "trash", "size": "lg", "css": "ra-spin"}))
    kept = Template('{% load ui %}{% icon "trash" "lg" "ra-spin" as drawn %}[{{ drawn }}]').render(Context())
    assert kept == f"[{told}]"
    assert 'class="ra-i ra-i--lg ra-spin"' in told


def test_an_unknown_icon_is_found_out_when_the_template_is_read():
    with pytest.raises(UnknownIcon):
        Template('{% load ui %}{% icon "no-such-icon" %}')
