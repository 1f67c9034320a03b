"""Confirmation before something is deleted: what will be deleted, by name and number, and what else is affected.

Also of actions on everything that matches a list, which are confirmed by their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from dashboard.core.formatting import count
from dashboard.core.web.http import wants_fragment

NAMED = 3
TYPED_ABOVE = 20


@dataclass(frozen=True)
class AffectedItem:
    """An item that will be deleted: its name and a short note ("64 chunks")."""

    name: str
    note: str = ""


@dataclass(frozen=True)
class Confirmation:
    """Everything ``core/confirm.html`` shows.

    ``title`` is the question with the number of items, ``text`` what is lost and where, ``things`` the affected items,
    ``ids`` the values the form posts as ``id``, ``typed`` the name to type if more than 20 items are affected.
    ``number`` is the total when ``things`` holds only the first. ``warning`` names unexpected losses.
    ``names_all`` lists all ``things``, which are few.
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
    names_all: bool = False

    @property
    def named(self) -> Sequence[AffectedItem]:
        """The items listed by name: the first few, or all of them if only one more is left."""
        return self.things if self.names_all or len(self.things) <= NAMED + 1 else self.things[:NAMED]

    @property
    def more(self) -> int:
        return max(self.number, len(self.things)) - len(self.named)

    @property
    def asks_to_type(self) -> bool:
        return bool(self.typed) and max(self.number, len(self.things)) > TYPED_ABOVE

    def name_matches(self, text: str) -> bool:
        """Whether ``text`` (the field ``typed``) confirms the action."""
        return not self.asks_to_type or text.strip() == self.typed.strip()

    def again(self, error: str) -> Confirmation:
        """The same question with an error message."""
        return replace(self, error=error)


def ask(request: HttpRequest, confirmation: Confirmation, status: int = 200) -> HttpResponse:
    """Render the confirmation as a dialog for htmx, as a page otherwise."""
    part = "#dialog" if wants_fragment(request) else ""  # type: ignore[arg-type]
    return render(request, f"core/confirm.html{part}", {"confirmation": confirmation}, status=status)


def means_all(request: HttpRequest) -> bool:
    """Whether a list's form is about everything that matches (``all``) instead of the selected rows."""
    given = request.POST if request.method == "POST" else request.GET
    return given.get("all") == "yes" and not given.get("only")


def hidden_for_all(number: int) -> dict[str, str]:
    """The hidden fields by which a confirmation says that it is about all ``number`` matches."""
    return {"all": "yes", "confirmed": "yes", "expected": str(number)}


def ask_for_all(request: HttpRequest, confirmation: Confirmation) -> HttpResponse | None:
    """Ask about all ``confirmation.number`` matches; None once that number, and the name if required, is confirmed."""
    if request.method != "POST" or request.POST.get("confirmed") != "yes":
        return ask(request, confirmation)
    if request.POST.get("expected", "") != str(confirmation.number):
        error = _("Nothing was started: the number of matches is now %(n)s. Confirm again.")
        return ask(request, confirmation.again(error % {"n": count(confirmation.number)}), status=422)
    if not confirmation.name_matches(request.POST.get("typed", "")):
        error = _("Nothing was started. Type “%(name)s” to confirm.") % {"name": confirmation.typed}
        return ask(request, confirmation.again(error), status=422)
    return None


def done(request: HttpRequest, url: str) -> HttpResponse:
    """Redirect to ``url`` after the confirmed action, with a full page load, which shows waiting toasts."""
    if wants_fragment(request):  # type: ignore[arg-type]
        return HttpResponseClientRedirect(url)
    return redirect(url)
