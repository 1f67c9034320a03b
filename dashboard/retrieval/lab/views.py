"""The retrieval lab: what a question retrieves, with one setting or compared with another."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dashboard.chunks.edit import editing
from dashboard.conditions import matching
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.rendering import jinja
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator, viewer
from dashboard.models import QuestionSet
from dashboard.ragflow import errors
from dashboard.ragflow.resources.retrieval import is_unknown_rerank
from dashboard.retrieval import form_choices
from dashboard.retrieval.form_choices import FormChoices
from dashboard.retrieval.lab import asking, history, results
from dashboard.retrieval.lab import documents as scope
from dashboard.retrieval.lab.asking import Answer, Question
from dashboard.retrieval.lab.forms import QuestionForm
from dashboard.retrieval.settings import DEFAULTS, as_query
from dashboard.retrieval.settings_form import SettingsForm

PAGE_SIZES = (10, 30, 50)
PAGE_SIZE = 30
MOST_SETS = 5


@require_GET
@viewer
def lab(request: DashboardRequest) -> HttpResponse:
    """Run the question in the URL with one setting, or two (``?compare=1``), and show the results."""
    offered = form_choices.of(request.ragflow, request.server)
    form = QuestionForm(request.GET, offered.datasets)
    compares = (request.GET.getlist("compare") or [""])[-1] == "1"
    settings_forms = [SettingsForm(request.GET, models=offered.models)]
    if compares:
        settings_forms.append(SettingsForm(request.GET, prefix="b", models=offered.models))
    page = PageRequest.read(request.GET, sizes=PAGE_SIZES, default=PAGE_SIZE)
    settings = [checked for checked in (one.settings() for one in settings_forms) if checked]
    question = Question(
        form.question, tuple(form.dataset_ids), tuple(form.document_ids), form.conditions.as_parameter(), page
    )
    is_valid = form.is_valid() and len(settings) == len(settings_forms)
    answers: tuple[Answer, ...] = ()
    if question.text and is_valid and not matching.can_be_met(request.ragflow, form.dataset_ids, form.conditions.asked):
        # RAGFlow would ignore a condition that no document meets, and search all documents.
        form.refuse("conditions", _("No document matches all of these conditions. Change or remove one."))
        is_valid = False
    if question.text and is_valid:
        answers = asking.ask(request.ragflow, request.server, question, settings)
        _place_errors(answers, form, settings_forms)
        _remember(request, question, answers)
    find = request.GET.get("find", "").strip()[:200]
    context: dict[str, Any] = {
        "form": form,
        "forms": settings_forms,
        "compares": compares,
        "defaults": DEFAULTS,
        "offers": form_choices.choices(offered.datasets, form.dataset_ids),
        "has_askable": bool(offered.askable),
        "chosen_names": [offered.named(dataset_id) or dataset_id[:8] for dataset_id in form.dataset_ids],
        "documents": scope.named(request.ragflow, request.server, form.dataset_ids, form.document_ids),
        "find": find,
        "chunk_url": request.server.url("retrieval:chunk"),
        "back": request.get_full_path(),
        "page_size": page.size,
        "settings": settings,
        **(_find(request, form, offered, find) if find else {}),
        **_shown(request, question, answers if not form.errors else ()),
    }
    status = 422 if any(one.errors for one in (form, *settings_forms)) else 200
    template = "retrieval/lab/lab.html" + ("#lab" if wants_fragment(request) else "")
    return render(request, template, context, status=status)


@require_GET
@viewer
def documents(request: DashboardRequest) -> HttpResponse:
    """Documents to choose, by part of their name (``?find=policy&dataset=…``)."""
    find = request.GET.get("find", "").strip()[:200]
    if not wants_fragment(request):
        return redirect(f"{request.server.url('retrieval:lab')}?{request.GET.urlencode()}")
    offered = form_choices.of(request.ragflow, request.server)
    form = QuestionForm(request.GET, offered.datasets)
    return render(request, "retrieval/lab/_found_documents.html", _find(request, form, offered, find))


@require_POST
@curator
def chunk(request: DashboardRequest) -> HttpResponse:
    """Turn a chunk off for all searches, or on again."""
    place = [request.POST.get(name, "") for name in ("dataset", "document", "chunk")]
    if not all(place):
        raise BadRequest("dataset, document and chunk are needed")
    on = request.POST.get("available") == "1"
    # Recorded in the journal, so that people notice when a reparse turns it on again.
    changed = editing.write(request, request.ragflow.chunks.get(*place), {"available": on})
    if request.htmx:
        return HttpResponse(
            jinja.render(
                "retrieval/lab/switch.jinja",
                dataset_id=place[0],
                document_id=place[1],
                chunk_id=changed.id,
                is_on=changed.available,
                rank=None,
                chunk_url=request.server.url("retrieval:chunk"),
                back=request.get_full_path(),
                csrf_token=get_token(request),
            )
        )
    if on:
        messages.success(request, _("Chunk enabled"))
    else:
        messages.success(request, _("Chunk disabled"), _("Searches no longer find it."))
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = request.server.url("retrieval:lab")
    return redirect(back)


def _place_errors(answers: tuple[Answer, ...], form: QuestionForm, settings_forms: list[SettingsForm]) -> None:
    """Attach RAGFlow's rejections to the fields they are about; other errors are shown in place of the hits.

    If no side was answered and the user can't fix that here, the first error is raised.
    """
    refused: dict[str, str] = {}  # both sides search the same datasets: show an error once
    for answer, settings_form in zip(answers, settings_forms, strict=True):
        error = answer.error
        if isinstance(error, (errors.Rejected, errors.NotFound)):
            part = "document" if "document" in error.message.lower() else "dataset"
            refused.setdefault(part, error.message.rstrip('"'))
        elif error and is_unknown_rerank(error) and settings_form.cleaned_data["rerank_id"]:
            said = _("The server doesn't have this rerank model, or isn't authorized to use it. Choose another.")
            settings_form.add_error("rerank_id", said)
    for part, reason in refused.items():
        form.refuse(part, reason)
    if all(isinstance(answer.error, (errors.Unreachable, errors.Unauthorized)) for answer in answers):
        raise next(answer.error for answer in answers if answer.error)


def _remember(request: DashboardRequest, question: Question, answers: tuple[Answer, ...]) -> None:
    found = [answer.found for answer in answers if answer.found]
    if found and question.page.number == 1:
        history.remember(request.server, request.user, question.text, request.GET, found[0].total)


def _find(request: DashboardRequest, form: QuestionForm, offered: FormChoices, find: str) -> dict[str, Any]:
    chosen = [(dataset.id, dataset.name) for dataset in offered.datasets if dataset.id in form.dataset_ids]
    found = scope.matching(request.ragflow, request.server, chosen, find, form.document_ids) if chosen and find else []
    return {"find": find, "found": found, "has_datasets": bool(chosen)}


def _shown(request: DashboardRequest, question: Question, answers: tuple[Answer, ...]) -> dict[str, Any]:
    sides = results.with_resets(results.sides(request.server, question, answers), request.GET)
    longest = max((len(answer.hits) for answer in answers), default=0)
    return {
        "sides": sides,
        "difference": results.difference(sides),
        "sets": _sets(request, question, answers) if len(answers) == 2 else (),
        "facets": results.facets(answers, question.document_ids),
        "pager": Pager(
            question.page.number, question.page.size, longest, more=longest >= question.page.size, sizes=PAGE_SIZES
        ),
    }


def _sets(request: DashboardRequest, question: Question, answers: tuple[Answer, ...]) -> list[tuple[str, str]]:
    """(name, URL) of question sets on these datasets, to run with both settings."""
    first, second = (as_query(answer.settings.parameters()) for answer in answers)
    both = f"compare=1&{first}&" + "&".join(f"b-{part}" for part in second.split("&"))
    known = request.rights.visible_sets(QuestionSet.objects.filter(server=request.server))
    asked = set(question.dataset_ids)
    fitting = [one for one in known if asked & set(one.dataset_ids)][:MOST_SETS]
    return [(one.name, f"{request.server.url('retrieval:set', one.pk)}?{both}") for one in fitting]
