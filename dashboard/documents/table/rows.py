"""Rows of the documents table: all values that the template shows, so that the template contains no logic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core import formatting
from dashboard.datasets import methods
from dashboard.documents import originals
from dashboard.documents.parsing import failure_causes, fingerprint, parse_log
from dashboard.documents.parsing.entries import Entry
from dashboard.models import Server
from dashboard.ragflow.types import RunStatus

# File types with their own Tabler icon; all others share one.
FILE_ICONS: Final = {
    "bmp", "css", "csv", "doc", "docx", "html", "jpg", "js", "pdf", "php", "png", "ppt", "sql", "svg",
    "ts", "txt", "xls", "xml",
}  # fmt: skip
FAMILIES: Final = {
    "xlsx": "xls", "pptx": "ppt", "jpeg": "jpg", "htm": "html", "md": "markdown", "mdx": "markdown",
    "eml": "mail", "msg": "mail", "json": "json",
}  # fmt: skip
OTHER_ICONS: Final = {"markdown": "markdown", "mail": "mail", "json": "json"}
# kind → (icon, its class); the words come from ``_status``.
STATUS_ICONS: Final = {
    "done": ("circle-check", ""),
    "run": ("loader-2", "ra-spin"),
    "queue": ("clock", ""),
    "stall": ("hourglass", ""),
    "fail": ("circle-x", ""),
    "warn": ("alert-triangle", ""),
    "stop": ("ban", ""),
    "todo": ("circle-dashed", ""),
}
PREFIX: Final = 8


@dataclass(frozen=True)
class Row:
    """The values for ``documents/table/rows.jinja``.

    ``can`` is the parsing action that is possible (parse or stop), ``remedy`` the suggested one (recover, retry or "").
    """

    id: str
    name: str
    icon: str
    method: str
    kind: str
    status_icon: str
    status_css: str
    word: str
    note: str
    percent: int | None
    chunks: str
    tokens: str
    size: str
    type: str
    took: str
    uploaded: str
    can: str
    remedy: str
    disabled: bool
    older: bool
    linked: bool

    @property
    def no_chunks_yet(self) -> bool:
        """Cards on phones leave out empty values."""
        return self.chunks == formatting.NOTHING

    @property
    def action(self) -> str:
        """The main parsing action for the document, as in the address: recover, stop, or parse."""
        return "recover" if self.remedy == "recover" else self.can

    @property
    def css(self) -> str:
        return "run" if self.kind == "queue" else self.kind


def rows(server: Server, dataset_id: str, entries: Iterable[Entry]) -> list[Row]:
    """The rows of ``entries``."""
    current = fingerprint.known(server, dataset_id)
    shown = list(entries)
    told = originals.known(server) if any(entry.linked for entry in shown) else None
    return [
        _row(
            entry,
            older=fingerprint.is_older(entry.settings, current),
            linked=originals.is_at_risk(entry.linked, entry.id, told),
        )
        for entry in shown
    ]


def _row(entry: Entry, *, older: bool, linked: bool) -> Row:
    kind, word, note, remedy = _status(entry)
    running = entry.running
    return Row(
        id=entry.id,
        name=formatting.visible(entry.name),
        icon=_icon(entry.suffix or entry.name.rpartition(".")[2]),
        method=_method(entry),
        kind=kind,
        status_icon=STATUS_ICONS[kind][0],
        status_css=STATUS_ICONS[kind][1],
        word=word,
        note=note,
        percent=min(99, int(max(0.0, entry.progress) * 100)) if kind in ("run", "stall") else None,
        chunks=formatting.NOTHING if running and not entry.chunk_count else formatting.count(entry.chunk_count),
        tokens=formatting.NOTHING if running and not entry.token_count else formatting.count(entry.token_count),
        size=formatting.file_size(entry.size),
        type=formatting.visible(entry.suffix.upper()) if entry.suffix else formatting.NOTHING,
        took=formatting.duration(entry.seconds) if entry.seconds and not running else formatting.NOTHING,
        uploaded=formatting.moment(datetime.fromtimestamp(entry.created_at, UTC) if entry.created_at else None),
        can="stop" if running else "parse",
        remedy=remedy,
        disabled=not entry.enabled,
        older=older,
        linked=linked,
    )


def _status(entry: Entry) -> tuple[str, str, str, str]:
    """(kind, label, note, resolving action) of a document's status."""
    took = formatting.duration(entry.seconds) if entry.seconds >= 1 else ""
    stage = parse_log.words(entry.stage)
    tail = formatting.visible(entry.tail) if entry.tail else ""
    if entry.stalled:
        since = timezone.localtime(datetime.fromtimestamp(entry.moved_at, UTC))
        still = _("No progress since %(time)s") % {"time": since.strftime("%H:%M")}
        return "stall", _("Stalled"), " · ".join(part for part in (still, stage) if part), "recover"
    if entry.queued:
        return "queue", _("Parsing"), stage or _("Queued"), ""
    if entry.running:
        return "run", _("Parsing"), " · ".join(part for part in (stage or tail, took) if part), ""
    if entry.run is RunStatus.FAIL:
        usable = ngettext("%(n)s chunk is usable.", "%(n)s chunks are usable.", entry.chunk_count) % {
            "n": formatting.count(entry.chunk_count)
        }
        reason = failure_causes.in_words(tail) if tail else _("RAGFlow gave no reason. Check the log.")
        return "fail", _("Failed"), f"{reason} {usable}" if entry.chunk_count else reason, "retry"
    if entry.run is RunStatus.CANCEL:
        return "stop", _("Cancelled"), "", ""
    if entry.run is RunStatus.DONE and not entry.chunk_count:
        return "warn", _("Parsed, 0 chunks"), _without_chunks(entry), "retry"
    if entry.run is RunStatus.DONE:
        return "done", _("Parsed"), _("in %(time)s") % {"time": took} if took else "", ""
    return "todo", _("Not parsed"), "", ""


def _without_chunks(entry: Entry) -> str:
    if entry.suffix.lower() == "pdf" and entry.layout not in ("DeepDOC", "true", "True"):
        return _("Probably a scan. The PDF parser DeepDOC can read it.")
    return _("It can't be searched. Check that the file contains text.")


def _method(entry: Entry) -> str:
    method = str(methods.label(entry.chunk_method))
    layout = entry.layout if entry.suffix.lower() == "pdf" and entry.layout else ""
    return f"{method} · {layout}" if layout and layout not in ("true", "True") else method


def _icon(suffix: str) -> str:
    family = FAMILIES.get(suffix.lower(), suffix.lower())
    if family in FILE_ICONS:
        return f"file-type-{family}"
    return OTHER_ICONS.get(family, "file-text")
