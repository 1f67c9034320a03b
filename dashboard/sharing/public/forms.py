"""The form of a visitor's question."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _lazy


class VisitorQuestionForm(forms.Form):
    """A question, shorter than those of people with an account."""

    question = forms.CharField(
        max_length=4000,
        error_messages={
            "required": _lazy("Enter a question."),
            "max_length": _lazy("Enter at most %(limit_value)d characters (you entered %(show_value)d)."),
        },
    )
