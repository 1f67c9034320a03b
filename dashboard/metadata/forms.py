"""The form of a change: which documents, and what to do with which key."""

from __future__ import annotations

import math
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.metadata.changes import DROP, DROP_VALUE, PUT, REPLACE, Change
from dashboard.ragflow.metadata import OPERATORS, WITHOUT_VALUE, Condition

ROWS: Final = (1, 2, 3)
LENGTH: Final = 255
ALL, MATCHING = "all", "matching"
NEEDS_MATCH, NEEDS_VALUE = (REPLACE, DROP_VALUE), (PUT, REPLACE)


class ChangeForm(forms.Form):
    """Reads a change and its conditions; every message names its field."""

    scope = forms.ChoiceField(
        label=_lazy("Which documents"),
        choices=((MATCHING, _lazy("Those whose metadata meet conditions")), (ALL, _lazy("All of this dataset"))),
        initial=MATCHING,
        widget=forms.RadioSelect,
    )
    logic = forms.ChoiceField(
        label=_lazy("When there are several conditions"),
        choices=(("and", _lazy("all must be met")), ("or", _lazy("one is enough"))),
        initial="and",
        required=False,
    )
    operation = forms.ChoiceField(
        label=_lazy("What to do"),
        choices=(
            (PUT, _lazy("Set a key (a list gets one more item)")),
            (REPLACE, _lazy("Replace one value by another")),
            (DROP_VALUE, _lazy("Delete one value")),
            (DROP, _lazy("Delete a key with all its values")),
        ),
        initial=PUT,
        widget=forms.RadioSelect,
        error_messages={"required": _lazy("What to do: choose one.")},
    )
    key = forms.CharField(
        label=_lazy("Key"),
        max_length=LENGTH,
        error_messages={
            "required": _lazy("Key: name the key to change."),
            "max_length": _lazy("Key: at most %(limit_value)d characters, this has %(show_value)d."),
        },
    )
    match = forms.CharField(label=_lazy("Present value"), max_length=LENGTH * 16, required=False)
    value = forms.CharField(label=_lazy("New value"), max_length=LENGTH * 16, required=False)
    kind = forms.ChoiceField(
        label=_lazy("Kind of the new value"),
        choices=(("text", _lazy("Text")), ("number", _lazy("Number"))),
        initial="text",
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        operators = [(operator, operator) for operator in OPERATORS]
        for row in ROWS:
            words = {"n": row}
            self.fields[f"key{row}"] = forms.CharField(
                label=_("Key of condition %(n)d") % words, max_length=LENGTH, required=False
            )
            self.fields[f"operator{row}"] = forms.ChoiceField(
                label=_("Comparison %(n)d") % words, choices=operators, initial="is", required=False
            )
            self.fields[f"value{row}"] = forms.CharField(
                label=_("Value of condition %(n)d") % words, max_length=LENGTH * 16, required=False
            )
        for name in ("key", "key1", "key2", "key3"):
            self.fields[name].widget.attrs |= {"list": "metadata-keys", "autocomplete": "off"}

    @property
    def rows(self) -> list[tuple[Any, Any, Any]]:
        """The three fields of each condition."""
        return [(self[f"key{row}"], self[f"operator{row}"], self[f"value{row}"]) for row in ROWS]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("scope") == MATCHING and not self._conditions(given):
            self.add_error("key1", _("Key: name the key of at least one condition, or choose all documents."))
        operation = given.get("operation")
        if operation in NEEDS_MATCH and not given.get("match"):
            self.add_error("match", _("Present value: give the value to look for."))
        if operation in NEEDS_VALUE and not given.get("value"):
            self.add_error("value", _("New value: give the value to store."))
        if operation in NEEDS_VALUE and given.get("kind") == "number" and given.get("value"):
            number = _number(given["value"])
            if number is None:
                self.add_error("value", _("New value: write a number such as 2024 or 3.5, or choose text."))
            else:
                given["value"] = number
        return given

    @property
    def change(self) -> Change:
        """The change of a valid form."""
        given = self.cleaned_data
        operation = given["operation"]
        return Change(
            operation=operation,
            key=given["key"],
            value=given["value"] if operation in NEEDS_VALUE else "",
            match=given["match"] if operation in NEEDS_MATCH else "",
        )

    @property
    def conditions(self) -> list[Condition] | None:
        """The conditions of a valid form; None for all documents."""
        return None if self.cleaned_data["scope"] == ALL else self._conditions(self.cleaned_data)

    @property
    def both(self) -> bool:
        return self.cleaned_data.get("logic") != "or"

    def _conditions(self, given: dict[str, Any]) -> list[Condition]:
        found = []
        for row in ROWS:
            key, operator, value = given.get(f"key{row}"), given.get(f"operator{row}") or "is", given.get(f"value{row}")
            if key and not value and operator not in WITHOUT_VALUE:
                self.add_error(f"value{row}", _("Value: give the value to compare “%(key)s” with.") % {"key": key})
            elif not key and value:
                self.add_error(f"key{row}", _("Key: name the key that “%(value)s” belongs to.") % {"value": value})
            if key:
                found.append(Condition(key, operator, "" if operator in WITHOUT_VALUE else value or ""))
        return found


def _number(text: str) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(text) if text.strip().lstrip("+-").isdigit() else number
