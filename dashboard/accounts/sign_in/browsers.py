"""Browsers that somebody has signed in with before, known by a signed cookie.

Who guesses from elsewhere can lock a name for strangers, never for the browsers of its owner (the OWASP's "device
cookies"). The cookie opens nothing by itself.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from dashboard.core.web.http import set_cookie

COOKIE: Final = "known_browser"
SALT: Final = "dashboard.accounts.sign_in.browsers"
KEPT: Final = 180 * 24 * 3600
# A browser that several people share knows this many of them.
NAMES: Final = 10


def known_as(request: HttpRequest, username: str) -> str:
    """The browser's id when ``username`` has signed in with it before, else ""."""
    browser = _read(request)
    return str(browser["id"]) if username in browser["names"] else ""


def remember(request: HttpRequest, response: HttpResponseBase, username: str) -> None:
    """Have the browser known, now that ``username`` has signed in with it."""
    browser = _read(request)
    names = [username, *(name for name in browser["names"] if name != username)][:NAMES]
    value = signing.dumps({"id": browser["id"], "names": names}, salt=SALT)
    set_cookie(response, COOKIE, value, KEPT)


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        browser: dict[str, Any] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return {"id": secrets.token_hex(16), "names": []}
    return browser
