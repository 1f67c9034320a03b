"""How long somebody stays signed in: renewed by use, ended when nobody was there for a while, and in the end anyway.

Two moments are kept in the session itself, in seconds: when it began, and when it was last used.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError
from django.http import HttpRequest

logger = logging.getLogger(__name__)
BEGAN: Final = "began"
USED: Final = "used"
# A use is noted at most so often, for each note is a write.
NOTED_EVERY: Final = 60


def begin(request: HttpRequest, **_signal: Any) -> None:
    """Somebody signed in (the signal ``user_logged_in``)."""
    request.session[BEGAN] = request.session[USED] = int(time.time())


def is_over(request: HttpRequest) -> bool:
    """Whether the session of this request has ended; if so, nobody is signed in any more. Else it is noted as used."""
    now = int(time.time())
    session = request.session
    # Of a session from before there were these notes, both begin now.
    began, used = session.get(BEGAN, now), session.get(USED, 0)
    idle = used and now - used >= settings.SESSION_IDLE_SECONDS
    if idle or now - began >= settings.SESSION_COOKIE_AGE:
        logout(request)
        return True
    # What a page asks by itself while nobody is there (static/js/core/session.js) is no use.
    if "X-Poll" in request.headers or now - used < min(NOTED_EVERY, settings.SESSION_IDLE_SECONDS / 10):
        return False
    session[BEGAN], session[USED] = began, now
    # At once, not at the end of the request: what others of the same session write meanwhile would be undone.
    try:
        session.save()
    except UpdateError:
        logout(request)  # signed out in another tab, at this very moment
        return True
    except DatabaseError as error:
        logger.warning("The use of a session could not be noted: %s", error)
    session.modified = False
    return False
