"""The profile: what everybody can change about themselves, and where they are signed in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.accounts import sessions
from dashboard.accounts.profile import user_agents
from dashboard.accounts.profile.forms import ChangePasswordForm, DetailsForm
from dashboard.accounts.sign_in import guessing
from dashboard.accounts.sign_in.hashing import TooManySignIns
from dashboard.audit.recorder import record_local
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer
from dashboard.models import Person


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@viewer
def profile(request: DashboardRequest) -> HttpResponse:
    """Show the profile; save name, e-mail address and time zone."""
    user, person = request.user, _person(request.user)
    before = {"name": user.get_full_name(), "email": user.email, "time_zone": person.time_zone}
    details = DetailsForm(request.POST if request.method == "POST" else None, initial=before)
    if not details.is_valid():
        return _show(request, details, ChangePasswordForm(user), status=422 if details.is_bound else 200)
    after = details.cleaned_data
    changed = [key for key in before if before[key] != after[key]]
    if "name" in changed:
        user.first_name, user.last_name = after["name"], ""
    user.email = after["email"]
    user.save(update_fields=["first_name", "last_name", "email"])
    Person.objects.filter(user=user).update(time_zone=after["time_zone"])
    if changed:
        was, now = ({key: values[key] for key in changed} for values in (before, after))
        record_local("profile.update", _target(user), by=user, before=was, after=now)
    messages.success(request, _("Profile saved"))
    return redirect("profile:page")


@require_POST
@never_cache
@sensitive_post_parameters()
@viewer
def password(request: DashboardRequest) -> HttpResponse:
    """Change the password; all other sessions end."""
    user = request.user
    form = ChangePasswordForm(user, request.POST)
    busy = False
    if guessing.is_locked(request, guessing.PROFILE, user.get_username()):
        minutes = settings.SIGN_IN_LOCK_MINUTES
        form.add_error(None, _("Too many wrong passwords. Try again in about %(n)d minutes.") % {"n": minutes})
    elif form.is_valid():
        try:
            if user.check_password(form.cleaned_data["present_password"]):
                return _changed(request, user, form.cleaned_data["password"])
            guessing.count_guess(request, guessing.PROFILE, user.get_username())
            record_local("profile.password", _target(user), by=user, failed=True)
            form.add_error("present_password", _("This is not your present password."))
        except TooManySignIns:
            busy = True
            form.add_error(None, _("Too many people are signing in right now. Try again in a few seconds."))
    details = DetailsForm(
        initial={"name": user.get_full_name(), "email": user.email, "time_zone": _person(user).time_zone}
    )
    return _show(request, details, form, status=503 if busy else 422)


def _changed(request: DashboardRequest, user: User, new: str) -> HttpResponse:
    user.set_password(new)
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)
    sessions.end_all(user, but=request.session.get(sessions.BROWSER))
    record_local("profile.password", _target(user), by=user)
    messages.success(request, _("Password changed"), _("You are signed out in all other browsers."))
    return redirect("profile:page")


@require_POST
@viewer
def theme(request: DashboardRequest) -> HttpResponse:
    """Keep the theme that the person has chosen with the buttons of any page."""
    chosen = request.POST.get("theme", "")
    if chosen not in Person.Theme.values:
        return HttpResponse(status=400)
    Person.objects.update_or_create(user=request.user, defaults={"theme": chosen})
    return HttpResponse(status=204)


@require_POST
@viewer
def end_session(request: DashboardRequest, browser_id: int) -> HttpResponse:
    """Sign out of one other browser."""
    found = get_object_or_404(sessions.open_of(request.user), pk=browser_id)
    name = user_agents.describe(found.user_agent)
    found.delete()
    record_local("profile.end-session", _target(request.user), by=request.user, browser=name)
    messages.success(request, _("Signed out"), name)
    return redirect("profile:page")


@require_POST
@viewer
def end_others(request: DashboardRequest) -> HttpResponse:
    """Sign out of all browsers but this one."""
    ended = sessions.end_all(request.user, but=request.session.get(sessions.BROWSER))
    record_local("profile.end-sessions", _target(request.user), by=request.user, number=ended)
    said = ngettext("%(n)d other session ended.", "%(n)d other sessions ended.", ended) % {"n": ended}
    messages.success(request, _("Signed out elsewhere"), said)
    return redirect("profile:page")


def _show(request: DashboardRequest, details: DetailsForm, form: ChangePasswordForm, status: int) -> HttpResponse:
    here = request.session.get(sessions.BROWSER)
    rows = [
        {
            "id": browser.pk,
            "name": user_agents.describe(browser.user_agent),
            "seen_at": browser.seen_at,
            "began_at": browser.began_at,
            "is_this": browser.pk == here,
        }
        for browser in sessions.open_of(request.user)
    ]
    rows.sort(key=lambda row: not row["is_this"])
    context = {"details": details, "password_form": form, "browsers": rows}
    return render(request, "accounts/profile/page.html", context, status=status)


def _person(user: User) -> Person:
    return Person.objects.get_or_create(user=user)[0]


def _target(user: User) -> tuple[str, str]:
    return str(user.pk), user.get_username()
