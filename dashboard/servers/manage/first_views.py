"""The last step of the first start: the demo, or a RAGFlow server of one's own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dashboard.core.web.roles import administrator
from dashboard.models import Server
from dashboard.servers import order
from dashboard.servers.addresses import STANDIN_SLUG


@require_http_methods(["GET", "HEAD", "POST"])
@administrator
def first(request: HttpRequest) -> HttpResponse:
    """Choose the first server; POST takes the demo, which the start has set up already where it runs."""
    demo = Server.objects.filter(slug=STANDIN_SLUG, from_environment=True).first()
    if request.method == "POST" and demo:
        order.make_default(demo)
        return redirect(demo)
    return render(request, "servers/first.html", {"demo": demo})
