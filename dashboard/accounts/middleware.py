"""Requires a session, and keeps pages of signed-in users out of shared caches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from dashboard.accounts import sessions
from dashboard.accounts.sign_in import carrying, sign_in_page
from dashboard.core.web.http import is_scripted


class SignInMiddleware:
    """Requires a valid session for every view that is not public (``login_not_required``).

    Scripts get a 401, so that their page keeps the user's input. A submitted form is carried through sign-in. All
    other requests are redirected to the sign-in page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not getattr(request, "is_public", False):
            # Proxies must pass a stream on as it is produced.
            as_it_is = ", no-transform" if "no-transform" in response.get("Cache-Control", "") else ""
            response["Cache-Control"] = f"private, no-store{as_it_is}"
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        if not getattr(view, "login_required", True):
            request.is_public = True  # type: ignore[attr-defined]
            return None
        if request.user.is_authenticated and not sessions.is_over(request):
            return None
        if is_scripted(request):
            return HttpResponse(status=401)
        if request.method == "POST" and (form := carrying.of_form(request)):
            return sign_in_page.carry(request, form)
        # An address that only accepts forms has no page to return to: go to the page that holds the form.
        onwards = "" if request.method in ("GET", "HEAD") else carrying.back_of(request)
        return sign_in_page.lead_to(onwards or request.get_full_path())
