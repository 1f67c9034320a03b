"""What the worker does, in the test's own process: no message is sent, and nobody waits for a pause."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

from django.test import Client

from dashboard.jobs import engine
from dashboard.models import Job, JobItem

_TAGS = re.compile(r"<[^>]+>")


def work() -> Job:
    """Steps all jobs until none is due any more; returns the one that was started last."""
    while due := engine.due_jobs():
        for job_id in due:
            engine.step(job_id)
    return Job.objects.latest("pk")


def work_to_the_end() -> Job:
    """Finishes all jobs, also what was put off; returns the one that was started last."""
    while Job.objects.filter(ended_at=None).exists():
        JobItem.objects.update(not_before=None)
        Job.objects.filter(ended_at=None).update(next_at=datetime.now(UTC))
        work()
    return Job.objects.latest("pk")


def told(client: Client, job: Job) -> str:
    """What the job's toast says by now, as text without tags."""
    answer = client.get(job.server.url("activity:toast", job.pk))
    assert answer.status_code == 200
    return " ".join(html.unescape(_TAGS.sub(" ", answer.content.decode())).split())
