"""Form fields for multi-line text.

Browsers submit every line end as CR LF, and form fields strip surrounding whitespace, so unedited text comes back
different from what is stored. These fields keep such text from counting as changed and from being written.
"""

from __future__ import annotations

from typing import Any

from django import forms


def plain_breaks(text: str) -> str:
    """The text with LF line ends, for comparing submitted text with stored text."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class LongTextField(forms.CharField):
    """Multi-line text with LF line ends. ``rows`` is the height of the text area."""

    def __init__(self, *, rows: int = 3, attrs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows} | (attrs or {}))
        super().__init__(**{"widget": widget} | kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(plain_breaks(str(value or ""))) or ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self.disabled and self.to_python(initial) != self.to_python(data)


class LineField(LongTextField):
    """Usually single-line text. Shown as a text area if it has several lines, which an input would join."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.TextInput} | kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        bound = super().get_bound_field(form, field_name)
        if "\n" in plain_breaks(str(bound.value() or "")):
            self.widget = forms.Textarea(attrs={"rows": 3} | self.widget.attrs)
        return bound


class LongTextForm(forms.Form):
    """A form whose unedited long texts keep exactly their stored value (``initial``)."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, field in self.fields.items():
            # The form may have turned the text into something else, such as a list of lines.
            if not isinstance(field, LongTextField) or not isinstance(cleaned.get(name), str):
                continue
            stored = self.get_initial_for_field(field, name)
            if isinstance(stored, str) and not field.has_changed(stored, self[name].data):
                cleaned[name] = stored
        return cleaned
