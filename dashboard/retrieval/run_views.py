"""Runs of question sets: start, follow, stop, read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from dashboard.http import DashboardRequest, wants_fragment
from dashboard.models import QuestionResult, QuestionRun, QuestionSet
from dashboard.retrieval import runs, scores
from dashboard.retrieval.settings import as_query
from dashboard.retrieval.settings_form import SettingsForm
from dashboard.roles import curator, viewer
from dashboard.ui.paging import Pager, PageRequest


@dataclass(frozen=True)
class Line:
    """A question of a run; ``before`` is its rank in the run before, ``url`` asks it in the lab."""

    result: QuestionResult
    before: int | None
    is_compared: bool
    url: str

    @property
    def moved(self) -> int:
        """Places won against the run before, where both found it."""
        return self.before - self.result.rank if self.before and self.result.rank else 0


@require_POST
@curator
def start(request: DashboardRequest, set_id: int) -> HttpResponse:
    """Starts a run with the settings that were sent."""
    chosen = get_object_or_404(QuestionSet, server=request.server, pk=set_id)
    url = request.server.url("retrieval:set", chosen.pk)
    settings = SettingsForm(request.POST).settings()
    if settings is None:
        messages.error(request, _("Not started\nA setting has a wrong value."))
        return redirect(f"{url}?{_without_token(request.POST)}")
    if not chosen.questions.exists():
        messages.error(request, _("Not started\nThere is no question in the set yet."))
        return redirect(url)
    run = runs.start(chosen, request.user.get_username(), settings)
    if run is None:
        messages.error(request, _("Not started\nA run of this set is under way."))
        return redirect(url)
    return redirect(request.server.url("retrieval:run", chosen.pk, run.pk))


@require_GET
@viewer
def show(request: DashboardRequest, set_id: int, run_id: int) -> HttpResponse:
    """A run: how far it is, or what it found and missed. The part that moves asks for itself."""
    run = _run(request, set_id, run_id)
    follows = wants_fragment(request) and request.htmx.target == "run"
    if follows and run.ended_at is not None:
        return HttpResponseClientRefresh()
    score = scores.of_run(run)
    context: dict[str, Any] = {"set": run.question_set, "run": run, "score": score}
    if follows:
        return render(request, "retrieval/_run_progress.html", context)
    lines = _lines(request, run, score)
    page = PageRequest.read(request.GET)
    first = (page.number - 1) * page.size
    shown = lines[first : first + page.size]
    context |= {"lines": shown, "pager": Pager(page.number, page.size, len(shown), len(lines))}
    return render(request, "retrieval/run.html", context)


@require_POST
@curator
def stop(request: DashboardRequest, set_id: int, run_id: int) -> HttpResponse:
    """Ends a run after the question under way."""
    run = _run(request, set_id, run_id)
    if runs.stop(run):
        messages.success(request, _("The run is stopped"))
    return redirect(request.server.url("retrieval:run", set_id, run_id))


def _run(request: DashboardRequest, set_id: int, run_id: int) -> QuestionRun:
    known = QuestionRun.objects.select_related("question_set")
    return get_object_or_404(known, question_set__server=request.server, question_set=set_id, pk=run_id)


def _lines(request: DashboardRequest, run: QuestionRun, score: scores.Score) -> list[Line]:
    earlier = score.before.run if score.before else None
    before: dict[int | None, int | None] = (
        dict(earlier.results.filter(state=QuestionResult.State.ASKED).values_list("question_id", "rank"))
        if earlier
        else {}
    )
    lab = request.server.url("retrieval:lab")
    address = as_query(run.parameters)
    lines = []
    for result in run.results.all():
        asked = urlencode([("q", result.text), *(("dataset", key) for key in run.dataset_ids)])
        is_compared = result.question_id is not None and result.question_id in before
        lines.append(Line(result, before.get(result.question_id), is_compared, f"{lab}?{asked}&{address}"))
    # What went wrong first: failed, missed, then the lowest ranks.
    order = {QuestionResult.State.FAILED: 0, QuestionResult.State.ASKED: 1, QuestionResult.State.OPEN: 2}
    return sorted(
        lines, key=lambda line: (order[QuestionResult.State(line.result.state)], -(line.result.rank or 10_000))
    )


def _without_token(given: QueryDict) -> str:
    kept = given.copy()
    kept.pop("csrfmiddlewaretoken", None)
    return kept.urlencode()
