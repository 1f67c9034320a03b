"""The settings of one chunk method as a form, built from ``parser_fields``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dashboard.datasets import methods
from dashboard.datasets.parser_fields import (
    CHUNK_SIZE,
    SECTION_LABELS,
    Kind,
    ParserField,
    Section,
    assemble,
    fields_of,
)
from dashboard.ui.formatting import count

PREFIX = "parser"
_ESCAPES = (("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"))


class DelimiterField(forms.CharField):
    """Text in which a line break is written ``\\n``. Blanks count: a blank may be the delimiter."""

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
    """Words separated by commas; the value is a list without repetitions."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or ()) != self.to_python(data))


@dataclass(frozen=True)
class Row:
    """A field on the form with what the template says about it."""

    bound: BoundField
    spec: ParserField

    @property
    def component(self) -> str:
        """The template that draws it."""
        match self.spec.kind:
            case Kind.SWITCH:
                return "components/check_field.html"
            case Kind.TAG_SETS:
                return "components/choices.html"
            case Kind.INTEGER | Kind.DECIMAL if self.spec.high is not None:
                return "components/range_field.html"
        return "components/field.html"

    @property
    def is_wide(self) -> bool:
        """Whether it takes a line of its own."""
        return self.spec is CHUNK_SIZE or self.spec.kind in (Kind.SWITCH, Kind.LONG_TEXT, Kind.WORDS, Kind.TAG_SETS)

    @property
    def shown_default(self) -> Any:
        """The default as the label says it; empty where the field shows it by itself."""
        if self.spec.kind is Kind.DELIMITER:
            return escape_breaks(self.spec.default)
        return self.spec.default if self.spec.kind in (Kind.INTEGER, Kind.DECIMAL) else ""


@dataclass(frozen=True)
class Fold:
    """Rows that are folded away under a heading. ``open`` when something in there is wrong or was changed."""

    label: str | Promise
    rows: tuple[Row, ...]
    open: bool

    @property
    def switch(self) -> str:
        """``on`` or ``off`` for a group that is switched by its first row, else empty."""
        if self.rows[0].spec.kind is not Kind.SWITCH:
            return ""
        return "on" if self.rows[0].bound.value() else "off"


class ParserForm(forms.Form):
    """Exactly the settings of ``method``. ``tag_sets`` are (id, name) of the datasets that hold tags."""

    def __init__(
        self,
        method: str,
        data: Any = None,
        *,
        initial: dict[str, Any] | None = None,
        layout_models: Sequence[str] = (),
        tag_sets: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(data, prefix=PREFIX, initial=initial)
        self.method = method
        self.specs = {spec.name: spec for spec in fields_of(method) if spec.section is not Section.TAGS or tag_sets}
        for name, spec in self.specs.items():
            self.fields[name] = _field(spec, layout_models, tag_sets)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The settings that are always in sight."""
        return tuple(self._rows(Section.MAIN))

    @property
    def folds(self) -> tuple[Fold, ...]:
        """The others, by heading."""
        found = []
        for section, label in SECTION_LABELS.items():
            rows = tuple(self._rows(section))
            if rows:
                touched = self.is_bound and any(row.bound.errors or self._changed(row) for row in rows)
                found.append(Fold(label, rows, touched))
        return tuple(found)

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        """What was typed for other methods, as (name, value): kept, so that going back to a method loses nothing."""
        if not self.is_bound:
            return ()
        known = {self.add_prefix(spec.name) for key in methods.BY_KEY for spec in fields_of(key)}
        mine = {self.add_prefix(name) for name in self.fields}
        data = cast("QueryDict", self.data)
        return tuple((name, value) for name in sorted(known - mine) if name in data for value in data.getlist(name))

    def parser_config(self) -> dict[str, Any] | None:
        """The object for RAGFlow; None for a method without settings. Only on a valid form.

        Everything is sent, also defaults: what is left out on create RAGFlow may turn on (contract §7.1).
        """
        if not self.fields:
            return None
        values = {spec.key: self._value(name) for name, spec in self.specs.items()}
        if not values.get("tag_kb_ids"):
            values.pop("tag_kb_ids", None)
            values.pop("topn_tags", None)
        return assemble(values)

    def _value(self, name: str) -> Any:
        value = self.cleaned_data[name]
        return None if value == "" else value

    def _rows(self, section: Section) -> Iterator[Row]:
        for name, spec in self.specs.items():
            if spec.section is section:
                yield Row(self[name], spec)

    def _changed(self, row: Row) -> bool:
        field = self.fields[row.spec.name]
        return field.has_changed(row.bound.initial, row.bound.data)


def carried_over(method: str, data: Any) -> Any:
    """The posted data, completed with the defaults of the settings that ``method`` has and the form did not show.

    Needed where somebody chose a method without seeing its fields: an empty field would be an error, and a switch
    that was not there would count as off.
    """
    completed = data.copy()
    shown = completed.get("fields_of", "")
    if shown == method:
        return completed
    already = {spec.name for spec in fields_of(shown)}
    for spec in fields_of(method):
        key = f"{PREFIX}-{spec.name}"
        if spec.name in already or key in completed:
            continue
        for value in _as_typed(spec):
            completed.appendlist(key, value)
    return completed


def _as_typed(spec: ParserField) -> list[str]:
    if spec.kind is Kind.SWITCH:
        return ["on"] if spec.default else []
    if spec.kind is Kind.DELIMITER:
        return [escape_breaks(spec.default)]
    if spec.kind is Kind.WORDS:
        return [", ".join(spec.default)]
    return [] if spec.default is None else [str(spec.default)]


def _field(spec: ParserField, layout_models: Sequence[str], tag_sets: Sequence[tuple[str, str]]) -> forms.Field:
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
            more = [(model, model) for model in layout_models] if spec.key == "layout_recognize" else []
            words = ", ".join(str(label) for _key, label in spec.choices)
            message = _("%(label)s: choose one of %(choices)s.") % {"label": spec.label, "choices": words}
            return forms.ChoiceField(
                choices=[*spec.choices, *more],
                error_messages={"required": message, "invalid_choice": message},
                **options,
            )
        case Kind.TAG_SETS:
            return forms.MultipleChoiceField(
                choices=list(tag_sets),
                widget=forms.CheckboxSelectMultiple,
                error_messages={
                    "invalid_choice": _("%(label)s: one of them is gone. Choose again.") % {"label": spec.label}
                },
                **options,
            )
        case Kind.DELIMITER:
            message = _("%(label)s: at least one character, such as \\n.") % {"label": spec.label}
            return DelimiterField(error_messages={"required": message}, **options)
        case Kind.WORDS:
            message = _("%(label)s: at least one word.") % {"label": spec.label}
            return WordsField(error_messages={"required": message}, **options)
        case Kind.LONG_TEXT:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=65535, **options)
        case _:
            return forms.CharField(**options)


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
    """``Chunk size: a whole number from 1 to 2,048 tokens.``"""
    kind = _("a whole number") if spec.kind is Kind.INTEGER else _("a number with at most two decimals,")
    if spec.high is None:
        span = _("of at least %(low)s") % {"low": count(spec.low)}
    else:
        span = _("from %(low)s to %(high)s") % {"low": count(spec.low), "high": count(spec.high)}
    unit = f" {spec.unit}" if spec.unit else ""
    return f"{spec.label}: {kind} {span}{unit}."
