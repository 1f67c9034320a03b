"""Celery tasks: each takes ids and calls the area that does the work."""

from __future__ import annotations

from celery import shared_task

from dashboard.audit import retention
from dashboard.documents.parsing import progress
from dashboard.jobs import engine
from dashboard.retrieval.question_sets import runs

# Messages expire if no worker takes them in time: the next tick sends another one.
STALE = 5


@shared_task
def poll_due_watches() -> None:
    """Beat's tick: enqueue a poll for every watch that is due."""
    for watch_id in progress.due_watches():
        poll_watch.apply_async((watch_id,), expires=STALE)


@shared_task
def poll_watch(watch_id: int) -> None:
    """One poll of one watched dataset."""
    progress.poll(watch_id)


@shared_task
def work_on_question_runs() -> None:
    """Beat's tick: enqueue every run of a question set that is due."""
    for run_id in runs.due():
        work_on_question_run.apply_async((run_id,), expires=STALE)


@shared_task
def work_on_question_run(run_id: int) -> None:
    """Work on one run for a time slice."""
    runs.work(run_id)


@shared_task
def step_due_jobs() -> None:
    """Beat's tick: enqueue a step for the jobs that are due."""
    for job_id in engine.due_jobs():
        step_job.apply_async((job_id,), expires=STALE)


@shared_task
def step_job(job_id: int) -> None:
    """Work on one job for some seconds."""
    engine.step(job_id)


@shared_task
def prune() -> None:
    """Delete records past their retention period."""
    retention.prune()
