"""The response that shows a new link: once, to be copied, and sent by e-mail where that is configured."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import render

from dashboard.accounts.people import changes, links, mail
from dashboard.core.web.http import DashboardRequest
from dashboard.models import AccessLink


def show_link(request: DashboardRequest, user: User, kind: AccessLink.Kind) -> HttpResponse:
    """Make a link for the user, send it, and show it."""
    link, token = changes.new_link(user, kind, by=request.user)
    address = links.address(request, link, token)
    sent, reason = False, ""
    if mail.is_configured() and user.email:
        try:
            mail.send(link, address, inviter=request.user.get_full_name() or request.user.get_username())
            sent = True
        except mail.NotSent as error:
            reason = str(error)
    context = {
        "address": address,
        "link": link,
        "person": user,
        "name": changes.label(user),
        "sent": sent,
        "not_sent": reason,
    }
    return render(request, "accounts/people/link.html", context)
