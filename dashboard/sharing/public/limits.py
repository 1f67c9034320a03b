"""How often visitors may do something, counted in the cache of all processes."""

from __future__ import annotations

import hashlib
import time
from typing import Final

from django.core.cache import cache
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from dashboard.accounts.sign_in.addresses import client_address
from dashboard.models import ShareLink

MINUTE: Final = 60
QUARTER: Final = 900
DAY: Final = 86_400
# Questions a minute.
PER_VISITOR: Final = 10
PER_ADDRESS: Final = 30
# Passwords in a quarter of an hour, from one address and for the whole link.
PASSWORDS: Final = 8
PASSWORDS_OF_ALL: Final = 100


def may_ask(request: HttpRequest, link: ShareLink, visitor: str) -> bool:
    """Count a question of a visitor; False if that is too many. Raises CacheDown."""
    return (
        _within(f"address:{client_address(request)}", PER_ADDRESS, MINUTE)
        and _within(f"visitor:{link.pk}:{visitor}", PER_VISITOR, MINUTE)
        and _within(f"day:{link.pk}:{visitor}", link.visitor_messages, DAY)
    )


def may_try_password(request: HttpRequest, link: ShareLink) -> bool:
    """Count an attempt; False if there were too many. Raises CacheDown."""
    return _within(f"password:{link.pk}:{client_address(request)}", PASSWORDS, QUARTER) and _within(
        f"password:{link.pk}", PASSWORDS_OF_ALL, QUARTER
    )


def take(link: ShareLink) -> bool:
    """Count a question against the cap of the link; False if it is used up or was revoked meanwhile."""
    now = timezone.now()
    left = ShareLink.objects.filter(pk=link.pk, revoked_at=None, expires_at__gt=now, messages__lt=F("max_messages"))
    return left.update(messages=F("messages") + 1, last_used_at=now) == 1


def _within(what: str, most: int, seconds: int) -> bool:
    window = int(time.time() // seconds)
    key = f"share:{hashlib.sha256(what.encode()).hexdigest()}:{window}"
    cache.add(key, 0, 2 * seconds)
    return int(cache.incr(key)) <= most
