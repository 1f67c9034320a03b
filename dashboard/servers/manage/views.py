"""Servers, for administrators: list, order, default, add, edit, remove."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.audit import own_writes
from dashboard.core import confirmation
from dashboard.core.access.rights import numbers_of_people
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import count, visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import administrator
from dashboard.models import Server
from dashboard.servers import order, status
from dashboard.servers.manage import editing, removal
from dashboard.servers.manage.forms import ServerForm
from dashboard.servers.manage.responses import form_page


@require_GET
@administrator
def list_servers(request: DashboardRequest) -> HttpResponse:
    """All servers in their order with what is last known of them. Asks no server; each row asks for its own."""
    return _list(request)


@require_GET
@administrator
def show_status(request: DashboardRequest, slug: str) -> HttpResponse:
    """The status of one server in the list, checked at most twice a minute."""
    server = get_object_or_404(Server, slug=slug)
    return render(request, "servers/_status.html", {"one": server, "status": status.check(server)})


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("api_key")
@administrator
def add(request: DashboardRequest) -> HttpResponse:
    """Add a server. Its connection is tested first; it is added without a working one only if that is confirmed."""
    if request.method != "POST":
        return form_page(request, ServerForm())
    form = ServerForm(request.POST)
    if not form.is_valid():
        return form_page(request, form, status=422)
    entry = form.entry()
    if "anyway" not in request.POST:
        found = editing.test(entry, None)
        if not found.works:
            return form_page(request, form, found, ask_anyway=True, status=422)
    server = editing.create(request.user, entry)
    messages.success(request, _("Server “%(name)s” added") % {"name": visible(server.name)})
    if request.POST.get("first") == "yes":
        order.make_default(server)  # instead of the demo
        return confirmation.done(request, server.get_absolute_url())
    return confirmation.done(request, reverse("servers:list"))


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("api_key")
@administrator
def edit(request: DashboardRequest, slug: str) -> HttpResponse:
    """Change a server. A changed connection is tested first, as in ``add``."""
    server = get_object_or_404(Server, slug=slug)
    if request.method != "POST":
        return form_page(request, ServerForm(server=server))
    form = ServerForm(request.POST, server=server)
    if not form.is_valid():
        return form_page(request, form, status=422)
    entry = form.entry()
    if set(entry.changed(server)) - {"name"} and "anyway" not in request.POST:
        found = editing.test(entry, server)
        if not found.works:
            return form_page(request, form, found, ask_anyway=True, status=422)
    if editing.update(request.user, server, entry):
        messages.success(request, _("Server “%(name)s” saved") % {"name": visible(server.name)})
    else:
        messages.info(request, _("Nothing was changed"))
    return confirmation.done(request, reverse("servers:list"))


@require_POST
@administrator
def set_default(request: DashboardRequest, slug: str) -> HttpResponse:
    """Make a server the default one."""
    server = get_object_or_404(Server, slug=slug)
    if not server.is_default:
        order.make_default(server)
        own_writes.record(request.user, "server.default", (server.slug, server.name), server=server)
    messages.success(request, _("“%(name)s” is the default server") % {"name": visible(server.name)})
    return confirmation.done(request, reverse("servers:list"))


@require_POST
@administrator
def move(request: DashboardRequest, slug: str) -> HttpResponse:
    """Move a server up (``to=up``) or down in the list and in the switcher."""
    server = get_object_or_404(Server, slug=slug)
    said = ""
    if order.move(server, -1 if request.POST.get("to") == "up" else 1):
        place = list(Server.objects.values_list("pk", flat=True)).index(server.pk) + 1
        own_writes.record(request.user, "server.order", (server.slug, server.name), server=server, position=place)
        said = _("%(name)s is now number %(n)s.") % {"name": visible(server.name), "n": place}
    return _list(request, said) if wants_fragment(request) else redirect("servers:list")


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def remove(request: DashboardRequest, slug: str) -> HttpResponse:
    """Say what goes with a server (GET), and remove it from the dashboard (POST ``confirmed=yes``)."""
    server = get_object_or_404(Server, slug=slug)
    if server.from_environment:
        text = _("The environment names it, so it would be back after the next start. Unset RAGFLOW_BASE_URL first.")
        messages.warning(request, _("“%(name)s” was not removed") % {"name": visible(server.name)}, text)
        return confirmation.done(request, reverse("servers:list"))
    if request.method != "POST" or request.POST.get("confirmed") != "yes":
        return confirmation.ask(request, _confirmation(request, server))
    removal.remove(request.user, server)
    messages.success(request, _("Server “%(name)s” removed") % {"name": visible(server.name)})
    return confirmation.done(request, reverse("servers:list"))


def _list(request: DashboardRequest, said: str = "") -> HttpResponse:
    request.servers = servers = list(Server.objects.all())
    known = status.all_last_known(servers)
    seen_by = numbers_of_people()
    rows = [(server, known.get(server.pk), seen_by(server)) for server in servers]
    context = {"rows": rows, "said": said}
    return render(request, "servers/list.html#servers" if wants_fragment(request) else "servers/list.html", context)


def _confirmation(request: HttpRequest, server: Server) -> Confirmation:
    parts = removal.impact(server)
    running = removal.running(server)
    text = _("Nothing is changed on RAGFlow itself.") + " "
    text += (
        _("This is deleted from the dashboard, and can't be undone:")
        if parts
        else _("The dashboard stores nothing about it but its address and key.")
    )
    warning = ngettext(
        "%(n)s job is running and will be stopped.", "%(n)s jobs are running and will be stopped.", running
    )
    return Confirmation(
        title=_("Remove the server %(name)s?") % {"name": visible(server.name)},
        text=text,
        things=tuple(AffectedItem(part) for part in parts),
        names_all=True,
        action=request.path,
        action_label=_("Remove server"),
        cancel_url=reverse("servers:list"),
        cancel_label=_("Keep it"),
        hidden={"confirmed": "yes"},
        warning=warning % {"n": count(running)} if running else "",
    )
