"""The sign-in page and where it leads. Its view shows it, and so does a form that arrives without a session."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from dashboard.accounts.sign_in import carrying, opening
from dashboard.accounts.sign_in.carrying import Carried


def show(
    request: HttpRequest, form: AuthenticationForm, *, error: str = "", onwards: str = "", status: int = 200
) -> HttpResponse:
    """The page with ``form`` and ``error`` above its fields. A carried form stays in it."""
    context = {
        "form": form,
        "error": error,
        "next": onwards or request.POST.get("next") or request.GET.get("next", ""),
        "carried": request.POST.get(carrying.FIELD, "") if carrying.opened(request) else "",
        "first_start": opening.is_open(),
    }
    return render(request, "accounts/sign_in.html", context, status=status)


def carry(request: HttpRequest, carried: Carried) -> HttpResponse:
    """The page for a user whose session ended before they submitted a form. It carries their input."""
    sender = secrets.token_urlsafe(16)
    context = {
        "form": AuthenticationForm(request),
        "next": carried.back,
        "carried": carrying.seal(carried, sender),
    }
    response = render(request, "accounts/sign_in.html", context, status=401)
    carrying.mark(response, sender)
    return response


def lead_to(onwards: str) -> HttpResponseRedirect:
    """Redirect to the sign-in page, which leads to ``onwards``."""
    return redirect_to_login(onwards)


def go_on(request: HttpRequest) -> HttpResponse:
    """The response after sign-in: the requested page, or the carried form for confirmation."""
    onwards = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(onwards, {request.get_host()}, require_https=request.is_secure())
    if not ours or onwards.startswith(resolve_url(settings.LOGIN_URL)):
        onwards = resolve_url(settings.LOGIN_REDIRECT_URL)
    if carried := carrying.opened(request):
        response = render(request, "accounts/send_again.html", {"carried": carried, "back": onwards})
        response.delete_cookie(carrying.COOKIE, path=settings.SESSION_COOKIE_PATH, samesite="Lax")
        return response
    return redirect(onwards)
