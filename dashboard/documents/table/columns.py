"""Which columns of the documents table a person wants to see; the browser keeps the choice."""

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
    """The head of a column; ``desc_first`` where the largest are wanted first."""

    key: str
    label: str | Promise
    css: str = ""
    desc_first: bool = False


# In the order of the table; the name is always there.
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
    """A line of the menu."""

    key: str
    label: str
    shown: bool


def of(request: DashboardRequest) -> frozenset[str]:
    """The columns that the person chose, or the usual ones."""
    kept = request.COOKIES.get(_name(request))
    return USUAL if kept is None else _known(kept.split("."))


def told(request: DashboardRequest) -> frozenset[str]:
    """Those of a table that is on the screen already: it says so by ``columns``, unless they are the usual ones."""
    said = request.GET.get("columns")
    return USUAL if said is None else _known(said.split("."))


def heads(shown: frozenset[str]) -> list[Head]:
    """The heads of the table: the name's, and those of the columns that are shown."""
    return [head for head in HEADS if head.key in shown or head.key not in KEYS]


def choices(shown: frozenset[str]) -> list[Choice]:
    """All columns, for the menu."""
    return [Choice(head.key, str(head.label), head.key in shown) for head in HEADS[1:]]


def text(shown: frozenset[str]) -> str:
    """How an address or a cookie names them."""
    return ".".join(key for key in KEYS if key in shown)


def keep(request: DashboardRequest, response: HttpResponse, chosen: Iterable[str]) -> None:
    """Have the browser remember a choice; names of no columns do not count."""
    set_cookie(response, _name(request), text(_known(chosen)), KEPT)


def take(request: DashboardRequest, chosen: Iterable[str]) -> None:
    """Let this request be answered as if the choice had been kept before."""
    request.COOKIES[_name(request)] = text(_known(chosen))


def _known(keys: Iterable[str]) -> frozenset[str]:
    return frozenset(key for key in keys if key in KEYS)


def _name(request: DashboardRequest) -> str:
    # Two people at one browser have each their own.
    return f"document-columns-{request.user.pk}"
