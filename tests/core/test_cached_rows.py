from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.template import Context, Template
from django.utils import translation

from dashboard.core.rendering import cached_rows
from dashboard.core.rendering.icons import UnknownIcon


@pytest.fixture
def row_template(settings, tmp_path):
    """A row that says who, and what else its context knows."""
    (tmp_path / "row.html").write_text("{% load i18n %}<td>{{ row }}{{ mood }}{{ secret }}{% translate 'Yes' %}</td>")
    engine = {**settings.TEMPLATES[0], "DIRS": [tmp_path], "NAME": "rows"}
    settings.TEMPLATES = [engine]
    cached_rows.MEMORY.clear()
    yield "row.html"
    cached_rows.MEMORY.clear()


def test_a_row_shows_its_values_and_nothing_else_of_the_page(row_template):
    page = Template('{% load ui %}{% cached_rows "row.html" all mood=mood %}')
    context = {"all": ["<Ann>", "Bob", "<Ann>"], "mood": "!", "secret": "of another page"}
    shown = page.render(Context(context))
    assert shown == "<td>&lt;Ann&gt;!Yes</td><td>Bob!Yes</td><td>&lt;Ann&gt;!Yes</td>"
    assert cached_rows.MEMORY.hits == 1
    assert page.render(Context(context | {"all": ["Bob"], "mood": "?"})) == "<td>Bob?Yes</td>"


def test_a_row_is_remembered_for_each_language_apart(row_template):
    assert cached_rows.render(row_template, ["Ann"]) == "<td>AnnYes</td>"
    with translation.override("de"):
        assert cached_rows.render(row_template, ["Ann"]) == "<td>AnnJa</td>"
    assert cached_rows.render(row_template, ["Ann"]) == "<td>AnnYes</td>"


def test_a_row_with_a_form_has_the_token_of_who_asks(row_template, tmp_path):
    (tmp_path / "form.html").write_text("<form>{% csrf_token %}{{ row }}</form>")
    field = '<form><input type="hidden" name="csrfmiddlewaretoken" value="{}">{}</form>'
    shown = {token: cached_rows.render("form.html", ["Ann", "Bob"], csrf_token=token) for token in ("mine", "yours")}
    assert shown == {token: field.format(token, "Ann") + field.format(token, "Bob") for token in ("mine", "yours")}
    assert cached_rows.MEMORY.hits == 2
    assert cached_rows.render("form.html", ["Ann"], csrf_token='"><b>') == field.format("&quot;&gt;&lt;b&gt;", "Ann")
    assert cached_rows.render("form.html", ["Ann"]) == "<form>Ann</form>"


def test_a_long_row_is_shown_and_not_kept(row_template):
    @dataclass(frozen=True)
    class Text:
        words: str
        is_long: bool

        def __str__(self) -> str:
            return self.words

    rows = [Text("much", is_long=True), Text("little", is_long=False)]
    assert cached_rows.render(row_template, rows) == "<td>muchYes</td><td>littleYes</td>"
    assert len(cached_rows.MEMORY) == 1


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


def test_a_row_that_says_what_it_is_made_of_is_told_from_others_by_that(row_template):
    class Person:
        def __init__(self, name: str) -> None:
            self.made_of = (name,)

        def __str__(self) -> str:
            return self.made_of[0]

    assert cached_rows.render(row_template, [Person("Ann"), Person("Bob"), Person("Ann")]) == (
        "<td>AnnYes</td><td>BobYes</td><td>AnnYes</td>"
    )
    assert cached_rows.MEMORY.hits == 1
