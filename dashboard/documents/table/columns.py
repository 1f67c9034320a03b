"""The columns of the documents table that a user has chosen, stored in a cookie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.core.web.http import DashboardRequest, set_cookie


@dataclass(frozen=True)
class Head:
    """A column header; ``desc_first`` sorts the largest values first."""

    key: str
    label: str | Promise
    css: str = ""
    desc_first: bool = False


# In table order; the name is always shown.
HEADS: Final = (
    Head("name", _("Name")),
    Head("type", _("Type"), "c-type"),
    Head("status", _("Status"), "c-status"),
    Head("chunks", _("Chunks"), "c-num c-chunks", desc_first=True),
    Head("tokens", _("Tokens"), "c-num c-wide c-tokens", desc_first=True),
    Head("size", _("Size"), "c-num c-size", desc_first=True),
    Head("method", _("Chunk method"), "c-method"),
    Head("took", _("Took"), "c-num c-took", desc_first=True),
    Head("enabled", _("Enabled"), "c-on", desc_first=True),
    Head("uploaded", _("Uploaded"), "c-when", desc_first=True),
)
KEYS: Final = tuple(head.key for head in HEADS[1:])
USUAL: Final = frozenset({"status", "chunks", "tokens", "size", "uploaded"})
KEPT: Final = timedelta(days=365)


@dataclass(frozen=True)
class Choice:
    """An entry of the menu."""

    key: str
    label: str
    shown: bool


def of(request: DashboardRequest) -> frozenset[str]:
    """The user's columns, or the default ones."""
    kept = request.COOKIES.get(_name(request))
    return USUAL if kept is None else _known(kept.split("."))


def told(request: DashboardRequest) -> frozenset[str]:
    """The columns of the table on the page, from the parameter ``columns``; without it, the default ones."""
    said = request.GET.get("columns")
    return USUAL if said is None else _known(said.split("."))


def heads(shown: frozenset[str]) -> list[Head]:
    """The table headers: the name, and the shown columns."""
    return [head for head in HEADS if head.key in shown or head.key not in KEYS]


def choices(shown: frozenset[str]) -> list[Choice]:
    """All columns, for the menu."""
    return [Choice(head.key, str(head.label), head.key in shown) for head in HEADS[1:]]


def text(shown: frozenset[str]) -> str:
    """The columns as a parameter or cookie value."""
    return ".".join(key for key in KEYS if key in shown)


def keep(request: DashboardRequest, response: HttpResponse, chosen: Iterable[str]) -> None:
    """Store the choice in a cookie, ignoring unknown columns."""
    set_cookie(response, _name(request), text(_known(chosen)), KEPT)


def take(request: DashboardRequest, chosen: Iterable[str]) -> None:
    """Apply the choice to the current request as if its cookie had been set before."""
    request.COOKIES[_name(request)] = text(_known(chosen))


def _known(keys: Iterable[str]) -> frozenset[str]:
    return frozenset(key for key in keys if key in KEYS)


def _name(request: DashboardRequest) -> str:
    # Separate for each user of a shared browser.
    return f"document-columns-{request.user.pk}"
