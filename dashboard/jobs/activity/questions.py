"""Evaluations (runs of question sets) as rows of Activity."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from dashboard.core import formatting
from dashboard.jobs.activity.events import Event, thin_bar, took
from dashboard.models import QuestionResult, QuestionRun, Server

State = QuestionResult.State


def events(server: Server, pks: Sequence[int]) -> dict[int, Event]:
    """The rows of these runs by primary key, in two queries."""
    counted = QuestionRun.objects.select_related("question_set").annotate(
        total=Count("results"),
        asked=Count("results", filter=Q(results__state=State.ASKED)),
        found=Count("results", filter=Q(results__state=State.ASKED, results__rank__isnull=False)),
        failed=Count("results", filter=Q(results__state=State.FAILED)),
    )
    return {run.pk: _event(server, run) for run in counted.filter(pk__in=pks)}


def _event(server: Server, run: QuestionRun) -> Event:
    total, asked, found, failed = (getattr(run, name) for name in ("total", "asked", "found", "failed"))
    number = formatting.count
    facts = [(_("%(n)s of %(total)s asked") % {"n": number(asked), "total": number(total)}, "")]
    if asked:
        facts.append((_("%(n)s with a correct hit") % {"n": number(found)}, ""))
    if failed:
        facts.append((_("%(n)s failed") % {"n": number(failed)}, "ra-bad"))
    if run.state == QuestionRun.State.STOPPED:
        facts.append((_("cancelled"), "ra-warn"))
    if run.state == QuestionRun.State.WAITING:
        facts.append((_("waiting for the previous run"), ""))
    running = run.ended_at is None
    what = _("Evaluation")
    return Event(
        url=server.url("retrieval:run", run.question_set_id, run.pk),
        icon="list-check",
        what=what,
        dataset=formatting.visible(run.question_set.name),
        dataset_url=server.url("retrieval:set", run.question_set_id),
        who=run.username,
        started_at=run.started_at,
        took=took(run.started_at, run.ended_at),
        running=running,
        stopping=False,
        facts=tuple(facts),
        bar=thin_bar(what, {"done": asked, "fail": failed, "todo": total - asked - failed}),
        last_error=run.last_error if running else "",
        retry=0,
        retry_url="",
        stop_url=server.url("retrieval:run-stop", run.question_set_id, run.pk) if running else "",
    )
