"""How long a user stays signed in: sessions end after a time without use, at a maximum age, and when they are ended.

The session itself stores two timestamps in seconds (when it began, and when it was last used) and the id of its row
in ``SignedInBrowser``. Deleting the row ends the session with its next request, whatever a cache still holds.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from dashboard.accounts import standing
from dashboard.accounts.standing import Standing
from dashboard.models import Person, SignedInBrowser

logger = logging.getLogger(__name__)
BEGAN: Final = "began"
USED: Final = "used"
BROWSER: Final = "browser"
# Seconds between two updates of the last use: each update is a write.
NOTED_EVERY: Final = 60
# The same for the times that people see, in lists of people and of their sessions.
SHOWN_EVERY: Final = 300


def begin(request: HttpRequest, user: User, **_signal: Any) -> None:
    """Start the session's clock (receiver of ``user_logged_in``)."""
    end(request)  # the user signed in once more with the same session
    now = int(time.time())
    request.session[BEGAN] = request.session[USED] = now
    _remember(request, user, now, now)


def end(request: HttpRequest, **_signal: Any) -> None:
    """Remove the session from the list of its user's sessions (receiver of ``user_logged_out``)."""
    if browser := request.session.get(BROWSER):
        SignedInBrowser.objects.filter(pk=browser).delete()


def end_all(user: User, *, but: int | None = None) -> int:
    """End all sessions of a user, except the one of the row ``but``; returns the number of ended ones that are known.

    The others of a release without rows end too.
    """
    Person.objects.update_or_create(user=user, defaults={"signed_out_at": timezone.now()})
    return open_of(user).exclude(pk=but or 0).delete()[0]


def open_of(user: User) -> QuerySet[SignedInBrowser]:
    """The browsers in which a user is signed in, the most recently used first."""
    now = int(time.time())
    return SignedInBrowser.objects.filter(
        user=user,
        began_at__gt=_moment(now - settings.SESSION_COOKIE_AGE),
        # The times in the rows are less exact than those in the sessions.
        seen_at__gt=_moment(now - settings.SESSION_IDLE_SECONDS - SHOWN_EVERY),
    )


def standing_of(request: HttpRequest, user: User) -> Standing | None:
    """What the request needs to know of its user; None if its session has ended, and then the user is signed out.

    Records the use of the session.
    """
    now = int(time.time())
    session = request.session
    found = standing.of(user, session.get(BROWSER))
    # Sessions from before these timestamps existed start now.
    began, used = session.get(BEGAN, now), session.get(USED, 0)
    idle = used and now - used >= settings.SESSION_IDLE_SECONDS
    if idle or now - began >= settings.SESSION_COOKIE_AGE or _is_ended(session, found, began):
        logout(request)
        return None
    # Polling by an idle page (static/js/core/session.js) does not count as use.
    if "X-Poll" in request.headers or now - used < min(NOTED_EVERY, settings.SESSION_IDLE_SECONDS / 10):
        return found
    session[BEGAN], session[USED] = began, now
    if BROWSER not in session:
        _remember(request, user, began, now)
    # Save now, not at the end of the request, which would overwrite what parallel requests write in between.
    try:
        session.save()
        if found.seen_at is not None and now - found.seen_at.timestamp() >= SHOWN_EVERY:
            SignedInBrowser.objects.filter(pk=session[BROWSER]).update(seen_at=_moment(now))
            Person.objects.filter(user=user).update(seen_at=_moment(now))
    except UpdateError:
        logout(request)  # signed out in another tab at the same moment
        return None
    except DatabaseError as error:
        logger.warning("Could not record the use of a session: %s", error)
    session.modified = False
    return found


def _is_ended(session: Any, found: Standing, began: int) -> bool:
    """Whether the session was ended from another one."""
    if BROWSER in session:
        return found.browser is None
    return found.signed_out_at is not None and began <= found.signed_out_at.timestamp()


def _remember(request: HttpRequest, user: User, began: int, now: int) -> None:
    """Add the row of a session."""
    agent = request.headers.get("User-Agent", "")[:300]
    seen_at = _moment(now)
    row = SignedInBrowser.objects.create(user=user, user_agent=agent, began_at=_moment(began), seen_at=seen_at)
    request.session[BROWSER] = row.pk
    Person.objects.update_or_create(user=user, defaults={"seen_at": seen_at})


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
