"""Undoing a job that changed metadata."""

from __future__ import annotations

from dashboard.metadata.csv import sheet
from dashboard.metadata.job_actions import KEY
from dashboard.models import Job, JobItem, Server

State = JobItem.State
TOUCHED = (State.STARTED, State.DONE, State.FAILED)


def job_of(server: Server, dataset_id: str, job_id: int) -> Job | None:
    """The job with that number if it changed metadata of the dataset, else None."""
    return Job.objects.filter(server=server, dataset_id=dataset_id, action=KEY, pk=job_id).first()


def file_of(job: Job) -> str:
    """An importable file with the previous metadata of every document that the job touched.

    Failed documents are included: their state is unknown, and importing does not touch unchanged values.
    """
    items = job.items.filter(state__in=TOUCHED).order_by("pk").values_list("document_id", "name", "payload")
    return sheet.write_exact(
        [
            sheet.Kept(
                document_id, name, frozenset(payload["before"].keys() | payload["after"].keys()), payload["before"]
            )
            for document_id, name, payload in items
        ]
    )
