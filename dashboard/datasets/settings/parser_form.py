"""The settings of one chunk method as a form, built from ``parser_fields``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.forms import BoundField
from django.http import QueryDict
from django.utils.functional import Promise

from dashboard.core.long_text import LongTextForm
from dashboard.datasets.settings.form_choices import Offers
from dashboard.datasets.settings.parser_field import SECTION_LABELS, Kind, ParserField, Section, assemble, stored
from dashboard.datasets.settings.parser_fields import CHUNK_SIZE, FIELDS, fields_of
from dashboard.datasets.settings.parser_inputs import escape_breaks, field, typed
from dashboard.ragflow.releases.offers import Offer

PREFIX = "parser"
WIDE = (Kind.SWITCH, Kind.LONG_TEXT, Kind.WORDS, Kind.TAG_SETS, Kind.TEMPLATES)


@dataclass(frozen=True)
class Row:
    """A field on the form of a chunk method with what the template says about it."""

    method: str
    bound: BoundField
    spec: ParserField

    @property
    def component(self) -> str:
        """The template that draws it."""
        match self.spec.kind:
            case Kind.SWITCH:
                return "core/check_field.html"
            case Kind.TAG_SETS | Kind.TEMPLATES:
                return "core/choices.html"
            case Kind.INTEGER | Kind.DECIMAL if self.spec.high is not None:
                return "core/range_field.html"
        return "core/field.html"

    @property
    def is_wide(self) -> bool:
        """Whether it takes a line of its own."""
        return self.spec is CHUNK_SIZE or self.spec.kind in WIDE

    @property
    def shown_default(self) -> Any:
        """The default for the label; "" if the field shows it itself."""
        if self.spec.kind is Kind.DELIMITER:
            return escape_breaks(self.spec.default)
        return self.spec.default if self.spec.kind in (Kind.INTEGER, Kind.DECIMAL) else ""


@dataclass(frozen=True)
class Fold:
    """Rows in a collapsible section, which is ``open`` if a row has an error or was changed."""

    label: str | Promise
    rows: tuple[Row, ...]
    open: bool

    @property
    def switch(self) -> str:
        """``on`` or ``off`` for a section that its first row switches, else ""."""
        if self.rows[0].spec.kind is not Kind.SWITCH:
            return ""
        return "on" if self.rows[0].bound.value() else "off"


class ParserForm(LongTextForm):
    """Exactly the settings of ``method`` that the server has, with what it ``offered`` to choose from.

    ``config`` is a stored parser configuration with the initial values; missing ones are the defaults.
    """

    def __init__(
        self,
        method: str,
        data: Any = None,
        *,
        config: Mapping[str, Any] | None = None,
        offered: Offers | None = None,
    ) -> None:
        offered = offered or Offers()
        fields = fields_of(method, offered.accepts)
        kept = {spec.name: stored(config or {}, spec) for spec in fields}
        initial = {name: value for name, value in kept.items() if value is not None}
        super().__init__(data, prefix=PREFIX, initial=initial)
        self.method = method
        self.accepts = offered.accepts
        tags = offered.tag_sets or kept.get("tag_kb_ids")
        templates = offered.templates or kept.get("compilation_template_group_id")
        self.specs = {
            spec.name: spec
            for spec in fields
            if (spec.section is not Section.TAGS or tags) and (spec.kind is not Kind.TEMPLATES or templates)
        }
        for name, spec in self.specs.items():
            self.fields[name] = field(spec, offered, typed(spec, kept[name]))

    @property
    def rows(self) -> tuple[Row, ...]:
        """The settings that are always visible."""
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
        """Values entered for other methods, as (name, value), kept so that switching back loses nothing."""
        if not self.is_bound:
            return ()
        known = {self.add_prefix(spec.name) for specs in FIELDS.values() for spec in specs}
        mine = {self.add_prefix(name) for name in self.fields}
        data = cast("QueryDict", self.data)
        return tuple((name, value) for name in sorted(known - mine) if name in data for value in data.getlist(name))

    def parser_config(self) -> dict[str, Any] | None:
        """The object for RAGFlow; None for a method without settings. Only on a valid form.

        Defaults are sent too, since RAGFlow may turn on settings that a create call omits (contract §7.1).
        """
        if not self.fields:
            return None
        values = {spec.key: self._value(name) for name, spec in self.specs.items()}
        if not values.get("tag_kb_ids"):
            values.pop("tag_kb_ids", None)
            values.pop("topn_tags", None)
        return assemble(values)

    def changed_config(self, names: Collection[str]) -> dict[str, Any]:
        """As ``parser_config``, but only the settings ``names``. A cleared one is None if RAGFlow accepts that."""
        chosen = {self.specs[name].key: self._value(name) for name in self.specs if name in names}
        return assemble(chosen) | {key: None for key, value in chosen.items() if value is None and "." not in key}

    def _value(self, name: str) -> Any:
        value = self.cleaned_data[name]
        return self.specs[name].empty if value == "" else value

    def _rows(self, section: Section) -> Iterator[Row]:
        for name, spec in self.specs.items():
            if spec.section is section:
                yield Row(self.method, self[name], spec)

    def _changed(self, row: Row) -> bool:
        field = self.fields[row.spec.name]
        return field.has_changed(row.bound.initial, row.bound.data)


def carried_over(method: str, data: Any, accepts: Collection[Offer]) -> Any:
    """The posted data with the defaults of settings of ``method`` that the form did not show.

    Needed if the method was chosen without its fields being displayed: a missing field would be an error, and a missing
    switch would count as off. Settings that not every release has may be missing because RAGFlow was upgraded.
    """
    completed = data.copy()
    shown = completed.get("fields_of", "")
    if shown == method:
        return completed
    already = {spec.name for spec in fields_of(shown, accepts)}
    for spec in fields_of(method, accepts):
        key = f"{PREFIX}-{spec.name}"
        if spec.name in already or key in completed:
            continue
        for value in typed(spec, spec.default):
            completed.appendlist(key, value)
    return completed


def with_defaults(data: QueryDict, accepts: Collection[Offer]) -> QueryDict:
    """The posted data with the settings of its method reset to defaults; those without a known default are kept."""
    restored = data.copy()
    for spec in fields_of(restored.get("chunk_method", ""), accepts):
        if spec.default is None and "." in spec.key:
            continue
        restored.setlist(f"{PREFIX}-{spec.name}", typed(spec, spec.default))
    return restored
