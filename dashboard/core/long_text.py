"""Texts of several lines on forms.

Browsers send each line end of a form as two characters, whatever they were given, and forms cut blanks off at the ends:
what nobody touched comes back otherwise than it is stored. It must neither count as changed nor be written.
"""

from __future__ import annotations

from typing import Any

from django import forms


def plain_breaks(text: str) -> str:
    """The text with one character for each line end; what is the same by this was not edited."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class LongTextField(forms.CharField):
    """A text of several lines; the value has one character for each line end. ``rows`` is the height of the box."""

    def __init__(self, *, rows: int = 3, attrs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows} | (attrs or {}))
        super().__init__(**{"widget": widget} | kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(plain_breaks(str(value or ""))) or ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self.disabled and self.to_python(initial) != self.to_python(data)


class LineField(LongTextField):
    """A text that mostly is one line: its input grows into a box where it has several, which an input would join."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.TextInput} | kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        bound = super().get_bound_field(form, field_name)
        if "\n" in plain_breaks(str(bound.value() or "")):
            self.widget = forms.Textarea(attrs={"rows": 3} | self.widget.attrs)
        return bound


class LongTextForm(forms.Form):
    """A form whose long texts stay exactly as they are stored (``initial``) where nobody edited them."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, field in self.fields.items():
            # What the form has made something else of, such as a list of lines, is no text any more.
            if not isinstance(field, LongTextField) or not isinstance(cleaned.get(name), str):
                continue
            stored = self.get_initial_for_field(field, name)
            if isinstance(stored, str) and not field.has_changed(stored, self[name].data):
                cleaned[name] = stored
        return cleaned
