"""The settings of a dataset."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator
from dashboard.datasets import methods
from dashboard.datasets.forms import (
    DatasetForm,
    form_context,
    parser_form_of,
    posted_parser_form,
    show_rejection,
    typed_so_far,
)
from dashboard.datasets.pictures import PictureForm
from dashboard.datasets.settings import form_choices
from dashboard.datasets.settings import stored as settings
from dashboard.datasets.settings.form_choices import Offers
from dashboard.datasets.settings.parser_fields import kept_besides
from dashboard.datasets.settings.parser_form import ParserForm, with_defaults
from dashboard.datasets.signals import dataset_saved
from dashboard.datasets.views import forget, go
from dashboard.ragflow import errors, parallel
from dashboard.ragflow.types import Dataset

OPENED_SECONDS = 3600


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def edit(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The settings form. A POST to ``?show=fields`` or ``?show=defaults`` redisplays it without saving."""
    if request.method == "POST" and not request.GET.get("show"):
        return _save(request, dataset_id)
    dataset, offered = _read(request, dataset_id)
    if request.method == "POST":
        return _shown(request, dataset, offered)
    cache.set(_opened_key(request, dataset_id), dataset, OPENED_SECONDS)
    return _page(request, dataset, _form(None, dataset, offered), _stored_parser_form(dataset, offered))


def _read(request: DashboardRequest, dataset_id: str) -> tuple[Dataset, Offers]:
    return parallel(
        lambda: request.ragflow.datasets.get(dataset_id), lambda: form_choices.of(request.ragflow, request.server)
    )


def _opened_key(request: DashboardRequest, dataset_id: str) -> str:
    return f"{request.server.cache_key}:opened:{dataset_id}"


def _save(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    try:
        dataset, offered = _read(request, dataset_id)
    except errors.NotFound:
        raise
    except errors.RAGFlowError as error:
        # The dataset can't be read: redisplay the form from what it carries, so that no input is lost.
        opened: Dataset | None = cache.get(_opened_key(request, dataset_id))
        if opened is None:
            raise
        return _not_read(request, opened, error)
    now = settings.as_typed(dataset, offered.accepts)
    pictures = PictureForm(request.POST, request.FILES)
    pictures.is_valid()
    form = _form(request.POST, dataset, offered)
    locked = [name for name, field in form.fields.items() if field.disabled]
    found = settings.compare(request.POST, now, pictures, locked)
    if found.theirs:
        return _said_that_others_were_faster(request, dataset, offered, pictures, found)
    parser_form = posted_parser_form(request.POST, offered, dataset.parser_config)
    settings.check(form, parser_form, found.mine)
    settings.refuse_emptied(parser_form, found.mine)
    if not any([form.errors, parser_form.errors, pictures.errors]):
        wanted = settings.changes(form, parser_form, pictures, found.mine)
        if not wanted:
            if not _parses_again(request):
                messages.info(request, _("No changes to save"))
            return go(request, _next(request, dataset))
        try:
            stored = request.ragflow.datasets.update(dataset, **wanted)
        except errors.Rejected as error:
            show_rejection(error, form, parser_form, pictures)
        except errors.RAGFlowError as error:
            form.add_error(None, _unanswered(error))
        else:
            forget(request)
            dataset_saved.send(Dataset, server=request.server, dataset=stored)
            _say_saved(request, stored, wanted, form, parser_form)
            return go(request, _next(request, stored))
    return _page(request, dataset, form, parser_form, pictures, marks=request.POST.get(settings.MARKS), status=422)


def _parses_again(request: DashboardRequest) -> bool:
    """Whether it was submitted with the button that also reparses the documents."""
    return request.POST.get("then") == "parse"


def _next(request: DashboardRequest, dataset: Dataset) -> str:
    """The page after saving: the stored settings, or the confirmation of the reparse."""
    return request.server.url("outdated:apply", dataset.id) if _parses_again(request) else request.path


def _not_read(request: DashboardRequest, opened: Dataset, error: errors.RAGFlowError) -> HttpResponse:
    pictures = PictureForm(request.POST, request.FILES)
    offered = Offers(form_choices.accepted(request.ragflow))
    form = _form(request.POST, opened, offered)
    parser_form = posted_parser_form(request.POST, offered, opened.parser_config)
    settings.check(form, parser_form, frozenset())
    form.add_error(None, _unanswered(error))
    return _page(request, opened, form, parser_form, pictures, marks=request.POST.get(settings.MARKS), status=422)


def _shown(request: DashboardRequest, dataset: Dataset, offered: Offers) -> HttpResponse:
    posted = request.POST.copy()
    if request.GET["show"] == "defaults":
        posted = with_defaults(posted, offered.accepts)
    form = _form(None, dataset, offered, posted)
    parser_form = posted_parser_form(posted, offered, dataset.parser_config)
    pictures = PictureForm(initial={"picture": posted.get("picture", "")})
    marks = posted.get(settings.MARKS)
    return _page(request, dataset, form, parser_form, pictures, marks=marks, part="#method")


def _said_that_others_were_faster(
    request: DashboardRequest,
    dataset: Dataset,
    offered: Offers,
    pictures: PictureForm,
    found: settings.Comparison,
) -> HttpResponse:
    """Redisplay without saving: others' values, and the user's own where both changed something."""
    now = settings.as_typed(dataset, offered.accepts)
    data = settings.merged(request.POST, now, found)
    form = _form(data, dataset, offered)
    parser_form = posted_parser_form(data, offered, dataset.parser_config)
    settings.check(form, parser_form, found.mine)
    theirs = settings.labels(found.theirs, form, parser_form, pictures)
    words = _("Someone else has changed this dataset since: %(names)s. Nothing has been saved yet.") % {"names": theirs}
    both = settings.labels(found.theirs & found.mine, form, parser_form, pictures)
    if both:
        words += " " + _(
            "You also changed %(names)s: your values are kept below and will replace theirs if you save."
        ) % {"names": both}
    words += " " + _("Review the form and save again.")
    form.add_error(None, words)
    return _page(request, dataset, form, parser_form, pictures, marks=settings.marks(now), status=422)


def _page(
    request: DashboardRequest,
    dataset: Dataset,
    form: DatasetForm,
    parser_form: ParserForm,
    pictures: PictureForm | None = None,
    *,
    marks: str | None = None,
    status: int = 200,
    part: str = "",
) -> HttpResponse:
    context = form_context(form, parser_form, pictures or PictureForm()) | {
        "dataset": dataset,
        "marks": settings.marks(settings.as_typed(dataset, parser_form.accepts)) if marks is None else marks,
        "piped": parser_form.method == methods.PIPELINE.key,
        "unknown_method": parser_form.method not in (*methods.BY_KEY, methods.PIPELINE.key),
        "kept_besides": kept_besides(dataset.parser_config, methods.key_of(dataset), parser_form.accepts),
    }
    part = part if wants_fragment(request) else ""
    return render(request, f"datasets/settings/settings.html{part}", context, status=status)


def _form(data: QueryDict | None, dataset: Dataset, offered: Offers, typed: QueryDict | None = None) -> DatasetForm:
    return DatasetForm(
        data,
        dataset=dataset,
        offered=offered,
        initial=typed_so_far(typed) if typed is not None else None,
    )


def _stored_parser_form(dataset: Dataset, offered: Offers) -> ParserForm:
    return parser_form_of(methods.key_of(dataset), None, offered, dataset.parser_config)


def _say_saved(
    request: DashboardRequest, stored: Dataset, wanted: dict[str, Any], form: DatasetForm, parser_form: ParserForm
) -> None:
    otherwise = settings.labels(settings.otherwise(stored, wanted), form, parser_form)
    if otherwise:
        messages.warning(
            request,
            _("Saved, with differences"),
            _("RAGFlow stored other values than you entered for %(names)s. This page shows the stored values.")
            % {"names": otherwise},
        )
    else:
        messages.success(
            request, _("Settings saved"), _("Documents keep the settings they were parsed with until you reparse them.")
        )


def _unanswered(error: errors.RAGFlowError) -> str:
    if error.maybe_done:
        return _("%(reason)s The change may have been saved anyway. Reload the settings to check.") % {
            "reason": error.message
        }
    return _("%(reason)s Nothing was saved. Your input is still here.") % {"reason": error.message}
