"""How long a user stays signed in: sessions end after a time without use, and at a maximum age in any case.

The session itself stores two timestamps in seconds: when it began, and when it was last used.
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
# Seconds between two updates of the last use: each update is a write.
NOTED_EVERY: Final = 60


def begin(request: HttpRequest, **_signal: Any) -> None:
    """Start the session's clock (receiver of ``user_logged_in``)."""
    request.session[BEGAN] = request.session[USED] = int(time.time())


def is_over(request: HttpRequest) -> bool:
    """Whether the session of this request has ended. Signs the user out if so, else records the use."""
    now = int(time.time())
    session = request.session
    # Sessions from before these timestamps existed start now.
    began, used = session.get(BEGAN, now), session.get(USED, 0)
    idle = used and now - used >= settings.SESSION_IDLE_SECONDS
    if idle or now - began >= settings.SESSION_COOKIE_AGE:
        logout(request)
        return True
    # Polling by an idle page (static/js/core/session.js) does not count as use.
    if "X-Poll" in request.headers or now - used < min(NOTED_EVERY, settings.SESSION_IDLE_SECONDS / 10):
        return False
    session[BEGAN], session[USED] = began, now
    # Save now, not at the end of the request, which would overwrite what parallel requests write in between.
    try:
        session.save()
    except UpdateError:
        logout(request)  # signed out in another tab at the same moment
        return True
    except DatabaseError as error:
        logger.warning("Could not record the use of a session: %s", error)
    session.modified = False
    return False
