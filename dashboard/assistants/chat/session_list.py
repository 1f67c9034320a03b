"""The list of sessions beside the chat, grouped by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.ragflow.types import Page, Session


@dataclass(frozen=True)
class Row:
    """One session. ``note`` is a short description; ``owner`` is set if it belongs to someone else."""

    id: str
    name: str
    note: str
    owner: str = ""


@dataclass(frozen=True)
class Group:
    """The sessions of a period. ``continues``: its heading is already on the page."""

    key: str
    title: str
    rows: Sequence[Row]
    continues: bool


@dataclass(frozen=True)
class SessionList:
    """One page of sessions. ``next_page`` is None on the last page, as far as known without a total."""

    groups: Sequence[Group]
    next_page: int | None
    page: int

    @property
    def last_group(self) -> str:
        return self.groups[-1].key if self.groups else ""

    def __bool__(self) -> bool:
        return bool(self.groups)


def grouped(
    page: Page[Session],
    after: str = "",
    asked: Mapping[str, int] | None = None,
    owners: Mapping[str, str] | None = None,
) -> SessionList:
    """Group a page of sessions. ``after`` is the key of the last group of the previous page.

    ``asked`` overrides the number of questions of sessions, by id, if we know better than RAGFlow; ``owners`` labels
    the sessions of other users.
    """
    now = timezone.localtime()
    groups: list[Group] = []
    for session in page.items:
        key, title = _period(session.updated_at, now)
        if not groups or groups[-1].key != key:
            groups.append(Group(key, title, [], continues=not groups and key == after))
        rows = groups[-1].rows
        assert isinstance(rows, list)  # noqa: S101  (made two lines above)
        number = sum(message.role == "user" for message in session.messages)
        number = (asked or {}).get(session.id, number)
        note = _note(session.updated_at, number, key)
        rows.append(Row(session.id, session.name, note, (owners or {}).get(session.id, "")))
    return SessionList(groups, page.page + 1 if page.has_next else None, page.page)


def note_now(asked: int) -> str:
    """The note of a session whose question number ``asked`` was asked just now."""
    return _note(timezone.localtime(), asked, "today")


def _period(moment: datetime | None, now: datetime) -> tuple[str, str]:
    if moment is None:
        return "unknown", _("No date")
    days = (now.date() - timezone.localtime(moment).date()) // timedelta(days=1)
    if days <= 0:
        return "today", _("Today")
    if days == 1:
        return "yesterday", _("Yesterday")
    if days < 7:
        return "week", _("Last seven days")
    if days < 30:
        return "month", _("Last thirty days")
    return "older", _("Older")


def _note(last: datetime | None, asked: int, period: str) -> str:
    words = ngettext("%(n)d question", "%(n)d questions", asked) % {"n": asked} if asked else _("no questions yet")
    if last is None:
        return words
    moment = timezone.localtime(last)
    when = date_format(moment, "H:i" if period in ("today", "yesterday") else "j M Y")
    return f"{words}, {when}"
