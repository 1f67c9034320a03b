"""Signing in and out, and the start page's redirect to the default server."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.accounts.sign_in import browsers, records, sign_in_page
from dashboard.accounts.sign_in.hashing import TooManySignIns
from dashboard.audit.recorder import record_local
from dashboard.core.access.rights import rights_of
from dashboard.core.context import default_server
from dashboard.core.web import messages
from dashboard.core.web.roles import public, viewer
from dashboard.models import Server


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@public
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in form, which leads to the requested page or to the carried form."""
    if request.user.is_authenticated:
        return sign_in_page.go_on(request)
    form = AuthenticationForm(request, request.POST if request.method == "POST" else None)
    try:
        valid = form.is_valid()
    except TooManySignIns:
        busy = _("Too many people are signing in right now. Try again in a few seconds.")
        response = sign_in_page.show(request, _emptied(request), error=busy, status=503)
        response["Retry-After"] = "5"
        return response
    if not valid:
        records.failed(request)
        return sign_in_page.show(request, form)
    user = form.get_user()
    login(request, user)
    record_local("person.sign-in", (str(user.pk), user.get_username()), by=user)
    response = sign_in_page.go_on(request)
    browsers.remember(request, response, user.get_username())
    return response


def locked_out(request: HttpRequest, _refused: HttpResponseBase, _credentials: dict[str, Any] | None) -> HttpResponse:
    """The sign-in form after too many wrong passwords (the setting ``AXES_LOCKOUT_CALLABLE``)."""
    minutes = settings.SIGN_IN_LOCK_MINUTES
    error = ngettext(
        "Too many failed sign-ins. Try again in about %(n)d minute, or ask an administrator to unlock you.",
        "Too many failed sign-ins. Try again in about %(n)d minutes, or ask an administrator to unlock you.",
        minutes,
    ) % {"n": minutes}
    response = sign_in_page.show(request, _emptied(request), error=error, status=429)
    response["Retry-After"] = str(minutes * 60)
    return response


def _emptied(request: HttpRequest) -> AuthenticationForm:
    """The form with the username that was typed."""
    return AuthenticationForm(request, initial={"username": request.POST.get("username", "")[:150]})


@require_POST
@never_cache
@public
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session."""
    if request.user.is_authenticated:
        user = request.user
        record_local("person.sign-out", (str(user.pk), user.get_username()), by=user)
    response = auth_views.LogoutView.as_view()(request)
    messages.success(request, _("You are signed out"))
    return response


@require_GET
@viewer
def session(request: HttpRequest) -> HttpResponse:
    """Tell a page that is about to submit something whether the user is signed in: 204, or 401 from the middleware."""
    return HttpResponse(status=204)


@require_GET
@viewer
def signed_in(request: HttpRequest) -> HttpResponse:
    """The last page of a tab opened for signing in again. It sends the user back to the first tab."""
    return render(request, "accounts/signed_in.html")


@require_GET
@viewer
def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the default server's overview, or explain how to connect a server if there is none."""
    server = default_server(rights_of(request.user).servers(Server.objects.all()))
    if server:
        return redirect(server)
    return render(request, "accounts/no_server.html")
