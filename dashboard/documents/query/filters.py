"""The active filters of a list, each with the address of the list without it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _

from dashboard.core.formatting import visible
from dashboard.documents.query import kinds
from dashboard.documents.query.query import Query
from dashboard.documents.query.upload_dates import UploadDateRange


@dataclass(frozen=True)
class Filter:
    """A filter: ``name`` and ``value`` describe it (Type is, PDF), ``url`` is the list without it."""

    name: str
    value: str
    url: str


def of(base: str, query: Query) -> list[Filter]:
    """All filters but the status, which has its own chips. ``base`` is the address of the list."""
    found = []
    if query.search:
        found.append(Filter(_("Name contains"), visible(query.search), base + query.encode(search="")))
    if query.kind:
        found.append(Filter(_("Type is"), str(kinds.BY_KEY[query.kind].label), base + query.encode(kind="")))
    if query.days:
        found.append(Filter(*_days(query.days), base + query.encode(days=UploadDateRange())))
    for line in query.conditions.lines:
        less = base + query.encode(conditions=query.conditions.without(line))
        value = visible(line.shown_value) if line.shown_value else ""
        found.append(Filter(f"{visible(line.name)} {line.operator_words}", value, less))
    return found


def _days(days: UploadDateRange) -> tuple[str, str]:
    if days.first and days.last:
        if days.first == days.last:
            return _("Uploaded on"), _day(days.first)
        return _("Uploaded"), _("%(first)s to %(last)s") % {"first": _day(days.first), "last": _day(days.last)}
    return (_("Uploaded since"), _day(days.first)) if days.first else (_("Uploaded until"), _day(days.last))


def _day(day: date | None) -> str:
    return formats.date_format(day, "j M Y") if day else ""
