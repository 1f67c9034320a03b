"""The one way to ask before something is deleted: what goes, by name and number, and what else it touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from dashboard.core.web.http import wants_fragment

NAMED = 3
TYPED_ABOVE = 20


@dataclass(frozen=True)
class AffectedItem:
    """One thing that goes: its name, and a few words about it ("64 chunks")."""

    name: str
    note: str = ""


@dataclass(frozen=True)
class Confirmation:
    """Everything ``core/confirm.html`` shows.

    ``title`` is the question with the number, ``text`` what is lost and where, ``things`` everything that goes,
    ``ids`` what the form sends back (as ``id``), ``typed`` the name to type where more than 20 would go. ``number`` is
    how many go when ``things`` names only the first. ``warning`` is what nobody would expect to go, too.
    """

    title: str
    text: str
    things: Sequence[AffectedItem]
    action: str
    action_label: str
    cancel_url: str
    ids: Sequence[str] = ()
    typed: str = ""
    cancel_label: str = ""
    error: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    number: int = 0
    warning: str = ""

    @property
    def named(self) -> Sequence[AffectedItem]:
        """The first few things; all of them when one line more would do."""
        return self.things if len(self.things) <= NAMED + 1 else self.things[:NAMED]

    @property
    def more(self) -> int:
        return max(self.number, len(self.things)) - len(self.named)

    @property
    def asks_to_type(self) -> bool:
        return bool(self.typed) and max(self.number, len(self.things)) > TYPED_ABOVE

    def name_matches(self, text: str) -> bool:
        """Whether ``text`` (the field ``typed``) allows to go on."""
        return not self.asks_to_type or text.strip() == self.typed.strip()

    def again(self, error: str) -> Confirmation:
        """The same question, with what was wrong about the answer."""
        return replace(self, error=error)


def ask(request: HttpRequest, confirmation: Confirmation, status: int = 200) -> HttpResponse:
    """The confirm as a dialog for htmx, as a page otherwise."""
    part = "#dialog" if wants_fragment(request) else ""  # type: ignore[arg-type]
    return render(request, f"core/confirm.html{part}", {"confirmation": confirmation}, status=status)


def done(request: HttpRequest, url: str) -> HttpResponse:
    """On to ``url`` after what was asked is done: in the browser's own way, so that waiting toasts come along."""
    if wants_fragment(request):  # type: ignore[arg-type]
        return HttpResponseClientRedirect(url)
    return redirect(url)
