"""Acts as the worker in the test's own process, without messages and pauses."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

from django.test import Client

from dashboard.documents.parsing import progress
from dashboard.jobs import engine
from dashboard.models import Job, JobItem, Watch
from dashboard.ragflow import RAGFlow
from tests.support.processes.waiting import wait_until

_TAGS = re.compile(r"<[^>]+>")


def work() -> Job:
    """Steps all jobs until none is due; returns the last job that was started."""
    while due := engine.due_jobs():
        for job_id in due:
            engine.step(job_id)
    return Job.objects.latest("pk")


def work_to_the_end() -> Job:
    """Finishes all jobs, including postponed items; returns the last job that was started."""
    while Job.objects.filter(ended_at=None).exists():
        JobItem.objects.update(not_before=None)
        Job.objects.filter(ended_at=None).update(next_at=datetime.now(UTC))
        work()
    return Job.objects.latest("pk")


def told(client: Client, job: Job) -> str:
    """The current text of the job's toast, without tags."""
    answer = client.get(job.server.url("activity:toast", job.pk))
    assert answer.status_code == 200
    return " ".join(html.unescape(_TAGS.sub(" ", answer.content.decode())).split())


def go_on(ragflow: RAGFlow, new_id: str) -> None:
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
