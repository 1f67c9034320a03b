"""Failed sign-ins in the audit trail.

A guess is recorded if its password was checked. Those that are refused unread are not: guessers could fill the trail.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from dashboard.accounts.sign_in.addresses import client_address
from dashboard.audit.recorder import record_local
from dashboard.core.web import once


def failed(request: HttpRequest) -> None:
    """Record a sign-in form whose password was wrong."""
    username = request.POST.get("username", "")[:150]
    if request.method == "POST" and username and not getattr(request, "axes_locked_out", False):
        record_local("person.sign-in", ("", username), by=None, username=username, failed=True)


def locked(request: HttpRequest, username: str, **_signal: Any) -> None:
    """Record that a limit was reached, once for each lock (receiver of django-axes' ``user_locked_out``)."""
    name = (username or "")[:150]
    guesser = hashlib.sha256(f"{client_address(request)} {name}".encode()).hexdigest()
    if once.first(f"locked-out:{guesser}", settings.SIGN_IN_LOCK_MINUTES * 60):
        record_local("person.sign-in", ("", name), by=None, username=name, failed=True, locked=True)
