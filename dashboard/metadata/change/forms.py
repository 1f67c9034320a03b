"""The form of a change: which documents, and what to do with which key."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from dashboard.conditions.conditions import Conditions
from dashboard.core.formatting import count
from dashboard.core.long_text import LineField
from dashboard.documents.query.listing import STALLED, Query
from dashboard.metadata import values
from dashboard.metadata.change.changes import DROP, DROP_VALUE, PUT, RENAME, REPLACE, Change
from dashboard.metadata.change.selection import MOST_CHOSEN

LENGTH: Final = 255
ALL, MATCHING, CHOSEN, LISTED = "all", "matching", "chosen", "listed"
NEEDS_MATCH, NEEDS_VALUE = (REPLACE, DROP_VALUE), (PUT, REPLACE)


class ChangeForm(forms.Form):
    """The form of a change with its conditions."""

    scope = forms.ChoiceField(
        label=_lazy("Which documents"),
        choices=((MATCHING, _lazy("Those that match metadata conditions")), (ALL, _lazy("All of this dataset"))),
        initial=MATCHING,
        widget=forms.RadioSelect,
    )
    operation = forms.ChoiceField(
        label=_lazy("What to do"),
        choices=(
            (PUT, _lazy("Set a key (adds an item to a list)")),
            (REPLACE, _lazy("Replace a value")),
            (DROP_VALUE, _lazy("Delete a value")),
            (DROP, _lazy("Delete a key and all its values")),
            (RENAME, _lazy("Rename a key")),
        ),
        initial=PUT,
        widget=forms.RadioSelect,
        error_messages={"required": _lazy("Choose what to do.")},
    )
    key = forms.CharField(
        label=_lazy("Key"),
        max_length=LENGTH,
        error_messages={
            "required": _lazy("Enter the key to change."),
            "max_length": _lazy("At most %(limit_value)d characters; this has %(show_value)d."),
        },
    )
    match = LineField(label=_lazy("Current value"), max_length=LENGTH * 16, required=False)
    value = LineField(label=_lazy("New value"), max_length=LENGTH * 16, required=False)
    kind = forms.ChoiceField(
        label=_lazy("Type of the new value"),
        choices=values.KINDS,
        initial=values.TEXT,
        required=False,
        help_text=_lazy("Separate the items of a list with “;”. A list replaces the current value."),
    )
    to = forms.CharField(
        label=_lazy("New key name"),
        max_length=LENGTH,
        required=False,
        error_messages={"max_length": _lazy("At most %(limit_value)d characters; this has %(show_value)d.")},
    )
    listed = forms.CharField(required=False, max_length=8000, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, ids: list[str], conditions: Conditions, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.conditions = conditions
        self.ids = list(dict.fromkeys(value for value in ids if value))
        narrow = str(self["listed"].value() or "")
        if self.ids:
            number = len(self.ids)
            said = ngettext("The selected document", "The %(n)s selected documents", number)
            self._offer(CHOSEN, said % {"n": count(number)})
        if narrow:
            self._offer(LISTED, _("All documents that the list showed"))
        for name in ("key", "to"):
            self.fields[name].widget.attrs |= {"list": "metadata-keys", "autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("scope") == MATCHING and not self.conditions:
            self.add_error("scope", _("Add at least one condition, or choose all documents."))
        for error in self.conditions.errors if given.get("scope") == MATCHING else ():
            self.add_error("scope", error)
        if given.get("scope") == CHOSEN and len(self.ids) > MOST_CHOSEN:
            words = {"most": count(MOST_CHOSEN), "n": count(len(self.ids))}
            self.add_error("scope", _("Select at most %(most)s documents; these are %(n)s.") % words)
        if given.get("scope") == LISTED and Query.read(QueryDict(given.get("listed", ""))).status == STALLED:
            self.add_error("scope", _("The list of stalled documents keeps changing. Select the documents instead."))
        operation = given.get("operation")
        if operation == RENAME and not given.get("to"):
            self.add_error("to", _("Enter the new name of the key."))
        elif operation == RENAME and given.get("to") == given.get("key"):
            self.add_error("to", _("The key already has this name."))
        if operation in NEEDS_MATCH and not given.get("match"):
            self.add_error("match", _("Enter the value to find."))
        if operation in NEEDS_VALUE and not given.get("value"):
            self.add_error("value", _("Enter the value to store."))
        elif operation in NEEDS_VALUE:
            try:
                given["value"] = values.read(given["value"], given.get("kind") or values.TEXT)
            except values.Unfit as error:
                self.add_error("value", _("%(reason)s.") % {"reason": capfirst(str(error))})
        return given

    @property
    def change(self) -> Change:
        """The change of a valid form."""
        given = self.cleaned_data
        operation = given["operation"]
        return Change(
            operation=operation,
            key=given["key"],
            value=given["to"] if operation == RENAME else given["value"] if operation in NEEDS_VALUE else "",
            match=given["match"] if operation in NEEDS_MATCH else "",
        )

    @property
    def query(self) -> Query | None:
        """The query of the list of documents, or of the conditions; None for selected documents or all of them."""
        if self.cleaned_data["scope"] == LISTED:
            return Query.read(QueryDict(self.cleaned_data["listed"]))
        if self.cleaned_data["scope"] == MATCHING:
            return Query.read(QueryDict(urlencode(list(self.conditions.parameters()))))
        return None

    @property
    def chosen(self) -> list[str] | None:
        """The ids of the selected documents; None for any other scope."""
        return self.ids if self.cleaned_data["scope"] == CHOSEN else None

    def _offer(self, scope: str, words: str) -> None:
        field = self.fields["scope"]
        field.choices = [(scope, words), *field.choices]  # type: ignore[attr-defined]
        field.initial = scope
