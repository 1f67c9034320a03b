"""A form that arrives when nobody is signed in any more is carried through signing in, with all that was typed.

The sign-in page holds it as one hidden, signed field, and after signing in the person is asked whether it is to be
sent. It counts only in the browser that sent it, which has a cookie for that: a stranger could have made one of their
own, and have somebody else send it. Passwords, keys and files are never carried.
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
# A form of these alone was not written by anybody: ticked rows, a question answered with yes.
NOT_WRITTEN: Final = frozenset({"id", "all", "typed"})


@dataclass(frozen=True)
class Carried:
    """``fields`` are names and values in their order; ``files`` the names of files, which have to be chosen again.

    ``path`` is where the form was sent, ``back`` the page that it stands on.
    """

    path: str
    back: str
    fields: Sequence[tuple[str, str]]
    files: Sequence[str] = ()

    @property
    def texts(self) -> list[str]:
        """What somebody would have to write again."""
        return [value for _name, value in self.fields if " " in value.strip()]


def back_of(request: HttpRequest) -> str:
    """The page of ours that the request came from, "" when that is not known."""
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return came_from if ours else ""


def of_form(request: HttpRequest) -> Carried | None:
    """What was sent, None when nothing of it was written by anybody."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values if not NEVER.search(name)]
    if {name for name, _value in fields} <= NOT_WRITTEN:
        return None
    files = [str(file.name) for _name, some in request.FILES.lists() for file in some]
    return Carried(request.get_full_path(), back_of(request), fields, files)


def seal(carried: Carried, sender: str) -> str:
    """The form as the value of a hidden field. ``sender`` is what ``mark`` gives to the browser."""
    return signing.dumps(asdict(carried) | {"sender": sender}, salt=SALT, compress=True)


def mark(response: HttpResponseBase, sender: str) -> None:
    """Have the browser known as the sender of what was sealed."""
    set_cookie(response, COOKIE, sender, KEPT)


def opened(request: HttpRequest) -> Carried | None:
    """The form that the sign-in page sent along, None when there is none, or it is not this browser's."""
    try:
        held = signing.loads(request.POST.get(FIELD, ""), salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return None
    if not constant_time_compare(held.pop("sender"), request.COOKIES.get(COOKIE, "")):
        return None
    return Carried(**held)
