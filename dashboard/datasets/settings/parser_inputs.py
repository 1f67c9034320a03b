"""Form fields for the settings of chunk methods: input, validation and text form of each kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from dashboard.core.formatting import count
from dashboard.core.long_text import LongTextField
from dashboard.datasets.settings.form_choices import Offers
from dashboard.datasets.settings.parser_field import Kind, ParserField

_RANGE = re.compile(r"(\d{1,6})(?:\s*[-\u2013]\s*(\d{1,6}))?")
_ESCAPES = (("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"))


class DelimiterField(forms.CharField):
    """Text in which a line break is written ``\\n``. Whitespace is kept, since it may be the delimiter."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return escape_breaks(value) if isinstance(value, str) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(initial != self.to_python(data))

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        for character, written in _ESCAPES:
            text = text.replace(written, character)
        return text


def escape_breaks(text: str) -> str:
    """Line breaks and tabs as they are typed: ``\\n``."""
    for character, written in _ESCAPES:
        text = text.replace(character, written)
    return text


class WordsField(forms.CharField):
    """Comma-separated words; the value is a list without duplicates."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or ()) != self.to_python(data))


class PagesField(forms.CharField):
    """Ranges of pages, ``1-20, 30``; the value is RAGFlow's list of [from, to], or None for all pages."""

    def prepare_value(self, value: Any) -> Any:
        return pages_as_typed(value) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        ranges = []
        for part in (part.strip() for part in text.split(",")):
            if not part:
                continue
            found = _RANGE.fullmatch(part)
            first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
            if not 0 < first <= last:
                raise ValidationError(
                    _("Enter ranges such as 1-20, 30-45, not “%(part)s”.") % {"label": self.label, "part": part[:40]}
                )
            ranges.append([first, last])
        return ranges or None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool((list(initial or ()) or None) != self.to_python(data))
        except ValidationError:
            return True


def pages_as_typed(ranges: Any) -> str:
    """``[[1, 20], [30, 30]]`` → ``1-20, 30``. Anything that is not a pair is shown as stored."""
    parts = []
    for one in ranges:
        pair = one if isinstance(one, (list, tuple)) and len(one) == 2 else (one, one)
        parts.append(f"{pair[0]}" if pair[0] == pair[1] else f"{pair[0]}-{pair[1]}")
    return ", ".join(parts)


def typed(spec: ParserField, value: Any) -> list[str]:
    """The setting's value as a browser submits it; an empty list for an empty field or a switch that is off."""
    match spec.kind:
        case _ if value is None:
            return []
        case Kind.SWITCH:
            return ["on"] if value else []
        case Kind.DELIMITER:
            return [escape_breaks(str(value))]
        case Kind.WORDS:
            return [", ".join(map(str, value))] if isinstance(value, (list, tuple)) else [str(value)]
        case Kind.PAGES:
            return [pages_as_typed(value)] if isinstance(value, (list, tuple)) and value else []
        case Kind.TAG_SETS | Kind.TEMPLATES:
            return [str(part) for part in value] if isinstance(value, (list, tuple)) else []
    return [str(value)]


def field(spec: ParserField, offered: Offers, kept: Sequence[str] = ()) -> forms.Field:
    """The form field of a setting. ``kept`` are stored values that stay valid even if they are no longer choices."""
    options: dict[str, Any] = {
        "label": spec.label,
        "help_text": spec.help,
        "initial": spec.default,
        "required": not spec.optional,
    }
    match spec.kind:
        case Kind.INTEGER | Kind.DECIMAL:
            return _number(spec, options)
        case Kind.SWITCH:
            return forms.BooleanField(**options | {"required": False})
        case Kind.CHOICE:
            more = [(model, model) for model in offered.layout_models] if spec.key == "layout_recognize" else []
            words = ", ".join(str(label) for _key, label in spec.choices)
            message = _("Choose one of %(choices)s.") % {"choices": words}
            return forms.ChoiceField(
                choices=_with(kept, [*spec.choices, *more]),
                error_messages={"required": message, "invalid_choice": message},
                **options,
            )
        case Kind.TAG_SETS:
            return forms.MultipleChoiceField(
                choices=_with(kept, [*offered.tag_sets]),
                widget=forms.CheckboxSelectMultiple,
                error_messages={"invalid_choice": _("A selected dataset no longer exists. Select again.")},
                **options,
            )
        case Kind.TEMPLATES:
            return forms.MultipleChoiceField(
                choices=_with(kept, [*offered.templates]),
                widget=forms.CheckboxSelectMultiple,
                error_messages={"invalid_choice": _("A selected template no longer exists. Select again.")},
                **options,
            )
        case Kind.DELIMITER:
            message = _("Enter at least one character, such as \\n.")
            return DelimiterField(error_messages={"required": message}, **options)
        case Kind.WORDS:
            message = _("Enter at least one word.")
            return WordsField(error_messages={"required": message}, **options)
        case Kind.PAGES:
            return PagesField(max_length=400, **options)
        case Kind.LONG_TEXT:
            return LongTextField(max_length=65535, **options)
        case _:
            return forms.CharField(**options)


def _with(kept: Sequence[str], choices: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    offered = {key for key, _label in choices}
    return [*choices, *((value, value) for value in kept if value not in offered)]


def _number(spec: ParserField, options: dict[str, Any]) -> forms.Field:
    allowed = _allowed(spec)
    messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), allowed)
    if spec.kind is Kind.INTEGER:
        return forms.IntegerField(
            min_value=None if spec.low is None else int(spec.low),
            max_value=None if spec.high is None else int(spec.high),
            error_messages=messages,
            **options,
        )
    return forms.FloatField(
        min_value=spec.low,
        max_value=spec.high,
        step_size=spec.step,
        error_messages=messages | {"step_size": allowed},
        **options,
    )


def _allowed(spec: ParserField) -> str:
    """``Enter a whole number from 1 to 2,048 tokens.``"""
    kind = _("a whole number") if spec.kind is Kind.INTEGER else _("a number with at most two decimals,")
    if spec.high is None:
        span = _("of at least %(low)s") % {"low": count(spec.low)}
    else:
        span = _("from %(low)s to %(high)s") % {"low": count(spec.low), "high": count(spec.high)}
    unit = f" {spec.unit}" if spec.unit else ""
    return _("Enter %(kind)s %(span)s%(unit)s.") % {"kind": kind, "span": span, "unit": unit}
