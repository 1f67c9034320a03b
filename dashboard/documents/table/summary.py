"""The summary of a dataset: progress in one line, the bar below it, the status chips, and the page title."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from dashboard.core import formatting
from dashboard.core.bars import bar
from dashboard.documents.parsing.entries import Entry
from dashboard.documents.parsing.snapshot import Snapshot
from dashboard.documents.query import kinds
from dashboard.documents.query.listing import ALL, STALLED, STATUSES, Query
from dashboard.ragflow.names import folded
from dashboard.ragflow.types import RunStatus

CHIP_ICONS: Final = {
    "not-parsed": ("circle-dashed", "ra-3"),
    "parsing": ("loader-2", ""),
    STALLED: ("hourglass", "ra-warn"),
    "failed": ("circle-x", "ra-bad"),
    "parsed": ("circle-check", "ra-ok"),
    "cancelled": ("ban", "ra-3"),
}


@dataclass(frozen=True)
class Chip:
    """A status filter; ``empty`` if no document has it, ``count`` is "" if unknown."""

    status: str
    label: str
    icon: str
    icon_css: str
    count: str
    empty: bool
    on: bool
    url: str


@dataclass(frozen=True)
class Part:
    """A part of the progress line, with its CSS class."""

    text: SafeString | str
    css: str = ""


@dataclass(frozen=True)
class Summary:
    """The page header's summary of the whole dataset. ``active`` while anything is being parsed."""

    parts: list[Part]
    bar: SafeString | str
    title: str
    total: int
    active: bool
    last_error: str
    new: int = 0
    failed: int = 0


def summary(counts: dict[str, int], snapshot: Snapshot | None, now: float | None = None) -> Summary:
    """Build it from the counts by run status of the whole dataset, and the snapshot."""
    now = time.time() if now is None else now
    total = sum(count for name, count in counts.items() if name != ALL)
    parsed, failed = counts.get(RunStatus.DONE, 0), counts.get(RunStatus.FAIL, 0)
    running, cancelled = counts.get(RunStatus.RUNNING, 0), counts.get(RunStatus.CANCEL, 0)
    entries = snapshot.running if snapshot else []
    stalled = min(running, sum(1 for entry in entries if entry.stalled))
    queued = min(running - stalled, sum(1 for entry in entries if entry.queued and not entry.stalled))
    working = running - stalled - queued
    number = formatting.count
    parts = []
    if total:
        parts.append(
            Part(format_html(_("<b>{parsed}</b> of {total} parsed"), parsed=number(parsed), total=number(total)))
        )
    if working:
        parts.append(Part(_("%(n)s running") % {"n": number(working)}))
    if queued:
        parts.append(Part(_("%(n)s queued") % {"n": number(queued)}))
    if stalled:
        parts.append(Part(_("%(n)s stalled") % {"n": number(stalled)}, "ra-warn"))
    if failed:
        parts.append(Part(_("%(n)s failed") % {"n": number(failed)}, "ra-bad"))
    if running and snapshot:
        if (rate := snapshot.per_minute(now)) is not None:
            parts.append(Part(_("%(n)s docs/min") % {"n": f"{rate:.1f}" if rate < 10 else f"{rate:.0f}"}))
        if (left := snapshot.seconds_left(now)) is not None:
            parts.append(Part(_("about %(time)s left") % {"time": roughly(left)}))
    last_error = ""
    if snapshot and snapshot.last_error:
        since = timezone.localtime(datetime.fromtimestamp(snapshot.last_error_at, UTC)).strftime("%H:%M")
        last_error = _("RAGFlow has not responded since %(time)s: %(reason)s") % {
            "time": since,
            "reason": snapshot.last_error,
        }
    words = ", ".join(str(part.text).replace("<b>", "").replace("</b>", "") for part in parts[:5])
    amounts = {
        "done": parsed,
        "run": running - stalled,
        "stall": stalled,
        "fail": failed,
        "stop": cancelled,
        "todo": counts.get(RunStatus.UNSTART, 0),
    }
    return Summary(
        parts=parts,
        bar=bar(words, amounts, "ra-bar--thin ra-head-bar") if total else "",
        title=_("%(parsed)s of %(total)s") % {"parsed": number(parsed), "total": number(total)} if running else "",
        total=total,
        active=running > 0,
        last_error=last_error,
        new=counts.get(RunStatus.UNSTART, 0),
        failed=failed,
    )


def chips(base: str, query: Query, counts: dict[str, int], snapshot: Snapshot | None) -> list[Chip]:
    """The status filters with counts for the current filters; ``base`` is the address of the list."""
    stalled_entries = [entry for entry in snapshot.running if entry.stalled] if snapshot else []
    labels = {
        "": _("All"),
        "not-parsed": _("Not parsed"),
        "parsing": _("Parsing"),
        STALLED: _("Stalled"),
        "failed": _("Failed"),
        "parsed": _("Parsed"),
        "cancelled": _("Cancelled"),
    }
    found = []
    for status, label in labels.items():
        count = _standing(query, stalled_entries) if status == STALLED else counts.get(_state(status))
        on = query.status == status
        if status == STALLED and not stalled_entries and not on:
            continue
        icon, css = CHIP_ICONS.get(status, ("", ""))
        url = base + query.encode(status=status)
        empty = count == 0 and not on and bool(status)
        found.append(Chip(status, label, icon, css, "" if count is None else formatting.count(count), empty, on, url))
    return found


def _state(status: str) -> str:
    return STATUSES[status].value if status else ALL


def _standing(query: Query, stalled_entries: list[Entry]) -> int | None:
    """The number of stalled documents that match the filters; None if that depends on their metadata."""
    if query.conditions and stalled_entries:
        return None
    suffixes, words = kinds.suffixes(query.kind), folded(query.search)
    return sum(
        1
        for entry in stalled_entries
        if (not suffixes or entry.suffix.lower() in suffixes)
        and words in folded(entry.name)
        and query.days.holds(datetime.fromtimestamp(entry.created_at, UTC))
    )


def roughly(seconds: float) -> str:
    """A rounded duration, for estimates."""
    if seconds < 60:
        return _("a minute")
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    return _("%(h)d h %(m)d min") % {"h": minutes // 60, "m": minutes % 60}
