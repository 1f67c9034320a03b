"""An input comes from memory only where it would look the same anyway."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.translation import gettext_lazy, override

from dashboard.core.rendering import inputs

PLAIN = DjangoTemplates()
KEPT = inputs.RememberingInputs()


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    inputs.MEMORY.clear()


def drawn(field: forms.Field, value: Any, renderer: Any = KEPT, **attrs: Any) -> str:
    return str(field.widget.render("one", value, attrs, renderer))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (forms.CharField(max_length=9), ["", None, "a", "b", "<b>&\"'", "1"]),
        (forms.CharField(widget=forms.Textarea(attrs={"rows": 3})), ["", "two\nlines", "</textarea>"]),
        (forms.IntegerField(min_value=1, max_value=9), [None, 1, "1", 1.0, True, 5]),
        (forms.BooleanField(), [True, False, None, "on", "True", 1]),
        (forms.ChoiceField(choices=[("a", "A"), ("b", gettext_lazy("Name"))]), ["a", "b", "c", None]),
        (forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect), ["a", None]),
        (forms.MultipleChoiceField(choices=[("1", "A"), ("2", "B")]), [["1"], ["1", "2"], [], None]),
    ],
)
def test_the_second_time_it_looks_as_it_would_without_memory(field: forms.Field, values: list[Any]) -> None:
    for _time in range(2):
        for value in values:
            for attrs in ({}, {"id": "x", "aria-invalid": "true"}, {"id": "y"}):
                assert drawn(field, value, **attrs) == drawn(field, value, PLAIN, **attrs)


def test_the_same_input_is_rendered_once() -> None:
    field = forms.CharField()
    for _time in range(3):
        drawn(field, "a")
    assert inputs.MEMORY.misses == 1


def test_a_label_in_another_language_is_another_input() -> None:
    field = forms.ChoiceField(choices=[("a", gettext_lazy("Yes"))], widget=forms.RadioSelect)
    with override("en"):
        english = drawn(field, "a")
    with override("de"):
        assert drawn(field, "a") == drawn(field, "a", PLAIN) != english


def test_a_password_and_a_long_text_are_never_remembered() -> None:
    drawn(forms.CharField(widget=forms.PasswordInput(render_value=True)), "secret")
    drawn(forms.CharField(widget=forms.Textarea), "x" * 500)
    assert len(inputs.MEMORY) == 0
