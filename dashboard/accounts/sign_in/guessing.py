"""Limits on failed sign-ins.

Three limits, each over ``SIGN_IN_LOCK_MINUTES``: per username and address, per address, and per username. Once one is
reached, passwords are not checked, so nothing is hashed; further attempts do not extend the lock. A browser that the
user has signed in with before has its own counter and none of these limits, so that others cannot lock the user out
of it. The limit per username also exempts addresses that the user has signed in from recently.

Unknown links for setting a password, and wrong present passwords in the profile, are counted on their own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.db.models import F, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from dashboard.accounts.sign_in import browsers
from dashboard.accounts.sign_in.addresses import NOWHERE, client_address

# Stored in the user agent column: which kind of browser failed.
KNOWN: Final = "known browser "
STRANGER: Final = "other browser "
# In the same column: what else was guessed.
LINK: Final = "link"
PROFILE: Final = "profile"
# Days for which an address counts as the user's own after they signed in from it.
LATELY: Final = timedelta(days=30)


class Handler(AxesDatabaseHandler):  # type: ignore[misc]
    """django-axes' failure table, counted against the three limits."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether the password may be checked."""
        _name_browser(request, get_client_username(request, credentials) or "")
        return bool(super().is_allowed(request, credentials))

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """The number of limits reached; one locks the sign-in (``AXES_FAILURE_LIMIT``)."""
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


def is_locked(request: HttpRequest, what: str, username: str = "") -> bool:
    """Whether too many guesses of a kind, such as ``LINK``, came from the request's address or for this username."""
    limit = settings.SIGN_IN_MAX_PER_PAIR if username else settings.SIGN_IN_MAX_PER_ADDRESS
    guesses = AccessAttempt.objects.filter(**_guess(request, what, username), attempt_time__gte=_window())
    return _number(guesses) >= limit


def count_guess(request: HttpRequest, what: str, username: str = "") -> None:
    """Count a wrong guess of that kind."""
    AccessAttempt.objects.filter(user_agent=what, attempt_time__lt=_window()).delete()
    guess = _guess(request, what, username)
    AccessAttempt.objects.get_or_create(**guess, defaults={"failures_since_start": 0})
    AccessAttempt.objects.filter(**guess).update(
        failures_since_start=F("failures_since_start") + 1, attempt_time=timezone.now()
    )


def _guess(request: HttpRequest, what: str, username: str) -> dict[str, str]:
    # A username is guessed for from anywhere.
    address = NOWHERE if username else client_address(request)
    return {"user_agent": what, "username": username, "ip_address": address}


def _window() -> datetime:
    return timezone.now() - timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)
