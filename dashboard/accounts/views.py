"""Signing in and out, and the way from the bare address to somebody's server."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.models import Server
from dashboard.roles import public, viewer
from dashboard.ui.context import default_server


@require_http_methods(["GET", "HEAD", "POST"])
@public
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The sign-in form; afterwards on to the page that was asked for."""
    return auth_views.LoginView.as_view(template_name="accounts/sign_in.html", redirect_authenticated_user=True)(
        request
    )


@require_POST
@never_cache
@public
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Ends the session."""
    response = auth_views.LogoutView.as_view()(request)
    messages.success(request, _("You are signed out."))
    return response


@require_GET
@viewer
def home(request: HttpRequest) -> HttpResponse:
    """To the default server's overview, or, on a bare installation, how to connect one."""
    server = default_server(list(Server.objects.all()))
    if server:
        return redirect(server)
    return render(request, "accounts/no_server.html")
