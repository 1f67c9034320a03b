"""How often somebody may be wrong about a password before nobody may try it for a while.

Three limits, each over ``SIGN_IN_LOCK_MINUTES``: for a name from one address, for an address whatever the names, and
for a name whatever the addresses. While one is reached, passwords are not looked at: nothing is hashed, and the time is
not drawn out. A browser that the person has signed in with before has a counter of its own and none of these, so that
strangers cannot lock anybody out of it. The limit for a name does not hold for addresses that it has signed in from
lately, either.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from dashboard.accounts.sign_in import browsers

# In the column of the user agent: whose failures these are.
KNOWN: Final = "known browser "
STRANGER: Final = "other browser "
# An address that somebody has signed in from in these days is theirs.
LATELY: Final = timedelta(days=30)


class Handler(AxesDatabaseHandler):  # type: ignore[misc]
    """django-axes' table of failures, counted by the three limits."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether the password may be tried."""
        _name_browser(request, get_client_username(request, credentials) or "")
        return bool(super().is_allowed(request, credentials))

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """How many of the limits are reached: one is enough (``AXES_FAILURE_LIMIT``)."""
        username = get_client_username(request, credentials) or ""
        agent: str = request.axes_user_agent  # type: ignore[attr-defined]
        address: str = request.axes_ip_address  # type: ignore[attr-defined]
        failures = AccessAttempt.objects.filter(attempt_time__gte=get_cool_off_threshold(request))
        if agent.startswith(KNOWN):
            own = failures.filter(username=username, user_agent=agent)
            return int(_number(own) >= settings.SIGN_IN_MAX_PER_PAIR)
        strange = failures.filter(user_agent__startswith=STRANGER)
        pair = _number(strange.filter(username=username, ip_address=address)) >= settings.SIGN_IN_MAX_PER_PAIR
        anyone = _number(strange.filter(ip_address=address)) >= settings.SIGN_IN_MAX_PER_ADDRESS
        account = _number(strange.filter(username=username)) >= settings.SIGN_IN_MAX_PER_ACCOUNT
        return pair + anyone + (account and not _signed_in_from(username, address))


def _name_browser(request: HttpRequest, username: str) -> None:
    known = browsers.known_as(request, username)
    agent = request.headers.get("User-Agent", "")
    request.axes_user_agent = f"{KNOWN}{known}" if known else f"{STRANGER}{agent}"[:255]  # type: ignore[attr-defined]


def _number(failures: QuerySet[AccessAttempt]) -> int:
    total: int | None = failures.aggregate(total=Sum("failures_since_start"))["total"]
    return total or 0


def _signed_in_from(username: str, address: str) -> bool:
    since = timezone.now() - LATELY
    found = AccessLog.objects.filter(username=username, ip_address=address, attempt_time__gte=since)
    return bool(found.exists())
