"""What beat has done: the safety tick, and deleting what is old. The other tasks stand beside the work that they do."""

from __future__ import annotations

from celery import shared_task

from dashboard.audit import retention
from dashboard.documents.parsing import progress
from dashboard.documents.parsing.watching import poll_watch
from dashboard.jobs import engine
from dashboard.jobs.engine import step_job
from dashboard.jobs.leases import STALE
from dashboard.retrieval.question_sets import runs
from dashboard.retrieval.question_sets.runs import work_on_run


@shared_task(expires=STALE)
def tick() -> None:
    """Send for whatever is due: what waited longer than a tick, and what a lost message or a killed worker left."""
    for task, due in (
        (step_job, engine.due_jobs),
        (poll_watch, progress.due_watches),
        (work_on_run, runs.due),
    ):
        for pk in due():
            task.apply_async((pk,))


@shared_task
def prune() -> None:
    """Delete what is older than it has to be kept."""
    retention.prune()
