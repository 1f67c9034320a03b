"""*Test connection*: of what is typed into the form, and of a server as it is stored."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import administrator
from dashboard.models import Server
from dashboard.servers.manage import editing
from dashboard.servers.manage.forms import ServerForm
from dashboard.servers.manage.responses import form_page


@require_POST
@sensitive_post_parameters("api_key")
@administrator
def test_new(request: DashboardRequest) -> HttpResponse:
    """Test a connection that is being added. Nothing is saved."""
    return _test(request, None)


@require_POST
@sensitive_post_parameters("api_key")
@administrator
def test_server(request: DashboardRequest, slug: str) -> HttpResponse:
    """Test what is typed for a server, or without a form (from the list) its stored connection."""
    return _test(request, get_object_or_404(Server, slug=slug))


def _test(request: DashboardRequest, server: Server | None) -> HttpResponse:
    if server is not None and "tls" not in request.POST:
        # No field of the connection was sent: from the list, or for a server from the environment.
        form, entry = ServerForm(server=server), editing.stored(server)
    else:
        form = ServerForm(request.POST, server=server, testing=True)
        if not form.is_valid():
            return form_page(request, form, status=422)
        entry = form.entry()
    found = editing.test(entry, server)
    editing.record_test(request.user, entry, server, found)
    return form_page(request, form, found)
