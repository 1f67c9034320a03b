"""Datasets: list, create, delete."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from dashboard.datasets import deletion, listing, methods, offers, rows
from dashboard.datasets.forms import DatasetForm, show_rejection
from dashboard.datasets.parser_form import ParserForm, carried_over
from dashboard.http import DashboardRequest, wants_fragment
from dashboard.ragflow import errors
from dashboard.roles import curator, viewer
from dashboard.ui import confirmation
from dashboard.ui.formatting import count
from dashboard.ui.paging import Pager, PageRequest
from dashboard.ui.sorting import Sort


@require_GET
@viewer
def list_datasets(request: DashboardRequest) -> HttpResponse:
    """All datasets: searched, sorted, by page."""
    query = request.GET.get("q", "").strip()[:200]
    sort = Sort.read(request.GET, listing.ORDER, listing.DEFAULT_SORT)
    page = PageRequest.read(request.GET)
    found = listing.find(request.ragflow, request.server, query, sort, page)
    if page.number > 1 and found.total and not found.datasets:
        last = request.GET.copy()
        last["page"] = str(-(-found.total // page.size))
        return redirect(f"{request.path}?{last.urlencode()}")
    context = {
        "rows": rows.rows(request.server, found.datasets, request.get_full_path()),
        "left_out": found.left_out,
        "query_text": query,
        "sort": sort,
        "pager": Pager(page.number, page.size, len(found.datasets), found.total),
    }
    part = "#table" if wants_fragment(request) else ""
    return render(request, f"datasets/list.html{part}", context)


@require_GET
@viewer
def detail(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """A dataset's own address leads to its documents."""
    return redirect(request.server.url("documents:list", dataset_id))


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def create(request: DashboardRequest) -> HttpResponse:
    """A new dataset."""
    offered = offers.of(request.ragflow, request.server)
    if request.method != "POST":
        form = DatasetForm(embedding_models=offered.embedding_models, default_model=offered.default_model)
        return _form_page(request, form, _parser_form(methods.DEFAULT, None, offered))

    form = DatasetForm(request.POST, embedding_models=offered.embedding_models, default_model=offered.default_model)
    parser_form = _posted_parser_form(request, offered)
    valid = all([form.is_valid(), parser_form.is_valid()])
    if valid:
        given = form.cleaned_data
        try:
            dataset = request.ragflow.datasets.create(
                name=given["name"],
                description=given["description"] or None,
                embedding_model=given["embedding_model"] or None,
                permission=given["permission"],
                chunk_method=given["chunk_method"],
                parser_config=parser_form.parser_config(),
            )
        except errors.Rejected as error:
            show_rejection(error, form, parser_form)
        except errors.RAGFlowError as error:
            form.add_error(None, _unanswered(error))
        else:
            _forget(request)
            messages.success(request, _made(dataset.name, given["name"]))
            return _go(request, request.server.url("documents:list", dataset.id))
    return _form_page(request, form, parser_form, status=422)


@require_POST
@curator
def fields(request: DashboardRequest) -> HttpResponse:
    """The settings of the method that was chosen, with everything typed so far. Makes nothing."""
    offered = offers.of(request.ragflow, request.server)
    typed = {name: value for name, value in request.POST.items() if name in DatasetForm.base_fields}
    form = DatasetForm(initial=typed, embedding_models=offered.embedding_models, default_model=offered.default_model)
    return _form_page(request, form, _posted_parser_form(request, offered), part="#method")


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def delete(request: DashboardRequest) -> HttpResponse:
    """Asks, naming what goes (GET ``?id=…&id=…``), and deletes (POST)."""
    given = request.POST if request.method == "POST" else request.GET
    back = _back(request, given.get("back", ""))
    chosen = deletion.choose(request.ragflow, given.getlist("id"))
    if not chosen.datasets:
        _say_nothing_chosen(request, chosen)
        return _go(request, back)
    asked = deletion.confirmation(request.server, chosen.datasets, request.path, back)
    if request.method != "POST":
        return confirmation.ask(request, asked)
    if not asked.typed_right(given.get("typed", "")):
        error = _("Type “%(name)s” to confirm. Nothing was deleted.") % {"name": asked.typed}
        return confirmation.ask(request, asked.again(error), status=422)
    try:
        outcome = deletion.carry_out(request.ragflow, chosen.datasets)
    finally:
        _forget(request)
    _say_deleted(request, outcome.deleted, outcome.failed, outcome.message, chosen.gone)
    return _go(request, back)


def _form_page(
    request: DashboardRequest,
    form: DatasetForm,
    parser_form: ParserForm,
    *,
    status: int = 200,
    part: str = "",
) -> HttpResponse:
    chosen = methods.BY_KEY.get(parser_form.method, methods.BY_KEY[methods.DEFAULT])
    context = {
        "form": form,
        "parser_form": parser_form,
        "method": chosen,
        "purposes": {method.key: method.purpose for method in methods.METHODS},
    }
    part = part if wants_fragment(request) else ""
    return render(request, f"datasets/create.html{part}", context, status=status)


def _parser_form(method: str, data: Any, offered: offers.Offers) -> ParserForm:
    return ParserForm(method, data, layout_models=offered.layout_models, tag_sets=offered.tag_sets)


def _posted_parser_form(request: DashboardRequest, offered: offers.Offers) -> ParserForm:
    method = request.POST.get("chunk_method", methods.DEFAULT)
    return _parser_form(method, carried_over(method, request.POST), offered)


def _made(stored: str, wanted: str) -> str:
    if stored == wanted:
        return _("Dataset “%(name)s” is there") % {"name": stored}
    return _("Dataset “%(name)s” is there\nThere was a “%(wanted)s” already, so RAGFlow stored it under this name.") % {
        "name": stored,
        "wanted": wanted,
    }


def _unanswered(error: errors.RAGFlowError) -> str:
    if error.maybe_done:
        return _(
            "%(reason)s The dataset may have been made nevertheless: look at the list of datasets before you send"
            " this again."
        ) % {"reason": error.message}
    return _("%(reason)s Nothing was made; what you typed is still here.") % {"reason": error.message}


def _say_nothing_chosen(request: DashboardRequest, chosen: deletion.Chosen) -> None:
    if chosen.gone:
        messages.info(
            request,
            ngettext("It was deleted already", "All %(n)s were deleted already", chosen.gone)
            % {"n": count(chosen.gone)},
        )
    else:
        messages.warning(request, _("Nothing was deleted\nSelect the datasets first."))


def _say_deleted(request: DashboardRequest, deleted: Any, failed: Any, reason: str, gone: int) -> None:
    if deleted:
        done = ngettext("%(n)s dataset is deleted", "%(n)s datasets are deleted", len(deleted)) % {
            "n": count(len(deleted))
        }
        lines = [deletion.names(deleted)]
        if gone:
            lines.append(
                ngettext("%(n)s more was gone already.", "%(n)s more were gone already.", gone) % {"n": count(gone)}
            )
        messages.success(request, f"{done}\n{' '.join(lines)}")
    if failed:
        left = ngettext("%(n)s dataset is still there", "%(n)s datasets are still there", len(failed)) % {
            "n": count(len(failed))
        }
        messages.error(request, f"{left}\n{deletion.names(failed)}: {reason}")


def _forget(request: DashboardRequest) -> None:
    listing.forget(request.server)
    offers.forget(request.server)


def _back(request: DashboardRequest, wanted: str) -> str:
    """Where the person came from, when that is a page of ours; else the list."""
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return request.server.url("datasets:list")


def _go(request: DashboardRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
