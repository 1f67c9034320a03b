"""The audit trail's latest entries as sentences; what one person did in a row is one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dashboard.models import AuditEntry, Server
from dashboard.ui.formatting import count, visible

READ: Final = 120
SHOWN: Final = 8

Words = tuple[str, str | Promise]
# action → icon, what was done
ACTIONS: Final[dict[str, Words]] = {
    "dataset.create": ("database-plus", gettext_lazy("made")),
    "dataset.update": ("settings", gettext_lazy("changed")),
    "dataset.delete": ("trash", gettext_lazy("deleted")),
    "document.upload": ("upload", gettext_lazy("uploaded")),
    "document.update": ("pencil", gettext_lazy("changed")),
    "document.delete": ("trash", gettext_lazy("deleted")),
    "document.parse": ("player-play", gettext_lazy("started to parse")),
    "document.stop": ("player-stop", gettext_lazy("stopped parsing")),
    "chunk.add": ("plus", gettext_lazy("wrote")),
    "chunk.update": ("pencil", gettext_lazy("changed")),
    "chunk.delete": ("trash", gettext_lazy("deleted")),
    "assistant.create": ("message-chatbot", gettext_lazy("made")),
    "assistant.update": ("settings", gettext_lazy("changed")),
    "assistant.delete": ("trash", gettext_lazy("deleted")),
}
OTHER: Final = "activity"


@dataclass(frozen=True)
class Event:
    """``who`` did ``what`` to ``things``. ``dataset`` is the name of where it was, maybe empty."""

    who: str
    icon: str
    what: str
    things: str
    dataset: str
    at: datetime
    outcome: str
    error: str


def latest(server: Server, names: Mapping[str, str]) -> list[Event]:
    """The newest events on ``server``, without chats. ``names`` are those of datasets by id, as far as known."""
    entries = AuditEntry.objects.filter(server=server).exclude(action__startswith="session.")[:READ]
    groups = groupby(entries, key=lambda entry: (entry.username, entry.action, _dataset(entry), entry.outcome))
    return [_event(list(group), names) for _key, group in groups][:SHOWN]


def _dataset(entry: AuditEntry) -> str:
    return str(entry.detail.get("dataset_id", "")) if isinstance(entry.detail, dict) else ""


def _event(entries: list[AuditEntry], names: Mapping[str, str]) -> Event:
    newest = entries[0]
    icon, done = ACTIONS.get(newest.action, (OTHER, newest.action))
    targets = [str(name) for entry in entries for name in (entry.target_names or entry.target_ids)]
    where = names.get(_dataset(newest)) or str(newest.detail.get("dataset", ""))
    return Event(
        who=newest.username or _("somebody"),
        icon=icon,
        what=str(done),
        things=_things(newest.target_type, targets),
        dataset=visible(where) if where and newest.target_type != "dataset" else "",
        at=newest.at,
        outcome=newest.outcome,
        error=newest.error,
    )


def _things(kind: str, names: Iterable[str]) -> str:
    """``the dataset Handbook``, ``12 documents``, ``2 datasets: A, B``."""
    found = [visible(name) for name in names]
    number = len(found)
    words = {
        "dataset": ngettext("the dataset %(names)s", "%(n)s datasets: %(names)s", number),
        "document": ngettext("%(names)s", "%(n)s documents", number),
        "chunk": ngettext("a chunk of %(names)s", "%(n)s chunks of %(first)s", number),
        "assistant": ngettext("the assistant %(names)s", "%(n)s assistants: %(names)s", number),
    }.get(kind, "%(names)s")
    shown = ", ".join(found[:3]) + (" …" if number > 3 else "")
    return words % {"names": shown, "n": count(number), "first": found[0] if found else ""}
