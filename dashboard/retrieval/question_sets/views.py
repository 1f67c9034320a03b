"""Question sets: list, create, delete; their questions; CSV import and export."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboard.core import confirmation
from dashboard.core.access.rights import Role
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import count, visible
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import curator, viewer
from dashboard.models import QuestionSet, SetQuestion
from dashboard.retrieval import form_choices
from dashboard.retrieval.question_sets import question_csv, scores
from dashboard.retrieval.question_sets import sets as question_sets
from dashboard.retrieval.question_sets.forms import FileForm, QuestionForm, SetForm
from dashboard.retrieval.settings import DEFAULTS, as_query
from dashboard.retrieval.settings_form import SettingsForm


@require_GET
@viewer
def sets(request: DashboardRequest) -> HttpResponse:
    """All sets of the server."""
    return _sets_page(request, _set_form(request))


@require_POST
@curator
def create(request: DashboardRequest) -> HttpResponse:
    """Create an empty set."""
    form = _set_form(request, request.POST)
    if not form.is_valid():
        return _sets_page(request, form, status=422)
    # If two people create the same name at the same moment, the second gets the set of the first.
    made, _is_new = QuestionSet.objects.get_or_create(
        server=request.server,
        name=form.cleaned_data["name"],
        defaults={"dataset_ids": form.cleaned_data["dataset"], "username": request.user.get_username()},
    )
    return redirect(request.server.url("retrieval:set", made.pk))


@require_GET
@viewer
def show(request: DashboardRequest, set_id: int) -> HttpResponse:
    """A set: its questions, its runs, and the settings for the next one."""
    return _set_page(request, _set(request, set_id))


@require_POST
@curator
def add(request: DashboardRequest, set_id: int) -> HttpResponse:
    """Add a question to a set."""
    chosen = _set(request, set_id, Role.CURATOR)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return _set_page(request, chosen, question_form=form, status=422)
    _add(request, chosen, form)
    return redirect(request.server.url("retrieval:set", chosen.pk))


@require_POST
@curator
def import_csv(request: DashboardRequest, set_id: int) -> HttpResponse:
    """Import the questions of a CSV file."""
    chosen = _set(request, set_id, Role.CURATOR)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _set_page(request, chosen, file_form=form, status=422)
    added, changed = question_sets.import_csv(chosen, form.cleaned_data["file"])
    said = ngettext("%(n)s question added, %(changed)s changed.", "%(n)s questions added, %(changed)s changed.", added)
    words = {"n": count(added), "changed": count(changed)}
    messages.success(request, _("File imported"), said % words)
    return redirect(request.server.url("retrieval:set", chosen.pk))


@require_GET
@viewer
def export(request: DashboardRequest, set_id: int) -> HttpResponse:
    """The questions as CSV."""
    chosen = _set(request, set_id)
    rows = chosen.questions.values_list("text", "documents", "chunks")
    response = HttpResponse(question_csv.write(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(chosen.name) or "questions"}.csv"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def delete(request: DashboardRequest, set_id: int) -> HttpResponse:
    """Confirm (GET), and delete the set with its questions and runs (POST)."""
    chosen = _set(request, set_id, Role.CURATOR)
    questions, runs = chosen.questions.count(), chosen.runs.count()
    asked = Confirmation(
        title=_("Delete this question set?"),
        text=ngettext(
            "Its questions and the results of %(n)s run will be deleted. Nothing in RAGFlow changes.",
            "Its questions and the results of %(n)s runs will be deleted. Nothing in RAGFlow changes.",
            runs,
        )
        % {"n": count(runs)},
        things=[
            AffectedItem(
                visible(chosen.name),
                ngettext("%(n)s question", "%(n)s questions", questions) % {"n": count(questions)},
            )
        ],
        action=request.path,
        action_label=_("Delete set"),
        cancel_url=request.server.url("retrieval:set", chosen.pk),
    )
    if request.method != "POST":
        return confirmation.ask(request, asked)
    chosen.delete()
    messages.success(request, _("“%(name)s” deleted") % {"name": chosen.name})
    return confirmation.done(request, request.server.url("retrieval:sets"))


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def question(request: DashboardRequest, set_id: int, question_id: int) -> HttpResponse:
    """Edit a question, or remove it (``remove``)."""
    chosen = _set(request, set_id, Role.CURATOR)
    kept = get_object_or_404(chosen.questions, pk=question_id)
    url = request.server.url("retrieval:set", chosen.pk)
    if request.method == "POST" and "remove" in request.POST:
        kept.delete()
        messages.success(request, _("Question removed"))
        return redirect(url)
    initial = {"text": kept.text, "documents": "\n".join(kept.documents), "chunks": "\n".join(kept.chunks)}
    form = QuestionForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if changed := {name: form.cleaned_data[name] for name in form.changed_data}:
            SetQuestion.objects.filter(pk=kept.pk).update(**changed)
        return redirect(url)
    context = {"set": chosen, "question": kept, "form": form}
    return render(request, "retrieval/question_sets/question.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def add_case(request: DashboardRequest) -> HttpResponse:
    """Add a question of the lab and its expected hit to a set: ``?text=…&documents=…&chunks=…``."""
    known = request.rights.visible_sets(QuestionSet.objects.filter(server=request.server), Role.CURATOR)
    given = request.POST if request.method == "POST" else request.GET
    wanted = given.get("set", "")
    chosen = (
        known.filter(pk=int(wanted)).first() if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else None
    )
    error = ""
    form = QuestionForm(request.POST if request.method == "POST" else None, initial=request.GET.dict())
    if request.method == "POST":
        if chosen and form.is_valid():
            _add(request, chosen, form)
            return redirect(request.server.url("retrieval:set", chosen.pk))
        error = "" if chosen else _("Choose a question set.")
    context = {"form": form, "sets": known, "chosen": chosen or known.first(), "set_error": error}
    return render(request, "retrieval/lab/keep.html", context, status=422 if error or form.errors else 200)


def _add(request: DashboardRequest, chosen: QuestionSet, form: QuestionForm) -> None:
    given = form.cleaned_data
    if question_sets.add_case(chosen, given["text"], given["documents"], given["chunks"]):
        messages.success(request, _("Added to “%(name)s”") % {"name": chosen.name})
    else:
        messages.success(request, _("Question already in the set"), _("Its expected results were added."))


def _set(request: DashboardRequest, set_id: int, least: Role = Role.VIEWER) -> QuestionSet:
    sets = request.rights.visible_sets(QuestionSet.objects.filter(server=request.server), least)
    return get_object_or_404(sets, pk=set_id)


def _set_form(request: DashboardRequest, data: Any = None) -> SetForm:
    askable = form_choices.of(request.ragflow, request.server).askable
    initial = {"dataset": [askable[0].id]} if len(askable) == 1 else {}
    return SetForm(data, server=request.server, datasets=askable, initial=initial)


def _sets_page(request: DashboardRequest, form: SetForm, status: int = 200) -> HttpResponse:
    visible = request.rights.visible_sets(QuestionSet.objects.filter(server=request.server))
    known = visible.annotate(number=Count("questions"))
    last = [(one, one.runs.first()) for one in known]
    listed = [(one, scores.of_run(run) if run else None) for one, run in last]
    return render(request, "retrieval/question_sets/sets.html", {"sets": listed, "form": form}, status=status)


def _set_page(
    request: DashboardRequest,
    chosen: QuestionSet,
    *,
    question_form: QuestionForm | None = None,
    file_form: FileForm | None = None,
    status: int = 200,
) -> HttpResponse:
    listed = scores.of_set(chosen)
    offered = form_choices.of(request.ragflow, request.server)
    number = chosen.questions.count()
    page = PageRequest.read(request.GET)
    start = (page.number - 1) * page.size
    questions = list(chosen.questions.all()[start : start + page.size])
    # The settings for the next run: from the URL, else from the last run, else RAGFlow's defaults.
    uses_url = not listed or any(name in request.GET for name in DEFAULTS)
    given = request.GET if uses_url else QueryDict(as_query(listed[0].run.parameters))
    compares = request.GET.get("compare") == "1"
    settings_forms = [SettingsForm(given, models=offered.models)]
    if compares:
        settings_forms.append(SettingsForm(given, prefix="b", models=offered.models))
    context = {
        "set": chosen,
        "dataset_names": [offered.named(key) or f"{key[:8]}…" for key in chosen.dataset_ids],
        "questions": questions,
        "questions_total": number,
        "pager": Pager(page.number, page.size, len(questions), number),
        "scores": listed,
        "lines": scores.chart(listed),
        "running": next((score for score in reversed(listed) if score.run.ended_at is None), None),
        "compares": compares,
        "settings_forms": settings_forms,
        "defaults": DEFAULTS,
        "question_form": question_form or QuestionForm(),
        "file_form": file_form or FileForm(),
        "run_label": (
            ngettext("Run %(n)s question with A and with B", "Run %(n)s questions with A and with B", number)
            if compares
            else ngettext("Run %(n)s question", "Run %(n)s questions", number)
        )
        % {"n": count(number)},
    }
    return render(request, "retrieval/question_sets/set.html", context, status=status)
