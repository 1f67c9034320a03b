"""Forms for sessions and questions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _lazy

from dashboard.core.long_text import LongTextField
from dashboard.ragflow.releases.offers import THINKING_MODES, ThinkingMode

QUESTION_LENGTH = 20_000
NAME_LENGTH = 255
VARIABLE_LENGTH = 2000
# How the names of inputs for variables of the prompt begin.
VARIABLE = "var-"


class QuestionForm(forms.Form):
    """A question to an assistant. ``thinks``: whether the server offers thinking modes."""

    question = LongTextField(
        label=_lazy("Question"),
        max_length=QUESTION_LENGTH,
        rows=1,
        error_messages={
            "required": _lazy("Enter a question."),
            "max_length": _lazy("Enter at most %(limit_value)d characters (you entered %(show_value)d)."),
        },
    )
    thinking = forms.ChoiceField(
        label=_lazy("Thinking"),
        required=False,
        choices=[
            ("", _lazy("Thinking: off")),
            ("low", _lazy("Thinking: low")),
            ("medium", _lazy("Thinking: medium")),
            ("high", _lazy("Thinking: high")),
            ("ultra", _lazy("Thinking: ultra")),
        ],
    )

    def __init__(self, data: Any = None, *, thinks: bool, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        if not thinks:
            del self.fields["thinking"]

    @property
    def variables(self) -> dict[str, str]:
        """What was typed for the variables of the prompt (``var-language=French``); whether they exist is not known."""
        typed = {name.removeprefix(VARIABLE): value for name, value in self.data.items() if name.startswith(VARIABLE)}
        return {name: value.strip()[:VARIABLE_LENGTH] for name, value in typed.items() if value.strip()}

    @property
    def thinking_mode(self) -> ThinkingMode | None:
        """The chosen mode; None for none, and where there are none."""
        mode: ThinkingMode | str = self.cleaned_data.get("thinking", "")
        return mode if mode in THINKING_MODES else None


class SessionNameForm(forms.Form):
    """A session's name."""

    name = forms.CharField(
        label=_lazy("Session name"),
        max_length=NAME_LENGTH,
        error_messages={
            "required": _lazy("Enter a name with at least one visible character."),
            "max_length": _lazy("Enter at most %(limit_value)d characters (you entered %(show_value)d)."),
        },
    )
