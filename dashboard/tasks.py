"""The tasks that beat sends: the safety tick and the deletion of old records. Other tasks are beside what they run."""

from __future__ import annotations

from celery import shared_task

from dashboard.assistants.trial import scratch
from dashboard.assistants.trial.scratch import remove_trial
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
    """Enqueue all rows that are due: those that wait longer than a tick, and those of lost messages or dead workers."""
    for task, due in (
        (step_job, engine.due_jobs),
        (poll_watch, progress.due_watches),
        (work_on_run, runs.due),
        (remove_trial, scratch.due),
    ):
        for pk in due():
            task.apply_async((pk,))


@shared_task
def prune() -> None:
    """Delete records past their retention period."""
    retention.prune()
