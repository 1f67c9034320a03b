"""Share links of an assistant: list, create, edit, revoke, delete."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.audit import own_writes
from dashboard.core import confirmation
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import curator
from dashboard.models import ShareLink
from dashboard.sharing import links
from dashboard.sharing.manage.forms import LinkForm


@require_GET
@curator
def list_links(request: DashboardRequest, assistant_id: str) -> HttpResponse:
    """The links of the assistant, with their addresses and use."""
    assistant = request.ragflow.chats.get(assistant_id)
    found = ShareLink.objects.filter(server=request.server, assistant_id=assistant_id)
    rows = [
        (link, request.build_absolute_uri(links.address(link)))
        for link in found.annotate(visitors=Count("sessions__visitor", distinct=True))[:100]
    ]
    return render(request, "sharing/manage/list.html", {"assistant": assistant, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def create(request: DashboardRequest, assistant_id: str) -> HttpResponse:
    """The form of a new link (GET), and the new link (POST)."""
    assistant = request.ragflow.chats.get(assistant_id)
    link = ShareLink(
        server=request.server,
        assistant_id=assistant.id,
        public_id=links.new_id(),
        title=assistant.name[:120],
        owner=request.user,
        created_by=request.user.get_username(),
        expires_at=timezone.now() + timedelta(days=30),
    )
    return _form(request, link, "share.create")


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def edit(request: DashboardRequest, assistant_id: str, link_id: int) -> HttpResponse:
    """The form of a link (GET), and its changes (POST)."""
    return _form(request, _link(request, assistant_id, link_id), "share.update")


@require_POST
@curator
def revoke(request: DashboardRequest, assistant_id: str, link_id: int) -> HttpResponse:
    """Stop the link at once, for good."""
    link = _link(request, assistant_id, link_id)
    with transaction.atomic():
        if ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
            own_writes.record(request.user, "share.revoke", (str(link.pk), link.title), server=request.server)
    messages.success(request, _("Link “%(name)s” revoked") % {"name": visible(link.title)})
    return redirect(request.server.url("sharing:list", assistant_id))


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def delete(request: DashboardRequest, assistant_id: str, link_id: int) -> HttpResponse:
    """Confirm (GET), and delete the link with our record of its visitors (POST). RAGFlow keeps the sessions."""
    link = _link(request, assistant_id, link_id)
    list_url = request.server.url("sharing:list", assistant_id)
    if request.method != "POST":
        return confirmation.ask(
            request,
            Confirmation(
                title=_("Delete this link?"),
                text=_("Its address stops working. The sessions of its visitors stay in RAGFlow."),
                things=[AffectedItem(visible(link.title), "")],
                ids=[str(link.pk)],
                action=request.path,
                action_label=_("Delete link"),
                cancel_url=list_url,
                cancel_label=_("Keep it"),
            ),
        )
    with transaction.atomic():
        own_writes.record(request.user, "share.delete", (str(link.pk), link.title), server=request.server)
        link.delete()
    messages.success(request, _("Link “%(name)s” deleted") % {"name": visible(link.title)})
    return redirect(list_url)


def _form(request: DashboardRequest, link: ShareLink, action: str) -> HttpResponse:
    form = LinkForm(request.POST if request.method == "POST" else None, instance=link)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            changed = [name for name in form.changed_data if name != "new_password"]
            own_writes.record(request.user, action, (str(saved.pk), saved.title), server=request.server, fields=changed)
        messages.success(request, _("Link “%(name)s” saved") % {"name": visible(saved.title)})
        return redirect(request.server.url("sharing:list", link.assistant_id))
    context = {"form": form, "link": link, "assistant_id": link.assistant_id}
    return render(request, "sharing/manage/form.html", context, status=422 if form.errors else 200)


def _link(request: DashboardRequest, assistant_id: str, link_id: int) -> ShareLink:
    # Whoever may not see the assistant may not see its links.
    request.ragflow.chats.get(assistant_id)
    return get_object_or_404(ShareLink, pk=link_id, server=request.server, assistant_id=assistant_id)
