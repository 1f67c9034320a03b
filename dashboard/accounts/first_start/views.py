"""The first start: whoever has the address from the terminal becomes the administrator, and connects a server."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from dashboard.accounts.first_start.forms import FirstForm
from dashboard.accounts.sign_in import browsers, guessing, opening
from dashboard.audit.recorder import record_local
from dashboard.core.access.rights import Role
from dashboard.core.web.roles import public
from dashboard.models import Person

BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@sensitive_variables("token")
@public
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Make the administrator (POST), sign them in, and go on to the first server."""
    response = _page(request, token)
    # The address holds the token: it must not appear in the Referer of any request.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _page(request: HttpRequest, token: str) -> HttpResponse:
    if guessing.is_locked(request, guessing.LINK):
        minutes = settings.SIGN_IN_LOCK_MINUTES
        return _refused(request, _("Too many wrong links. Try again in about %(n)d minutes.") % {"n": minutes}, 429)
    if not opening.is_open():
        return _refused(request, _("This installation has an administrator already. Sign in."), 410)
    if not opening.is_right(token):
        guessing.count_guess(request, guessing.LINK)
        return _refused(request, _("This address is not valid. Use the one that the last start has printed."), 404)
    form = FirstForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _ask(request, form, status=422 if form.is_bound else 200)
    user = _made(form)
    if user is None:
        return _refused(request, _("Somebody else was quicker: there is an administrator now."), 410)
    if request.user.is_authenticated:
        logout(request)  # somebody without rights, who used this browser before
    login(request, user, backend=BACKEND)
    record_local("person.sign-in", (str(user.pk), user.get_username()), by=user)
    response = redirect("servers:first")
    browsers.remember(request, response, user.get_username())
    return response


def _made(form: FirstForm) -> User | None:
    """The administrator; None if there is one already."""
    told = form.cleaned_data
    user = User(username=told["username"], first_name=told["name"], is_superuser=True, is_staff=True)
    # Before the transaction: it takes a third of a second, in which nobody else could write.
    user.set_password(told["password"])
    with opening.only_once() as still_open:
        if not still_open:
            return None
        user.save()
        user.groups.add(Group.objects.get(name=Role.ADMINISTRATOR.group))
        Person.objects.update_or_create(user=user, defaults={"time_zone": told["time_zone"]})
        record_local("person.first", (str(user.pk), user.get_username()), by=user)
    return user


def _ask(request: HttpRequest, form: FirstForm, status: int) -> HttpResponse:
    return render(request, "accounts/first_start/welcome.html", {"form": form}, status=status)


def _refused(request: HttpRequest, problem: str, status: int) -> HttpResponse:
    return render(request, "accounts/people/link_problem.html", {"problem": problem}, status=status)
