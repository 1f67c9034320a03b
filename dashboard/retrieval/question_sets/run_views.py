"""Runs of question sets: start, follow, stop, export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from dashboard.core.access.rights import Role
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator, viewer
from dashboard.models import QuestionResult, QuestionRun, QuestionSet
from dashboard.retrieval.question_sets import question_csv, runs, scores
from dashboard.retrieval.settings import as_query
from dashboard.retrieval.settings_form import SettingsForm


@dataclass(frozen=True)
class Line:
    """A question of a run. ``before`` is its rank in the previous run; ``url`` opens it in the lab."""

    result: QuestionResult
    before: int | None
    is_compared: bool
    url: str

    @property
    def moved(self) -> int:
        """Ranks gained since the previous run, if both found it."""
        return self.before - self.result.rank if self.before and self.result.rank else 0

    @property
    def is_asked(self) -> bool:
        return self.result.state == QuestionResult.State.ASKED

    @property
    def is_missed(self) -> bool:
        return self.is_asked and not self.result.rank

    @property
    def is_better(self) -> bool:
        """Whether it ranks higher than in the previous run, or was missed there."""
        return self.moved > 0 or bool(self.is_compared and self.result.rank and not self.before)

    @property
    def is_worse(self) -> bool:
        return self.moved < 0 or bool(self.is_missed and self.before)

    @property
    def word(self) -> str:
        """``missed``, ``failed``, ``waiting`` or ``found``, for the CSV file."""
        if self.is_asked:
            return "missed" if self.is_missed else "found"
        return "failed" if self.result.state == QuestionResult.State.FAILED else "waiting"


SHOWS: Final[dict[str, Callable[[Line], bool]]] = {
    "missed": lambda line: line.is_missed,
    "failed": lambda line: line.word == "failed",
    "worse": lambda line: line.is_worse,
    "better": lambda line: line.is_better,
}
WORDS: Final = {
    "missed": _lazy("Missed"),
    "failed": _lazy("Failed"),
    "worse": _lazy("Worse than before"),
    "better": _lazy("Better than before"),
}


@require_POST
@curator
def start(request: DashboardRequest, set_id: int) -> HttpResponse:
    """Start a run with the posted settings; with ``compare=1``, one run per side."""
    sets = request.rights.visible_sets(QuestionSet.objects.filter(server=request.server), Role.CURATOR)
    chosen = get_object_or_404(sets, pk=set_id)
    url = request.server.url("retrieval:set", chosen.pk)
    settings = SettingsForm(request.POST).settings()
    compares = request.POST.get("compare") == "1"
    second = SettingsForm(request.POST, prefix="b").settings() if compares else None
    if settings is None or (compares and second is None):
        messages.error(request, _("Run not started"), _("A setting has an invalid value."))
        return redirect(f"{url}?{_without_token(request.POST)}")
    if not chosen.questions.exists():
        messages.error(request, _("Run not started"), _("The set has no questions yet."))
        return redirect(url)
    if second is not None:
        pair = runs.start_pair(chosen, request.user, settings, second)
        if pair is not None:
            return redirect(f"{request.server.url('retrieval:compare', chosen.pk)}?a={pair[0].pk}&b={pair[1].pk}")
        run = None
    else:
        run = runs.start(chosen, request.user, settings)
    if run is None:
        messages.error(request, _("Run not started"), _("Another run of this set is in progress."))
        return redirect(url)
    return redirect(request.server.url("retrieval:run", chosen.pk, run.pk))


@require_GET
@viewer
def show(request: DashboardRequest, set_id: int, run_id: int) -> HttpResponse:
    """A run: its progress, or what it found and missed. The progress part polls."""
    run = _run(request, set_id, run_id)
    follows = wants_fragment(request) and request.htmx.target == "run"
    if follows and run.ended_at is not None:
        return HttpResponseClientRefresh()
    score = scores.of_run(run)
    context: dict[str, Any] = {"set": run.question_set, "run": run, "score": score}
    if follows:
        return render(request, "retrieval/question_sets/_run_progress.html", context)
    lines = _lines(request, run, score)
    counts = {name: sum(map(fits, lines)) for name, fits in SHOWS.items()}
    show = request.GET.get("show", "")
    kept = [line for line in lines if SHOWS[show](line)] if show in SHOWS else lines
    page = PageRequest.read(request.GET)
    first = (page.number - 1) * page.size
    shown = kept[first : first + page.size]
    context |= {
        "lines": shown,
        "pager": Pager(page.number, page.size, len(shown), len(kept)),
        "show": show if show in SHOWS else "",
        "shows": [(name, WORDS[name], number) for name, number in counts.items() if number],
        "total": len(lines),
        "others": run.question_set.runs.exclude(pk=run.pk).exclude(ended_at=None)[: scores.LISTED],
        "pair": run.after or run.followers.first(),
    }
    return render(request, "retrieval/question_sets/run.html", context)


@require_GET
@viewer
def export(request: DashboardRequest, set_id: int, run_id: int) -> HttpResponse:
    """The result of every question, as CSV."""
    run = _run(request, set_id, run_id)
    lines = _lines(request, run, scores.of_run(run))
    rows = [
        (line.result.text, line.result.documents, line.result.chunks, line.word, line.result.rank, line.before)
        for line in lines
    ]
    response = HttpResponse(question_csv.write_results(rows), content_type="text/csv; charset=utf-8")
    name = f"{slugify(run.question_set.name) or 'questions'} {run.started_at:%Y-%m-%d %H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@curator
def stop(request: DashboardRequest, set_id: int, run_id: int) -> HttpResponse:
    """Stop a run after the current question."""
    run = _run(request, set_id, run_id, Role.CURATOR)
    if runs.stop(run):
        messages.success(request, _("Run stopped"))
    return redirect(request.server.url("retrieval:run", set_id, run_id))


def _run(request: DashboardRequest, set_id: int, run_id: int, least: Role = Role.VIEWER) -> QuestionRun:
    sets = request.rights.visible_sets(QuestionSet.objects.filter(server=request.server, pk=set_id), least)
    return get_object_or_404(QuestionRun.objects.select_related("question_set"), question_set__in=sets, pk=run_id)


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
    # Problems first: failed, missed, then the lowest ranks.
    order = {QuestionResult.State.FAILED: 0, QuestionResult.State.ASKED: 1, QuestionResult.State.OPEN: 2}
    return sorted(
        lines, key=lambda line: (order[QuestionResult.State(line.result.state)], -(line.result.rank or 10_000))
    )


def _without_token(given: QueryDict) -> str:
    kept = given.copy()
    kept.pop("csrfmiddlewaretoken", None)
    return kept.urlencode()
