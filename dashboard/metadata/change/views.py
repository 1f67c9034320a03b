"""Changing the metadata of many documents: the form, the preview, and starting the job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard.conditions.conditions import Conditions
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import curator
from dashboard.documents.query.listing import Query
from dashboard.metadata.change import changes, diff, selection
from dashboard.metadata.change.changes import Plan
from dashboard.metadata.change.forms import LISTED, ChangeForm
from dashboard.ragflow import parallel
from dashboard.ragflow.types import Dataset, Document

TAKEN_SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def change(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The form; with an operation in the address, its preview; POST starts the job that makes the previewed change.

    ``id`` (repeatable) selects documents; ``all=yes`` means all of the list whose filter is in the address. Nothing is
    started unless the preview's fingerprint still matches.
    """
    given = request.POST if request.method == "POST" else request.GET
    ids, conditions = given.getlist("id"), Conditions.read(given)
    if request.method != "POST" and "operation" not in given:
        dataset, keys = _about(request, dataset_id)
        first = {name: given.get(name, "") for name in ("key", "match") if name in given}
        if given.get("all") == "yes":
            first |= {"scope": LISTED, "listed": Query.read(given).encode().removeprefix("?") or "page=1"}
        return _page(request, dataset, keys, ChangeForm(initial=first, ids=ids, conditions=conditions))
    form = ChangeForm(given, ids=ids, conditions=conditions)
    if not form.is_valid():
        dataset, keys = _about(request, dataset_id)
        return _page(request, dataset, keys, form, status=422)
    try:
        dataset, keys, found = _with_documents(request, dataset_id, form)
    except selection.TooMany as error:
        form.add_error(None, str(error) + " " + _("Nothing was changed. Add conditions to match fewer documents."))
        dataset, keys = _about(request, dataset_id)
        return _page(request, dataset, keys, form, status=422)
    plan = changes.plan(form.change, found)
    if request.method != "POST":
        return _page(request, dataset, keys, form, plan)
    if given.get("fingerprint") != plan.fingerprint:
        messages.warning(
            request, _("Nothing was changed"), _("The documents have changed since the preview. Check the new preview.")
        )
        return _page(request, dataset, keys, form, plan, status=422)
    if not plan.edits:
        return redirect(request.server.url("metadata:page", dataset_id))
    return diff.start(request, dataset, plan.edits)


def _about(request: DashboardRequest, dataset_id: str) -> tuple[Dataset, tuple[str, ...]]:
    ragflow = request.ragflow
    return parallel(lambda: ragflow.datasets.get(dataset_id), lambda: ragflow.metadata.names(dataset_id))


def _with_documents(
    request: DashboardRequest, dataset_id: str, form: ChangeForm
) -> tuple[Dataset, tuple[str, ...], list[Document]]:
    ragflow = request.ragflow
    look: Callable[[], list[Document]] = lambda: _meant(request, dataset_id, form)  # noqa: E731
    return parallel(lambda: ragflow.datasets.get(dataset_id), lambda: ragflow.metadata.names(dataset_id), look)


def _meant(request: DashboardRequest, dataset_id: str, form: ChangeForm) -> list[Document]:
    ragflow = request.ragflow
    if form.chosen is not None:
        return selection.chosen(ragflow, dataset_id, form.chosen)
    if form.query is not None:
        return selection.listed(ragflow, dataset_id, form.query)
    return list(selection.every(ragflow, dataset_id).values())


def _page(
    request: DashboardRequest,
    dataset: Dataset,
    keys: tuple[str, ...],
    form: ChangeForm,
    plan: Plan | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "dataset": dataset,
        "keys": keys,
        "form": form,
        "plan": plan,
        "conditions": form.conditions,
        "dataset_id": dataset.id,
    }
    if plan is not None:
        context |= diff.shown(request, plan.edits) | {
            "taken": plan.taken[:TAKEN_SHOWN],
            "given": [
                *((name, form.data.get(name, "")) for name in form.fields),
                *(("id", one) for one in form.ids),
                *form.conditions.parameters(),
            ],
        }
    return render(request, "metadata/change/change.html", context, status=status)
