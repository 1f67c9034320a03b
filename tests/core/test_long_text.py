"""Texts of several lines: what a browser makes of them on its way is no change, and is not written."""

from __future__ import annotations

import pytest

from dashboard.core.long_text import LineField, LongTextField, LongTextForm

STORED = ("One.\nTwo.", "One.\r\nTwo.", "One.\rTwo.", "One.\nTwo.\n", "  One.\r\n\r\nTwo.  \r\n", "")


class Form(LongTextForm):
    text = LongTextField(required=False)
    exact = LongTextField(required=False, strip=False)
    line = LineField(required=False)


def as_sent(text: str) -> str:
    """As a browser sends it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@pytest.mark.parametrize("stored", STORED)
def test_an_untouched_text_stays_as_it_is_stored(stored: str) -> None:
    form = Form(dict.fromkeys(Form.base_fields, as_sent(stored)), initial=dict.fromkeys(Form.base_fields, stored))

    assert form.is_valid()
    assert form.changed_data == []
    assert form.cleaned_data == dict.fromkeys(Form.base_fields, stored)


@pytest.mark.parametrize("stored", STORED)
def test_an_edited_text_has_plain_line_ends(stored: str) -> None:
    sent = dict.fromkeys(Form.base_fields, as_sent(f"{stored}\nThree."))
    form = Form(sent, initial=dict.fromkeys(Form.base_fields, stored))

    assert form.is_valid()
    assert set(form.changed_data) == set(Form.base_fields)
    assert "\r" not in "".join(form.cleaned_data.values())
    assert form.cleaned_data["text"].endswith("Three.")


def test_a_line_that_holds_several_is_shown_in_a_box() -> None:
    assert "<textarea" in str(Form(initial={"line": "One.\r\nTwo."})["line"])
    assert "<input" in str(Form(initial={"line": "One."})["line"])
