"""Documents with outdated settings: showing their number, and applying the dataset's settings to them."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.core import confirmation
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import count, visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator
from dashboard.documents.bulk import reparse_impact
from dashboard.documents.outdated import job_actions, report
from dashboard.documents.outdated.report import OutdatedReport
from dashboard.documents.query.listing import Query
from dashboard.jobs import service
from dashboard.jobs.activity import toasts
from dashboard.ragflow.types import Dataset, RunStatus


@require_GET
@curator
def older(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The notice with the number of documents with outdated settings; empty if there are none."""
    dataset = request.ragflow.datasets.get(dataset_id)
    busy = report.under_way(request.server, dataset)
    counted = None if busy else report.count(request.ragflow, request.server, dataset)
    return render(request, "documents/outdated/_older.html", {"dataset": dataset, "older": counted})


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def apply(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Confirm, naming what is lost (GET), and start the job (POST)."""
    dataset = request.ragflow.datasets.get(dataset_id)
    back = request.server.url("documents:list", dataset_id)
    if dataset.pipeline_id:
        messages.info(
            request, _("Nothing to apply"), _("An ingestion pipeline chunks these documents. The settings don't apply.")
        )
        return confirmation.done(request, back)
    if report.under_way(request.server, dataset):
        messages.info(request, _("Already running"), _("A job is already applying the settings to these documents."))
        return confirmation.done(request, back)
    found = report.look(request.ragflow, request.server, dataset)
    if not found.older and found.is_complete:
        messages.info(request, _("Nothing to apply"), _("All documents use the dataset's current settings."))
        return confirmation.done(request, back)
    asked = _question(request, dataset, found, back)
    if request.method != "POST":
        return confirmation.ask(request, asked)
    if request.POST.get("expected") != asked.hidden["expected"]:
        words = _("Nothing was started: the documents or the settings have changed since. Confirm again.")
        return confirmation.ask(request, asked.again(words), status=422)
    options = job_actions.options(dataset, named=found.is_complete)
    if found.is_complete:
        job = service.create_for(request.server, dataset, request.user, report.ACTION, found.older, options=options)
    else:
        everything = Query.read(QueryDict())
        job = service.create(
            request.server,
            dataset,
            request.user,
            report.ACTION,
            query=everything.encode(),
            expected=found.total,
            options=options,
        )
    report.forget(request.server, dataset)
    # The list shows the job's toast. Without script, the job has its own page.
    if not wants_fragment(request):
        return confirmation.done(request, request.server.url("activity:job", job.pk))
    toasts.announce(request, job)
    return confirmation.done(request, back)


def _question(request: DashboardRequest, dataset: Dataset, found: OutdatedReport, back: str) -> Confirmation:
    number = len(found.older)
    words = {"n": count(number), "total": count(found.total), "looked": count(found.looked)}
    if found.is_complete:
        title = ngettext(
            "Apply the settings to %(n)s document and reparse it?",
            "Apply the settings to %(n)s documents and reparse them?",
            number,
        )
        label = ngettext("Apply to %(n)s document and reparse", "Apply to %(n)s documents and reparse", number)
    else:
        title = _("Apply the settings to all outdated documents and reparse them?")
        label = _("Apply and reparse")
    return Confirmation(
        title=title % words,
        text=" ".join(_loss(request, dataset, found, words)),
        things=[AffectedItem(visible(document.name), _chunks(document.chunk_count)) for document in found.older],
        action=request.path,
        action_label=label % words,
        cancel_url=back,
        cancel_label=_("Cancel"),
        hidden={"expected": report.fingerprint(dataset, found)},
    )


def _loss(request: DashboardRequest, dataset: Dataset, found: OutdatedReport, words: dict[str, str]) -> list[str]:
    where = _("In %(dataset)s on the server %(server)s.")
    said = [where % {"dataset": visible(dataset.name), "server": request.server.name}]
    if not found.is_complete:
        part = _("%(n)s of the first %(looked)s documents have outdated settings. All %(total)s will be checked.")
        said.append(part % words)
    if found.chunks:
        lost = ngettext(
            "%(n)s chunk will be deleted, with all edits.",
            "%(n)s chunks will be deleted, with all edits.",
            found.chunks,
        )
        at_least = "" if found.is_complete else _("At least") + " "
        said.append(at_least + lost % {"n": count(found.chunks)})
    ids = [document.id for document in found.older]
    if edits := reparse_impact.edits_at_risk(request.server, ids, complete=found.is_complete):
        said.append(edits)
    new = sum(document.run is RunStatus.UNSTART for document in found.older)
    if new:
        only = ngettext(
            "%(n)s that was never parsed only gets the new settings.",
            "%(n)s that were never parsed only get the new settings.",
            new,
        )
        said.append(only % {"n": count(new)})
    said.append(_("This runs in the background, one document at a time. You can cancel it."))
    return said


def _chunks(number: int) -> str:
    return ngettext("%(n)s chunk", "%(n)s chunks", number) % {"n": count(number)} if number else ""
