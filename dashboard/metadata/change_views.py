"""Changing the metadata of many documents: the form, the dry run, the deed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from dashboard.http import DashboardRequest
from dashboard.metadata import changes, selection
from dashboard.metadata.changes import Plan, words_of
from dashboard.metadata.forms import ChangeForm
from dashboard.ragflow import parallel
from dashboard.ragflow.metadata import MetadataKey
from dashboard.ragflow.types import Dataset, Document
from dashboard.roles import curator
from dashboard.ui.formatting import count

SHOWN = 20
FAILURES_SHOWN = 100


@dataclass(frozen=True)
class Row:
    name: str
    url: str
    before: str | None
    after: str | None


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def change(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The form; with an operation in the address, its dry run; POST does what the dry run has shown.

    The dry run's fingerprint must still be right when it is done: else nothing is sent and the new dry run is shown.
    """
    given = request.POST if request.method == "POST" else request.GET
    if request.method != "POST" and "operation" not in given:
        dataset, keys = _about(request, dataset_id)
        first = {name: given.get(name, "") for name in ("key", "key1")}
        return _page(request, dataset, keys, ChangeForm(initial=first))
    form = ChangeForm(given)
    if not form.is_valid():
        dataset, keys = _about(request, dataset_id)
        return _page(request, dataset, keys, form, status=422)
    try:
        dataset, keys, found = _with_documents(request, dataset_id, form)
    except selection.TooMany as error:
        form.add_error(None, str(error) + " " + _("Nothing was changed. Narrow the conditions."))
        dataset, keys = _about(request, dataset_id)
        return _page(request, dataset, keys, form, status=422)
    plan = changes.plan(form.change, found)
    if request.method != "POST":
        return _page(request, dataset, keys, form, plan)
    if given.get("fingerprint") != plan.fingerprint:
        messages.warning(request, _("Look again\nThe documents changed meanwhile, so nothing was sent."))
        return _page(request, dataset, keys, form, plan, status=422)
    if not plan.steps:
        return redirect(request.server.url("metadata:page", dataset_id))
    return _carry_out(request, dataset, plan)


def _carry_out(request: DashboardRequest, dataset: Dataset, plan: Plan) -> HttpResponse:
    result = changes.carry_out(request.ragflow, plan)
    if result.changed:
        words = ngettext("%(n)s document is changed", "%(n)s documents are changed", result.changed)
        messages.success(request, words % {"n": count(result.changed)})
    if not result.failures:
        return redirect(request.server.url("metadata:page", dataset.id))
    context = {
        "dataset": dataset,
        "changed": result.changed,
        "failures": result.failures[:FAILURES_SHOWN],
        "failed": len(result.failures),
        "again_url": f"{request.path}?{_query(request.POST)}",
    }
    return render(request, "metadata/failed.html", context)


def _about(request: DashboardRequest, dataset_id: str) -> tuple[Dataset, tuple[MetadataKey, ...]]:
    ragflow = request.ragflow
    return parallel(lambda: ragflow.datasets.get(dataset_id), lambda: ragflow.metadata.summary(dataset_id))


def _with_documents(
    request: DashboardRequest, dataset_id: str, form: ChangeForm
) -> tuple[Dataset, tuple[MetadataKey, ...], list[Document]]:
    ragflow, conditions = request.ragflow, form.conditions
    look: Callable[[], list[Document]]
    if conditions is None:
        look = lambda: list(selection.every(ragflow, dataset_id).values())  # noqa: E731
    else:
        look = lambda: selection.matching(ragflow, dataset_id, conditions, both=form.both)  # noqa: E731
    return parallel(lambda: ragflow.datasets.get(dataset_id), lambda: ragflow.metadata.summary(dataset_id), look)


def _page(
    request: DashboardRequest,
    dataset: Dataset,
    keys: tuple[MetadataKey, ...],
    form: ChangeForm,
    plan: Plan | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "dataset": dataset,
        "keys": [key.name for key in keys],
        "form": form,
        "plan": plan,
    }
    if plan is not None:
        context |= {
            "rows": [_row(request, step) for step in plan.steps[:SHOWN]],
            "more": max(0, len(plan.steps) - SHOWN),
            "changing": len(plan.steps),
            "given": [(name, form.data.get(name, "")) for name in form.fields],
        }
    return render(request, "metadata/change.html", context, status=status)


def _row(request: DashboardRequest, step: changes.Step) -> Row:
    document = step.document
    url = request.server.url("chunks:list", document.dataset_id, document.id)
    return Row(document.name, url, words_of(step.before), words_of(step.after))


def _query(posted: QueryDict) -> str:
    kept = posted.copy()
    for name in ("csrfmiddlewaretoken", "fingerprint"):
        kept.pop(name, None)
    return kept.urlencode()
