"""Two runs of a question set side by side."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from dashboard.core.paging import Pager, PageRequest
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import viewer
from dashboard.models import QuestionRun, QuestionSet
from dashboard.retrieval.question_sets import comparing, scores


@require_GET
@viewer
def compare(request: DashboardRequest, set_id: int) -> HttpResponse:
    """The runs ``?a=`` and ``?b=``: their scores, and the questions filtered by ``show``. Polls while they run."""
    chosen = get_object_or_404(
        request.rights.visible_sets(QuestionSet.objects.filter(server=request.server)), pk=set_id
    )
    first, second = _run(chosen, request.GET.get("a", "")), _run(chosen, request.GET.get("b", ""))
    ended = first.ended_at is not None and second.ended_at is not None
    one, other = scores.of_pair(first, second)
    context = {"set": chosen, "one": one, "other": other, "address": request.get_full_path()}
    if wants_fragment(request) and request.htmx.target == "pair":
        return (
            HttpResponseClientRefresh()
            if ended
            else render(request, "retrieval/question_sets/_pair_progress.html", context)
        )
    found = comparing.pairs(first, second)
    counts = comparing.counts(found)
    show = request.GET.get("show", "")
    if show not in comparing.SHOWS:
        show = "moved" if counts["moved"] else "all"
    kept = comparing.shown(found, show)
    page = PageRequest.read(request.GET)
    start = (page.number - 1) * page.size
    pairs = kept[start : start + page.size]
    context |= {
        "ended": ended,
        "pairs": pairs,
        "counts": counts,
        "shows": [(key, words, counts[key]) for key, words in comparing.SHOWS.items() if counts[key] or key == "all"],
        "show": show,
        "pager": Pager(page.number, page.size, len(pairs), len(kept)),
        "columns": [("A", one, one.chips_against(one)), ("B", other, other.chips_against(one))],
        "others": chosen.runs.exclude(pk__in=(first.pk, second.pk)).exclude(ended_at=None)[: scores.LISTED],
    }
    return render(request, "retrieval/question_sets/compare.html", context)


def _run(chosen: QuestionSet, number: str) -> QuestionRun:
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Http404(_("Choose two runs to compare: ?a= and ?b=."))
    return get_object_or_404(chosen.runs, pk=int(number))
