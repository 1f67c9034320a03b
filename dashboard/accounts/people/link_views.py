"""The public pages behind links: joining by an invitation, and setting a new password.

A link is refused with the same words whether it never existed or its account is gone. Wrong links are counted like
failed sign-ins.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from dashboard.accounts import sessions
from dashboard.accounts.new_account import JoinForm
from dashboard.accounts.new_password import PasswordForm
from dashboard.accounts.people import links
from dashboard.accounts.sign_in import browsers, guessing
from dashboard.accounts.sign_in.hashing import TooManySignIns
from dashboard.audit.recorder import record_local
from dashboard.core.web import messages
from dashboard.core.web.roles import public
from dashboard.models import AccessLink, Person

BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


class LinkStopped(Exception):
    """The link was used, withdrawn or replaced while its page was open."""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@public
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Choose username and password with an invitation. Signs the person in."""
    return _answer(request, token, AccessLink.Kind.INVITATION)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@public
def reset(request: HttpRequest, token: str) -> HttpResponse:
    """Set a new password with a reset link. Ends all sessions of the person."""
    return _answer(request, token, AccessLink.Kind.RESET)


def _answer(request: HttpRequest, token: str, kind: AccessLink.Kind) -> HttpResponse:
    response = _page(request, token, kind)
    # The address holds the token: it must not appear in the Referer of any request.
    response["Referrer-Policy"] = "strict-origin"
    return response


@sensitive_variables("token")
def _page(request: HttpRequest, token: str, kind: AccessLink.Kind) -> HttpResponse:
    if guessing.is_locked(request, guessing.LINK):
        minutes = settings.SIGN_IN_LOCK_MINUTES
        return _refused(request, _("Too many wrong links. Try again in about %(n)d minutes.") % {"n": minutes}, 429)
    link = links.find(token, kind)
    if link is None:
        guessing.count_guess(request, guessing.LINK)
        return _refused(request, _("This link is not valid. Check that you have copied all of it."), 404)
    if problem := links.problem(link):
        return _refused(request, problem, 410)
    form_class = JoinForm if kind == AccessLink.Kind.INVITATION else PasswordForm
    posted = request.POST if request.method == "POST" else None
    form = form_class(link.user, posted, initial={"name": link.user.first_name})
    if not form.is_valid():
        return _ask(request, link, form, status=422 if form.is_bound else 200)
    try:
        return _set(request, link, form)
    except LinkStopped:
        now = links.find(token, kind)
        return _refused(request, links.problem(now) if now else _("This link was withdrawn."), 410)
    except IntegrityError:
        form.add_error("username", _("This username is taken. Choose another one."))
        return _ask(request, link, form, status=422)
    except TooManySignIns:
        form.add_error(None, _("Too many people are signing in right now. Try again in a few seconds."))
        response = _ask(request, link, form, status=503)
        response["Retry-After"] = "5"
        return response


def _set(request: HttpRequest, link: AccessLink, form: PasswordForm) -> HttpResponse:
    """Store what the form says, and use the link up. Raises LinkStopped, IntegrityError and TooManySignIns."""
    user, told = link.user, form.cleaned_data
    # Before the transaction: it takes a third of a second, in which nobody else could write.
    user.set_password(told["password"])
    with transaction.atomic():
        if not links.use(link):
            raise LinkStopped
        if link.kind == AccessLink.Kind.INVITATION:
            user.username, user.first_name, user.is_active = told["username"], told["name"], True
            user.save(update_fields=["password", "username", "first_name", "is_active"])
            Person.objects.filter(user=user).update(waiting=False)
        else:
            user.save(update_fields=["password"])
            sessions.end_all(user)
        action = "person.join" if link.kind == AccessLink.Kind.INVITATION else "person.password"
        record_local(action, (str(user.pk), user.get_username()), by=user)
    if request.user.is_authenticated:
        logout(request)  # whoever used this browser before
    if link.kind == AccessLink.Kind.RESET:
        messages.success(request, _("Password changed"), _("Sign in with the new one."))
        return redirect(settings.LOGIN_URL)
    return _welcome(request, User.objects.get(pk=user.pk))


def _welcome(request: HttpRequest, user: User) -> HttpResponse:
    login(request, user, backend=BACKEND)
    record_local("person.sign-in", (str(user.pk), user.get_username()), by=user)
    messages.success(request, _("Welcome"), _("Your account is ready."))
    response = redirect(settings.LOGIN_REDIRECT_URL)
    browsers.remember(request, response, user.get_username())
    return response


def _ask(request: HttpRequest, link: AccessLink, form: PasswordForm, status: int) -> HttpResponse:
    context = {"form": form, "person": link.user, "joins": link.kind == AccessLink.Kind.INVITATION}
    return render(request, "accounts/people/set_password.html", context, status=status)


def _refused(request: HttpRequest, problem: str, status: int) -> HttpResponse:
    return render(request, "accounts/people/link_problem.html", {"problem": problem}, status=status)
