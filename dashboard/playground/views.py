"""The playground: an assistant's OpenAI-compatible endpoint as a form, as code, and its raw answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any, Final

from django.db import connections
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.core.paging import Pager, PageRequest
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import viewer
from dashboard.playground import code, running, targets
from dashboard.playground.forms import CompletionForm
from dashboard.playground.targets import Found
from dashboard.ragflow.completions.completions import Target
from dashboard.ragflow.dialects.completions import Kind

KEEPALIVE: Final = b": begun\n\n"


@require_GET
@viewer
def list_targets(request: DashboardRequest) -> HttpResponse:
    """All assistants, in pages, to choose one."""
    page = PageRequest.read(request.GET)
    found = request.ragflow.chats.list(page=page.number, page_size=page.size, orderby="update_time")
    context = {
        "assistants": found.items,
        "pager": Pager(page.number, page.size, len(found.items), total=found.total, more=found.has_next),
    }
    part = "#table" if wants_fragment(request) else ""
    return render(request, f"playground/list.html{part}", context)


@require_http_methods(["GET", "HEAD", "POST"])
@viewer
def page(request: DashboardRequest, target_id: str, kind: Kind) -> HttpResponse:
    """The form (GET), and what its buttons do without script (POST ``do``).

    ``code``: show the request as code. ``add``, ``remove-2``: one message more or less. Otherwise run it, and wait for
    the whole answer.
    """
    do = request.POST.get("do", "run") if request.method == "POST" else ""
    if do and do != "run" and wants_fragment(request):
        return _part(request, Target(kind, target_id, ""), do)
    found = targets.find(request.ragflow, kind, target_id)
    form = CompletionForm(request.POST if do else None)
    _edit(form, do)
    if do != "run":
        return render(request, "playground/page.html", _context(request, found, form))
    if not form.is_valid():
        return render(request, "playground/page.html", _context(request, found, form, checked=True), status=422)
    run = running.whole(request.ragflow, found.target, form.wanted())
    return render(request, "playground/page.html", _context(request, found, form) | {"run": run})


@require_POST
@viewer
def run(request: DashboardRequest, target_id: str, kind: Kind) -> HttpResponseBase:
    """Run it, and stream what comes as events: ``chunk`` with a list of raw events, ``end`` with the result as HTML.

    An invalid form comes back with its errors, and status 422.
    """
    found = targets.find(request.ragflow, kind, target_id)
    form = CompletionForm(request.POST)
    if not form.is_valid():
        return render(request, "playground/_ask.html", _context(request, found, form, checked=True), status=422)
    response = StreamingHttpResponse(_events(request, found, form), content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response


def _events(request: DashboardRequest, found: Found, form: CompletionForm) -> Iterator[bytes]:
    # An open stream must not hold a database connection.
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
    # Send something at once, so that proxies and the browser start to stream.
    yield KEEPALIVE
    wanted = form.wanted()
    ran = running.Run(streamed=wanted.stream)
    shown = 0
    # Closed with this one if the browser leaves, so that the answer stops.
    with closing(running.follow(ran, request.ragflow, found.target, wanted)) as followed:
        for raw in followed:
            if shown < running.LONGEST:
                shown += sum(map(len, raw))
                yield _event("chunk", raw)
    context = {"run": ran, "server": request.server}
    yield _event("end", render_to_string("playground/_result.html", context))


def _event(name: str, data: Any) -> bytes:
    return f"event:{name}\ndata:{json.dumps(data)}\n\n".encode()


def _part(request: DashboardRequest, target: Target, do: str) -> HttpResponse:
    """The messages, after one more or less; or the code, which costs no call."""
    form = CompletionForm(request.POST)
    if do == "code":
        return render(request, "playground/_code.html", _code(request, target, form))
    _edit(form, do)
    return render(request, "playground/_messages.html", {"form": form, **_addresses(request, target)})


def _edit(form: CompletionForm, do: str) -> None:
    if do == "add" and form.can_add:
        form.add_message()
    elif do.startswith("remove-") and do[7:].isdecimal():
        form.remove_message(int(do[7:]))


def _context(request: DashboardRequest, found: Found, form: CompletionForm, checked: bool = False) -> dict[str, Any]:
    """``checked`` says whether the form shows its errors."""
    return {
        "form": form,
        "checked": checked,
        "target": found.target,
        "dataset_ids": found.dataset_ids,
        **_addresses(request, found.target),
        **_code(request, found.target, form),
    }


def _addresses(request: DashboardRequest, target: Target) -> dict[str, str]:
    names = (("page_url", target.kind), ("run_url", f"{target.kind}-run"))
    return {key: request.server.url(f"playground:{name}", target.id) for key, name in names}


def _code(request: DashboardRequest, target: Target, form: CompletionForm) -> dict[str, str]:
    wanted = form.wanted()
    if not wanted.messages:
        wanted = replace(wanted, messages=(("user", _("Your question")),))
    asked = request.ragflow.completions.request(target, wanted)
    return {"curl": code.curl(asked), "python": code.python(asked)}
