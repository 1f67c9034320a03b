"""Carries a form that was submitted after the session ended through sign-in, so that no input is lost.

The sign-in page holds the form as one hidden, signed field; after sign-in the user is asked whether to submit it.
A cookie binds it to the browser that submitted it, so that an attacker cannot have someone else submit a form of
theirs. Passwords, keys and files are never carried.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from dashboard.core.web.http import set_cookie

FIELD: Final = "carried"
COOKIE: Final = "carried"
SALT: Final = "dashboard.accounts.sign_in.carrying"
KEPT: Final = 24 * 3600
NEVER: Final = re.compile(r"^csrfmiddlewaretoken$|password|secret|api_?key", re.IGNORECASE)
# A form with these fields only holds no typed input: ticked rows, or a confirmed question.
NOT_WRITTEN: Final = frozenset({"id", "all", "typed"})


@dataclass(frozen=True)
class Carried:
    """A submitted form: ``fields`` as (name, value) in order, ``files`` the names of files to choose again.

    ``path`` is the address it was submitted to, ``back`` the page that holds it.
    """

    path: str
    back: str
    fields: Sequence[tuple[str, str]]
    files: Sequence[str] = ()

    @property
    def texts(self) -> list[str]:
        """The typed texts, which the user would otherwise have to type again."""
        return [value for _name, value in self.fields if " " in value.strip()]


def back_of(request: HttpRequest) -> str:
    """The page of this dashboard that the request came from; "" if unknown."""
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return came_from if ours else ""


def of_form(request: HttpRequest) -> Carried | None:
    """The submitted form; None if it holds no typed input."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values if not NEVER.search(name)]
    if {name for name, _value in fields} <= NOT_WRITTEN:
        return None
    files = [str(file.name) for _name, some in request.FILES.lists() for file in some]
    return Carried(request.get_full_path(), back_of(request), fields, files)


def seal(carried: Carried, sender: str) -> str:
    """The form as the value of a hidden field. ``sender`` is the value of the cookie that ``mark`` sets."""
    return signing.dumps(asdict(carried) | {"sender": sender}, salt=SALT, compress=True)


def mark(response: HttpResponseBase, sender: str) -> None:
    """Set the cookie that identifies the browser as the sender of the sealed form."""
    set_cookie(response, COOKIE, sender, KEPT)


def opened(request: HttpRequest) -> Carried | None:
    """The form that the sign-in page carries; None if there is none or another browser submitted it."""
    try:
        held = signing.loads(request.POST.get(FIELD, ""), salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return None
    if not constant_time_compare(held.pop("sender"), request.COOKIES.get(COOKIE, "")):
        return None
    return Carried(**held)
