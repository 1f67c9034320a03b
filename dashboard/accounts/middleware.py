"""Requires a session, and keeps pages of signed-in users out of shared caches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from dashboard.accounts import sessions
from dashboard.accounts.sign_in import carrying, sign_in_page
from dashboard.core.web.http import is_scripted
from dashboard.models.people import time_zone


class SignInMiddleware:
    """Requires a valid session for every view that is not public (``login_not_required``).

    Scripts get a 401, so that their page keeps the user's input. A submitted form is carried through sign-in. All
    other requests are redirected to the sign-in page. Times on pages are in the time zone of the user.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # A stream, which is still being read after this function, may have left its user's time zone.
        timezone.deactivate()
        response = self.get_response(request)
        if not response.streaming:
            timezone.deactivate()
        if not getattr(request, "is_public", False):
            # Proxies must pass a stream on as it is produced.
            as_it_is = ", no-transform" if "no-transform" in response.get("Cache-Control", "") else ""
            response["Cache-Control"] = f"private, no-store{as_it_is}"
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        if not getattr(view, "login_required", True):
            request.is_public = True  # type: ignore[attr-defined]
            return None
        user = request.user
        standing = sessions.standing_of(request, user) if isinstance(user, User) else None
        if standing is not None:
            request.standing = standing  # type: ignore[attr-defined]
            timezone.activate(time_zone(standing.time_zone) or timezone.get_default_timezone())
            return None
        if is_scripted(request):
            return HttpResponse(status=401)
        if request.method == "POST" and (form := carrying.of_form(request)):
            return sign_in_page.carry(request, form)
        # An address that only accepts forms has no page to return to: go to the page that holds the form.
        onwards = "" if request.method in ("GET", "HEAD") else carrying.back_of(request)
        return sign_in_page.lead_to(onwards or request.get_full_path())
