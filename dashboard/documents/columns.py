"""Which columns of the documents table a person wants to see; the browser keeps the choice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.http import DashboardRequest

# In the order of the table; the name is always there.
LABELS: Final[dict[str, str | Promise]] = {
    "type": _("Type"),
    "status": _("Status"),
    "chunks": _("Chunks"),
    "tokens": _("Tokens"),
    "size": _("Size"),
    "method": _("Chunk method"),
    "took": _("Took"),
    "enabled": _("Enabled"),
    "uploaded": _("Uploaded"),
}
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


def choices(shown: frozenset[str]) -> list[Choice]:
    """All columns, for the menu."""
    return [Choice(key, str(label), key in shown) for key, label in LABELS.items()]


def text(shown: frozenset[str]) -> str:
    """How an address or a cookie names them."""
    return ".".join(key for key in LABELS if key in shown)


def keep(request: DashboardRequest, response: HttpResponse, chosen: Iterable[str]) -> None:
    """Have the browser remember a choice; names of no columns do not count."""
    response.set_cookie(
        _name(request),
        text(_known(chosen)),
        max_age=KEPT,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def take(request: DashboardRequest, chosen: Iterable[str]) -> None:
    """Let this request be answered as if the choice had been kept before."""
    request.COOKIES[_name(request)] = text(_known(chosen))


def _known(keys: Iterable[str]) -> frozenset[str]:
    return frozenset(key for key in keys if key in LABELS)


def _name(request: DashboardRequest) -> str:
    # Two people at one browser have each their own.
    return f"document-columns-{request.user.pk}"
