"""Assistants: list and delete."""

from __future__ import annotations

from functools import partial
from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from dashboard.assistants.trial import scratch
from dashboard.core import confirmation
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import count, visible
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.sorting import Sort
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator, viewer
from dashboard.datasets import model_choice
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors, parallel
from dashboard.ragflow.types import Assistant

SEARCH_LENGTH: Final = 200
ORDER: Final = {"name": "name", "created": "create_time", "updated": "update_time"}
_HEX: Final = frozenset("0123456789abcdef")


@require_GET
@viewer
def list_assistants(request: DashboardRequest) -> HttpResponse:
    """The assistants whose name contains ``q``, in pages, in the order of ``sort``. RAGFlow 0.24 reports no total."""
    page = PageRequest.read(request.GET)
    sort = Sort.read(request.GET, ORDER, Sort("updated", desc=True))
    words = request.GET.get("q", "").strip()[:SEARCH_LENGTH]
    found = request.ragflow.chats.list(
        page=page.number, page_size=page.size, orderby=ORDER[sort.key], desc=sort.desc, keywords=words
    )
    hidden = scratch.names(request.server)
    shown = tuple(one for one in found.items if one.name not in hidden)
    context = {
        "assistants": _with_models(request, shown),
        "pager": Pager(page.number, page.size, len(found.items), total=found.total, more=found.has_next),
        "sort": sort,
        "query_text": words,
    }
    part = "#table" if wants_fragment(request) else ""
    return render(request, f"assistants/manage/list.html{part}", context)


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def delete(request: DashboardRequest) -> HttpResponse:
    """Confirm, listing the assistants (GET ``?id=…&id=…``), and delete them (POST)."""
    given = request.POST if request.method == "POST" else request.GET
    back = _back(request, given.get("back", ""))
    wanted = tuple(dict.fromkeys(id for id in given.getlist("id") if id))
    found = parallel(*(partial(_look_up, request.ragflow, id) for id in wanted))
    chosen = tuple(one for one in found if one is not None)
    if not chosen:
        if wanted:
            messages.info(request, _("Already deleted"))
        else:
            messages.warning(request, _("Nothing deleted"), _("Select the assistants first."))
        return _go(request, back)
    asked = _confirmation(request.server, chosen, request.path, back)
    if request.method != "POST":
        return confirmation.ask(request, asked)
    if not asked.name_matches(given.get("typed", "")):
        error = _("Type “%(name)s” to confirm. Nothing was deleted.") % {"name": asked.typed}
        return confirmation.ask(request, asked.again(error), status=422)
    outcome = request.ragflow.chats.delete(chosen)
    if outcome.deleted:
        done = ngettext("%(n)s assistant deleted", "%(n)s assistants deleted", len(outcome.deleted))
        messages.success(request, done % {"n": count(len(outcome.deleted))}, _names(outcome.deleted))
    if outcome.failed:
        left = ngettext("%(n)s assistant not deleted", "%(n)s assistants not deleted", len(outcome.failed))
        title = left % {"n": count(len(outcome.failed))}
        messages.error(request, title, f"{_names(outcome.failed)}: {outcome.message}")
    return _go(request, back)


def _with_models(request: DashboardRequest, assistants: tuple[Assistant, ...]) -> list[tuple[Assistant, str]]:
    """Each assistant with the name of its model. RAGFlow 0.27 may tell only the id that the tenant's model has."""
    stored = [str(assistant.llm.get("model_name") or "") for assistant in assistants]
    ids = {name for name in stored if len(name) == 32 and _HEX.issuperset(name)}
    names = dict.fromkeys(stored, "") | {name: name for name in stored if name not in ids}
    if ids:
        models = model_choice.of(request.ragflow, request.server)
        gone = _("no longer available") if models.listed else ""
        names |= {id: found if (found := models.named(id)) != id else gone for id in ids}
    return [(assistant, names[name]) for assistant, name in zip(assistants, stored, strict=True)]


def _look_up(ragflow: RAGFlow, id: str) -> Assistant | None:
    try:
        return ragflow.chats.get(id)
    except errors.NotFound:
        return None


def _confirmation(server: Server, chosen: tuple[Assistant, ...], action: str, back: str) -> Confirmation:
    number = len(chosen)
    return Confirmation(
        title=ngettext("Delete this assistant?", "Delete %(n)s assistants?", number) % {"n": count(number)},
        text=ngettext(
            "It will be deleted from the server %(server)s with all its sessions, but not its datasets."
            " This can't be undone.",
            "They will be deleted from the server %(server)s with all their sessions, but not their datasets."
            " This can't be undone.",
            number,
        )
        % {"server": server.name},
        things=[AffectedItem(visible(one.name), _datasets_of(one)) for one in chosen],
        ids=[one.id for one in chosen],
        typed=server.name,
        action=action,
        action_label=ngettext("Delete assistant", "Delete %(n)s assistants", number) % {"n": count(number)},
        cancel_url=back,
        hidden={"back": back},
        cancel_label=ngettext("Keep it", "Keep them", number),
    )


def _datasets_of(assistant: Assistant) -> str:
    names = [visible(name) for _id, name in assistant.datasets]
    if not names:
        return _("uses no datasets")
    shown = ", ".join(names[:2]) + (" …" if len(names) > 2 else "")
    return _("uses %(names)s") % {"names": shown}


def _names(assistants: tuple[Assistant, ...]) -> str:
    shown = ", ".join(f"“{visible(one.name)}”" for one in assistants[:3])
    more = len(assistants) - 3
    return _("%(names)s and %(n)s more") % {"names": shown, "n": count(more)} if more > 0 else shown


def _back(request: DashboardRequest, wanted: str) -> str:
    """Where it was started from: the list with its search and page, else the whole list."""
    url = request.server.url("assistants:list")
    return wanted if wanted.partition("?")[0] == url else url


def _go(request: DashboardRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
