"""What an administrator does with an account: links, sessions, disabling, deleting."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.accounts.people import changes
from dashboard.accounts.people.responses import show_link
from dashboard.core import confirmation
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import administrator
from dashboard.models import AccessLink


@require_POST
@never_cache
@administrator
def link(request: DashboardRequest, person_id: int) -> HttpResponse:
    """A new link: the invitation of somebody who has not joined yet, a password reset of everybody else."""
    user = _user(person_id)
    if changes.is_waiting(user):
        return show_link(request, user, AccessLink.Kind.INVITATION)
    if not user.is_active:
        messages.warning(request, _("No link was made"), _("This account is disabled. Enable it first."))
        return redirect("people:person", user.pk)
    return show_link(request, user, AccessLink.Kind.RESET)


@require_POST
@administrator
def sign_out(request: DashboardRequest, person_id: int) -> HttpResponse:
    """End all sessions of somebody."""
    user = _user(person_id)
    ended = changes.sign_out(user, by=request.user)
    said = ngettext("%(n)d session of %(name)s ended.", "%(n)d sessions of %(name)s ended.", ended)
    messages.success(request, _("Signed out everywhere"), said % {"n": ended, "name": visible(changes.label(user))})
    return redirect("people:person", user.pk)


@require_POST
@administrator
def enable(request: DashboardRequest, person_id: int) -> HttpResponse:
    """Let somebody who was disabled sign in again."""
    user = _user(person_id)
    if changes.is_waiting(user):
        messages.warning(request, _("Nothing was changed"), _("An invited person joins with the link."))
    else:
        changes.enable(user, by=request.user)
        messages.success(request, _("Account enabled"), _("%(name)s can sign in again.") % {"name": _name(user)})
    return redirect("people:person", user.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@administrator
def disable(request: DashboardRequest, person_id: int) -> HttpResponse:
    """Ask, then keep somebody from signing in."""
    user = _user(person_id)
    question = Confirmation(
        title=_("Disable this account?"),
        text=_("They are signed out everywhere and can't sign in until you enable the account again."),
        things=[AffectedItem(_name(user), visible(user.email) if user.email else "")],
        action=request.path,
        action_label=_("Disable"),
        cancel_url=resolve_url("people:person", user.pk),
        cancel_label=_("Cancel"),
    )
    done = _("Account disabled"), _("%(name)s can't sign in any more.") % {"name": _name(user)}
    return _confirmed(request, question, lambda: changes.disable(user, by=request.user), done)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@administrator
def delete(request: DashboardRequest, person_id: int) -> HttpResponse:
    """Ask, then delete an account or withdraw an invitation."""
    user = _user(person_id)
    waiting = changes.is_waiting(user)
    stays = _(
        "Datasets, documents, chats, jobs and question sets stay, under their name. Their history in the retrieval lab"
        " and their preferences are deleted. This can't be undone."
    )
    question = Confirmation(
        title=_("Withdraw this invitation?") if waiting else _("Delete this account?"),
        text=_("The link stops working.") if waiting else stays,
        things=[AffectedItem(_name(user), visible(user.email) if user.email else "")],
        action=request.path,
        action_label=_("Withdraw") if waiting else _("Delete"),
        cancel_url=resolve_url("people:person", user.pk),
        cancel_label=_("Cancel"),
    )
    done = _("Invitation withdrawn") if waiting else _("Account deleted"), _name(user)
    return _confirmed(request, question, lambda: changes.delete(user, by=request.user), done)


def _confirmed(
    request: DashboardRequest, question: Confirmation, change: Callable[[], None], done: tuple[str, str]
) -> HttpResponse:
    """Ask, or carry out ``change`` once it is confirmed, and say ``done`` (a title and a text) on the list."""
    if request.method != "POST":
        return confirmation.ask(request, question)
    try:
        change()
    except changes.LastAdministrator:
        error = _("This is the last administrator. Make somebody else one first.")
        return confirmation.ask(request, question.again(error), status=422)
    messages.success(request, *done)
    return confirmation.done(request, resolve_url("people:list"))


def _user(person_id: int) -> User:
    return get_object_or_404(User.objects.select_related("person"), pk=person_id)


def _name(user: User) -> str:
    return visible(changes.label(user))
