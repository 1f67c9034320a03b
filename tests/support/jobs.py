"""Acts as worker and beat, without waiting."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.documents.parsing import progress
from dashboard.jobs import engine
from dashboard.models import Job, JobItem, Watch
from tests.support.waiting import wait_until


def work_on():
    """Finishes all jobs, without pauses."""
    while Job.objects.filter(ended_at=None).exists():
        JobItem.objects.update(not_before=None)
        Job.objects.filter(ended_at=None).update(next_at=datetime.now(UTC))
        for job in engine.due_jobs():
            engine.step(job)


def go_on(ragflow, new_id):
    """Waits until the new document is parsed, then polls and finishes all jobs."""
    dataset_id = Watch.objects.get().dataset_id
    wait_until(lambda: ragflow.documents.get(dataset_id, new_id).run not in ("RUNNING", "UNSTART"))
    for _ in range(4):
        for watch in Watch.objects.all():
            Watch.objects.filter(pk=watch.pk).update(next_at=datetime.now(UTC), claimed_until=None)
            progress.poll(watch.pk)
        JobItem.objects.update(not_before=None)
        Job.objects.filter(ended_at=None).update(next_at=datetime.now(UTC), claimed_until=None)
        for job in engine.due_jobs():
            engine.step(job)
