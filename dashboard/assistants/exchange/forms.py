"""The form for a thumb."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _lazy

COMMENT_LENGTH = 2000


class RatingForm(forms.Form):
    """A thumb up ("1"), a thumb down ("0") with a comment, or none any more ("")."""

    good = forms.TypedChoiceField(
        choices=[("", ""), ("1", ""), ("0", "")],
        required=False,
        coerce=lambda value: value == "1",
        empty_value=None,
    )
    comment = forms.CharField(
        label=_lazy("What is wrong with it?"),
        required=False,
        max_length=COMMENT_LENGTH,
        error_messages={
            "max_length": _lazy("Enter at most %(limit_value)d characters (you entered %(show_value)d)."),
        },
    )
