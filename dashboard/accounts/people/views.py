"""The list of people, inviting somebody, and the page of one person."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.accounts import sessions
from dashboard.accounts.people import changes, mail, roster
from dashboard.accounts.people.forms import BY_SERVER, ROLE_NOTES, InviteForm, PersonForm
from dashboard.accounts.people.responses import show_link
from dashboard.accounts.rights import grants
from dashboard.core.access.rights import Role
from dashboard.core.formatting import visible
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.sorting import Sort
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import administrator
from dashboard.models import AccessLink, Server

BY_NAME: Final = Sort("name")


@require_GET
@never_cache
@administrator
def people(request: DashboardRequest) -> HttpResponse:
    """Everybody, by status and search; htmx gets the table."""
    text = request.GET.get("q", "")[:200].strip()
    named = request.GET.get("server", "")
    on = Server.objects.filter(slug=named).first() if named else None
    found = roster.matching(roster.everybody(on), text)
    numbers = roster.numbers(found)
    status = request.GET.get("status", "")
    if status in roster.STATUSES:
        found = found.filter(status=status)
    total = numbers.get(status) if status in roster.STATUSES else sum(numbers.values())
    wanted = PageRequest.read(request.GET)
    sort = Sort.read(request.GET, roster.COLUMNS, BY_NAME)
    first = (wanted.number - 1) * wanted.size
    rows = [roster.row(user) for user in roster.ordered(found, sort)[first : first + wanted.size]]
    context = {
        "rows": rows,
        "pager": Pager(wanted.number, wanted.size, len(rows), total),
        "sort": sort,
        "text": text,
        "status": status if status in roster.STATUSES else "",
        "chips": [(key, label, numbers[key]) for key, label in roster.STATUSES.items()],
        "number": sum(numbers.values()),
        "on": on,
    }
    return render(request, f"accounts/people/list.html{'#table' if wants_fragment(request) else ''}", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@administrator
def invite(request: DashboardRequest) -> HttpResponse:
    """Invite somebody; the response shows the link, which is never shown again."""
    given = grants.of(None)
    data = request.POST if request.method == "POST" else None
    form = InviteForm(data, given=given, initial={"role": int(Role.VIEWER)})
    if not form.is_valid():
        context = {"form": form, "notes": ROLE_NOTES, "sends_mail": mail.is_configured()}
        return render(request, "accounts/people/invite.html", context, status=422 if form.is_bound else 200)
    told = form.cleaned_data
    user = changes.invite(told["email"], told["name"], told["role"], form.roles_on_servers(), by=request.user)
    return show_link(request, user, AccessLink.Kind.INVITATION)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@administrator
def person(request: DashboardRequest, person_id: int) -> HttpResponse:
    """One person: name, e-mail address and role, and what an administrator can do with the account."""
    user = get_object_or_404(User.objects.select_related("person"), pk=person_id)
    role = changes.role_given(user)
    initial = {"name": user.get_full_name(), "email": user.email, "role": int(role or BY_SERVER)}
    given = grants.of(user)
    form = PersonForm(request.POST if request.method == "POST" else None, given=given, initial=initial)
    if form.is_valid():
        told = form.cleaned_data
        try:
            changes.update(
                user,
                name=told["name"],
                email=told["email"],
                role=told["role"],
                servers=form.roles_on_servers(),
                by=request.user,
            )
        except changes.LastAdministrator:
            form.add_error("role", _("This is the last administrator. Make somebody else one first."))
        else:
            messages.success(request, _("Saved"), visible(changes.label(user)))
            return redirect("people:list")
    # As the form was opened, whatever it is changed to.
    known: Any = roster.everybody().get(pk=user.pk)
    context = {
        "form": form,
        "notes": ROLE_NOTES,
        "person": user,
        "row": roster.row(known),
        "status": known.status,
        "link_expires": known.link_expires,
        "invited_by": user.person.invited_by if hasattr(user, "person") else "",
        "browsers": sessions.open_of(user).count(),
        "is_me": user == request.user,
    }
    return render(request, "accounts/people/person.html", context, status=422 if form.is_bound else 200)
