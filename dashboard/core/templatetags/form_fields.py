"""Template tags for form fields: ``{% load form_fields %}``."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, HiddenInput, RadioSelect, Select
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.core import formatting

register = template.Library()


@register.simple_tag
def widget(field: BoundField, range_id: str = "", switch: bool = False, **attributes: Any) -> SafeString:
    """A form field's input with our classes and ``aria-describedby``.

    ``range_id`` is the id of the text about range and default; a ``switch`` gets no checkbox class; other attributes
    are passed on (``data_x`` becomes ``data-x``).
    """
    kind = field.field.widget
    attrs = {name.replace("_", "-"): value for name, value in attributes.items() if value not in (None, "")}
    css = [attrs.pop("class", ""), kind.attrs.get("class", "")]
    if switch:
        pass
    elif isinstance(kind, (CheckboxInput, RadioSelect, CheckboxSelectMultiple)):
        css.append("form-check-input")
    elif isinstance(kind, Select):
        css.append("form-select")
    elif not isinstance(kind, HiddenInput):
        css.append("form-control")
    if field.errors:
        css.append("ra-invalid")
    described = [
        range_id,
        f"{field.auto_id}_helptext" if field.help_text else "",
        f"{field.auto_id}_error" if field.errors else "",
    ]
    if any(described):
        attrs["aria-describedby"] = " ".join(part for part in described if part)
    return SafeString(field.as_widget(attrs={**attrs, "class": " ".join(part for part in css if part)}))


@register.simple_tag
def range_words(field: BoundField, unit: str = "", default: Any = None) -> str:
    """``1 to 2,048 tokens · default 512`` from the form field's limits; without limits ``default 300 seconds``."""
    low, high = getattr(field.field, "min_value", None), getattr(field.field, "max_value", None)
    words = []
    if low is not None and high is not None:
        words.append(_("%(low)s to %(high)s") % {"low": formatting.count(low), "high": formatting.count(high)})
    elif high is not None:
        words.append(_("at most %(high)s") % {"high": formatting.count(high)})
    if words and unit:
        words[0] += f" {unit}"
    if default not in (None, ""):
        shown = formatting.count(default) if isinstance(default, (int, float)) else str(default)
        words.append(_("default %(value)s") % {"value": shown if words or not unit else f"{shown} {unit}"})
    return " · ".join(words)


@register.simple_tag
def field_error_count(*forms: BaseForm | str) -> int:
    """The number of fields with errors in the forms; a missing form ("") counts as none."""
    given = [form for form in forms if isinstance(form, BaseForm)]
    return sum(1 for form in given for name in form.errors if name != NON_FIELD_ERRORS)
