"""Chunk method and parser settings of one document or of a selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from dashboard.core import confirmation
from dashboard.core.formatting import visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator
from dashboard.datasets import methods
from dashboard.datasets.settings import form_choices
from dashboard.datasets.settings.parser_form import ParserForm, carried_over, with_defaults
from dashboard.documents import settings_change
from dashboard.documents.bulk import actions, reparse_impact
from dashboard.documents.detail.forms import MethodForm
from dashboard.documents.table.responses import query_of
from dashboard.jobs import service
from dashboard.models import Job
from dashboard.ragflow import parallel
from dashboard.ragflow.types import Document


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def settings(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The settings form (GET); save the changes, after a confirmation if chunks would be deleted (POST).

    The documents are those named by ``id``, or with ``all=yes`` all that match the list. A POST to ``?show=fields`` or
    ``?show=defaults`` only redisplays the form. For several documents it has the settings of the first one.
    """
    given = request.POST if request.method == "POST" else request.GET
    query = query_of(request)
    back = request.server.url("documents:list", dataset_id) + query.encode()
    ids, everything = given.getlist("id"), confirmation.means_all(request)
    if wants_fragment(request) and request.method != "POST":
        named = [("all", "yes")] if everything else [("id", one) for one in ids]
        return HttpResponseClientRedirect(request.path + "?" + urlencode(named + list(query.fields().items())))
    dataset, found, offered = parallel(
        lambda: request.ragflow.datasets.get(dataset_id),
        lambda: _meant(request, dataset_id, ids, everything=everything),
        lambda: form_choices.of(request.ragflow, request.server),
    )
    documents = found.documents
    if not documents:
        messages.warning(request, _("Nothing selected"), _("Select one or more documents first."))
        return redirect(back)
    first = documents[0]
    method = given.get("chunk_method") or first.chunk_method
    data = None
    if request.method == "POST":
        data = with_defaults(request.POST, offered.accepts) if request.GET.get("show") == "defaults" else request.POST
        data = carried_over(method, data, offered.accepts)
    form = MethodForm(data, accepts=offered.accepts, stored=first.chunk_method)
    parser_form = ParserForm(method, data, config=first.parser_config, offered=offered)
    context: dict[str, Any] = {
        "dataset": dataset,
        "total": found.total,
        "everything": everything,
        "ids": [] if everything else [document.id for document in documents],
        "names": ", ".join(visible(document.name) for document in documents[:3]),
        "mixed": len({document.chunk_method for document in documents}) > 1,
        "form": form,
        "parser_form": parser_form,
        "method": methods.BY_KEY.get(method, methods.BY_KEY[methods.DEFAULT]),
        "purposes": {one.key: one.purpose for one in methods.for_documents(offered.accepts)},
        "back": back,
        "fields": query.fields(),
        # For all matching documents only the first, which filled the form, is compared; the others may change.
        "seen": f"{found.total} {settings_change.seen(documents[:1])}"
        if everything
        else settings_change.seen(documents),
    }
    if request.method != "POST" or request.GET.get("show"):
        part = "#method" if wants_fragment(request) else ""
        return render(request, f"documents/detail/settings.html{part}", context)
    if not all([form.is_valid(), parser_form.is_valid()]):
        return render(request, "documents/detail/settings.html", context, status=422)
    if request.POST.get("seen") != context["seen"]:
        words = _("Nothing was saved: someone else has changed these settings since.")
        form.add_error(None, words + " " + _("The form shows your values. Save again to replace theirs."))
        return render(request, "documents/detail/settings.html", context, status=422)
    change = settings_change.change(parser_form, first)
    losing = change.losing(documents)
    unseen = change.method != first.chunk_method and not found.complete
    if (losing or unseen) and request.POST.get("agreed") != _loss(losing):
        context |= {
            "losing": len(losing),
            "at_least": unseen,
            "chunks": sum(one.chunk_count for one in losing),
            "edits": reparse_impact.edits_at_risk(request.server, [one.id for one in losing], complete=found.complete),
            "agreed": _loss(losing),
            "asked": True,
        }
        return render(request, "documents/detail/settings.html", context, status=422)
    if everything:
        if not change.changed and all(document.chunk_method == change.method for document in documents):
            messages.info(request, _("No changes to save"))
            return redirect(back)
        job = service.create(
            request.server,
            dataset,
            request.user,
            "settings",
            query=query.encode(),
            expected=found.total,
            options=asdict(change),
        )
        return _on(request, job, back)
    concerned = [document for document in documents if change.concerns(document)]
    if not concerned:
        messages.info(request, _("No changes to save"))
        return redirect(back)
    return _on(request, actions.act(request, dataset, "settings", concerned, asdict(change)), back)


def _meant(
    request: DashboardRequest, dataset_id: str, ids: Sequence[str], *, everything: bool
) -> reparse_impact.MatchedDocuments:
    if everything:
        return reparse_impact.matching(request.ragflow, dataset_id, query_of(request))
    return reparse_impact.of(actions.chosen(request.ragflow, dataset_id, ids, query_of(request)).documents)


def _loss(losing: Sequence[Document]) -> str:
    """What the user confirmed to lose."""
    return f"{len(losing)}-{sum(document.chunk_count for document in losing)}"


def _on(request: DashboardRequest, job: Job | None, back: str) -> HttpResponse:
    """The redirect after the settings were saved, or to the page of the job that saves them."""
    messages.info(request, _("The new settings apply the next time it is parsed."))
    return redirect(back if job is None else request.server.url("activity:job", job.pk))
