"""Datasets: list, create, delete. Their settings are in ``settings_views``."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from dashboard.core import confirmation
from dashboard.core.formatting import count
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.sorting import Sort
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator, curator_of_server, viewer
from dashboard.datasets import deletion, methods
from dashboard.datasets.forms import (
    DatasetForm,
    copy_of,
    form_context,
    parser_form_of,
    posted_parser_form,
    show_rejection,
    typed_so_far,
)
from dashboard.datasets.list import listing, rows, states
from dashboard.datasets.pictures import PictureForm
from dashboard.datasets.settings import form_choices, pipelines
from dashboard.datasets.settings.form_choices import Offers
from dashboard.datasets.settings.parser_form import ParserForm
from dashboard.datasets.settings.pipelines import PipelineForm
from dashboard.ragflow import errors, parallel
from dashboard.ragflow.types import Dataset


@require_GET
@viewer
def list_datasets(request: DashboardRequest) -> HttpResponse:
    """All datasets: searched, sorted, by page."""
    query, sort, page = _asked(request)
    found = listing.find(request.ragflow, request.server, query, sort, page)
    if page.number > 1 and found.total and not found.datasets:
        last = request.GET.copy()
        last["page"] = str(-(-found.total // page.size))
        return redirect(f"{request.path}?{last.urlencode()}")
    context = {
        "rows": rows.rows(request.server, request.rights, found.datasets, request.get_full_path()),
        "states_url": _states_url(request),
        "left_out": found.left_out,
        "query_text": query,
        "sort": sort,
        "pager": Pager(page.number, page.size, len(found.datasets), found.total),
    }
    part = "#table" if wants_fragment(request) else ""
    return render(request, f"datasets/list/list.html{part}", context)


@require_GET
@viewer
def show_states(request: DashboardRequest) -> HttpResponse:
    """The status bars for the rows of the list with the same query."""
    found = listing.find(request.ragflow, request.server, *_asked(request), with_states=True)
    counted = states.of(request.ragflow, request.server, found.datasets)
    shown = [
        (dataset.id, counted[dataset.id], counted[dataset.id].bar(dataset.name))
        for dataset in found.datasets
        if dataset.id in counted
    ]
    running = any(state.running for state in counted.values())
    context = {"states": shown, "running": running, "loader_url": _states_url(request)}
    return render(request, "datasets/list/states.html", context)


def _asked(request: DashboardRequest) -> tuple[str, Sort, PageRequest]:
    query = request.GET.get("q", "").strip()[:200]
    sort = Sort.read(request.GET, listing.ORDER, listing.DEFAULT_SORT)
    return query, sort, PageRequest.read(request.GET)


def _states_url(request: DashboardRequest) -> str:
    query = request.GET.urlencode()
    return request.server.url("datasets:states") + (f"?{query}" if query else "")


@require_GET
@viewer
def detail(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Redirect a dataset's address to its documents."""
    return redirect(request.server.url("documents:list", dataset_id))


@require_http_methods(["GET", "HEAD", "POST"])
@curator_of_server
def create(request: DashboardRequest) -> HttpResponse:
    """Create a dataset. ``?from=<id>`` starts with the settings of another one."""
    if request.method != "POST":
        return _new(request)
    original, offered = parallel(
        lambda: _original(request, request.POST.get("from", "")),
        lambda: form_choices.of(request.ragflow, request.server),
    )
    form = DatasetForm(
        request.POST,
        offered=offered,
        initial=copy_of(original) if original else None,
    )
    parser_form = posted_parser_form(request.POST, offered, original.parser_config if original else None)
    pictures = PictureForm(request.POST, request.FILES)
    piped = request.POST.get("chunk_method") == methods.PIPELINE.key
    accepts = offered.accepts
    pipeline_form = PipelineForm(request.POST, accepts=accepts) if piped else pipelines.shown(request.POST, accepts)
    valid = all([form.is_valid(), parser_form.is_valid(), pictures.is_valid(), not piped or pipeline_form.is_valid()])
    if valid:
        given = form.cleaned_data
        cutting = {"chunk_method": given["chunk_method"], "parser_config": parser_form.parser_config()}
        try:
            dataset = request.ragflow.datasets.create(
                name=given["name"],
                description=given["description"] or None,
                embedding_model=given["embedding_model"] or None,
                permission=given["permission"],
                avatar=pictures.wanted or None,
                **(pipeline_form.wanted() if piped else cutting),
            )
        except errors.Rejected as error:
            show_rejection(error, form, parser_form, pictures, pipeline_form if piped else None)
        except errors.RAGFlowError as error:
            form.add_error(None, _unanswered(error))
        else:
            forget(request)
            messages.success(request, *_created(dataset.name, given["name"]))
            return go(request, request.server.url("documents:list", dataset.id))
    return _form_page(
        request, offered, form, parser_form, pictures, pipeline_form=pipeline_form, original=original, status=422
    )


def _original(request: DashboardRequest, dataset_id: str) -> Dataset | None:
    """The dataset that the new one copies; None if there is none or it can no longer be read."""
    if not dataset_id:
        return None
    try:
        return request.ragflow.datasets.get(dataset_id)
    except errors.RAGFlowError:
        return None


def _new(request: DashboardRequest) -> HttpResponse:
    source = request.GET.get("from", "")
    if not source:
        offered = form_choices.of(request.ragflow, request.server)
        form = DatasetForm(offered=offered)
        parser_form = parser_form_of(methods.DEFAULT, None, offered)
        pipeline_form = PipelineForm(accepts=offered.accepts)
        return _form_page(request, offered, form, parser_form, PictureForm(), pipeline_form=pipeline_form)
    original, offered = parallel(
        lambda: request.ragflow.datasets.get(source), lambda: form_choices.of(request.ragflow, request.server)
    )
    form = DatasetForm(
        offered=offered,
        initial=copy_of(original),
    )
    parser_form = parser_form_of(form["chunk_method"].value(), None, offered, original.parser_config)
    pictures = PictureForm(initial={"picture": form.initial["picture"]})
    pipeline_form = pipelines.shown(form.initial, offered.accepts)
    return _form_page(request, offered, form, parser_form, pictures, pipeline_form=pipeline_form, original=original)


@require_POST
@curator
def fields(request: DashboardRequest) -> HttpResponse:
    """The settings of the selected method with all input so far. Creates nothing."""
    offered = form_choices.of(request.ragflow, request.server)
    form = DatasetForm(
        initial=typed_so_far(request.POST),
        offered=offered,
    )
    pictures = PictureForm(initial={"picture": request.POST.get("picture", "")})
    parser_form = posted_parser_form(request.POST, offered)
    pipeline_form = pipelines.shown(request.POST, offered.accepts)
    return _form_page(request, offered, form, parser_form, pictures, pipeline_form=pipeline_form, part="#method")


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def delete(request: DashboardRequest) -> HttpResponse:
    """Confirm the deletion (GET ``?id=…&id=…``) and delete (POST)."""
    given = request.POST if request.method == "POST" else request.GET
    back = _back(request, given.get("back", ""))
    chosen = deletion.choose(request.ragflow, given.getlist("id"))
    if not chosen.datasets:
        _say_nothing_chosen(request, chosen)
        return go(request, back)
    asked = deletion.confirmation(request.server, chosen.datasets, request.path, back)
    if request.method != "POST":
        return confirmation.ask(request, asked)
    if not asked.name_matches(given.get("typed", "")):
        error = _("Nothing was deleted. Type “%(name)s” to confirm.") % {"name": asked.typed}
        return confirmation.ask(request, asked.again(error), status=422)
    try:
        outcome = deletion.carry_out(request.ragflow, chosen.datasets)
    finally:
        forget(request)
    _say_deleted(request, outcome.deleted, outcome.failed, outcome.message, chosen.gone)
    return go(request, back)


def _form_page(
    request: DashboardRequest,
    offered: Offers,
    form: DatasetForm,
    parser_form: ParserForm,
    pictures: PictureForm,
    *,
    pipeline_form: PipelineForm,
    original: Dataset | None = None,
    status: int = 200,
    part: str = "",
) -> HttpResponse:
    context = form_context(form, parser_form, pictures) | {
        "original": original,
        "copied_from": original.id if original else request.POST.get("from", ""),
        "pipeline_form": pipeline_form,
        "piped": parser_form.method == methods.PIPELINE.key,
        "pipelines": offered.pipelines,
    }
    part = part if wants_fragment(request) else ""
    return render(request, f"datasets/settings/create.html{part}", context, status=status)


def _created(stored: str, wanted: str) -> tuple[str, str]:
    """Title and body of the toast about a new dataset."""
    title = _("Dataset “%(name)s” created") % {"name": stored}
    if stored == wanted:
        return title, ""
    return title, _("A dataset named “%(wanted)s” already exists, so RAGFlow chose this name.") % {"wanted": wanted}


def _unanswered(error: errors.RAGFlowError) -> str:
    if error.maybe_done:
        return _(
            "%(reason)s The dataset may have been created anyway. Check the list of datasets before you try again."
        ) % {"reason": error.message}
    return _("%(reason)s No dataset was created. Your input is still here.") % {"reason": error.message}


def _say_nothing_chosen(request: DashboardRequest, chosen: deletion.Chosen) -> None:
    if chosen.gone:
        messages.info(
            request,
            ngettext("It has already been deleted", "All %(n)s have already been deleted", chosen.gone)
            % {"n": count(chosen.gone)},
        )
    else:
        messages.warning(request, _("Nothing was deleted"), _("Select one or more datasets first."))


def _say_deleted(request: DashboardRequest, deleted: Any, failed: Any, reason: str, gone: int) -> None:
    if deleted:
        done = ngettext("%(n)s dataset deleted", "%(n)s datasets deleted", len(deleted)) % {"n": count(len(deleted))}
        lines = [deletion.names(deleted)]
        if gone:
            lines.append(
                ngettext("%(n)s more had already been deleted.", "%(n)s more had already been deleted.", gone)
                % {"n": count(gone)}
            )
        messages.success(request, done, " ".join(lines))
    if failed:
        left = ngettext("%(n)s dataset was not deleted", "%(n)s datasets were not deleted", len(failed)) % {
            "n": count(len(failed))
        }
        messages.error(request, left, f"{deletion.names(failed)}: {reason}")


def forget(request: DashboardRequest) -> None:
    listing.forget(request.server)
    form_choices.forget(request.server)


def _back(request: DashboardRequest, wanted: str) -> str:
    """The page to return to: where the user came from if it is one of ours, else the list."""
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return request.server.url("datasets:list")


def go(request: DashboardRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
