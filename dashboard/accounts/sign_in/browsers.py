"""Browsers that a user has signed in with before, recognised by a signed cookie.

Password guessing from elsewhere can lock an account for unknown browsers, but never for those of its owner (OWASP's
"device cookies"). The cookie does not grant access on its own.
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
# The most users that a shared browser remembers.
NAMES: Final = 10


def known_as(request: HttpRequest, username: str) -> str:
    """The browser's id when ``username`` has signed in with it before, else ""."""
    browser = _read(request)
    return str(browser["id"]) if username in browser["names"] else ""


def remember(request: HttpRequest, response: HttpResponseBase, username: str) -> None:
    """Set the cookie that marks the browser as known for ``username``, who has just signed in."""
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
