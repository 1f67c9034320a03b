"""Looks up the documents of a job many at a time, just before they are processed."""

from __future__ import annotations

from typing import Final

from dashboard.jobs import items
from dashboard.jobs.registry import Action
from dashboard.models import Job, JobItem
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document

State = JobItem.State
# The most documents that one list call returns. Fewer than ``FEW`` are looked up one by one.
AT_ONCE: Final = 100
FEW: Final = 4


class Lookahead:
    """The next documents of a job, looked up within one step, so that none is older than the step."""

    def __init__(self, job: Job, action: Action, client: RAGFlow) -> None:
        self._job, self._action, self._client = job, action, client
        self._seen: dict[str, Document] = {}
        self._pays = not action.targets_chunks

    def document(self, item: JobItem) -> Document | None:
        """The current document of an item; None if it must be looked up individually, or not at all.

        A document is returned only once: a second request wants to know what has changed.
        """
        if item.state == State.STARTED or not items.must_be_seen(self._action, self._job, item):
            return None
        if item.document_id not in self._seen and self._pays:
            self._look(item)
        return self._seen.pop(item.document_id, None)

    def _look(self, item: JobItem) -> None:
        """Make one call for this item and those after it. On a server that cannot filter by ids, the page is a guess.

        The guess assumes that the job includes all documents of the dataset, or that they leave the run status that it
        requires. A guess that finds less than half of them is not repeated in this step.
        """
        run = self._action.run_wanted(self._job.options)
        page, place = (0, 0) if run else divmod(self._job.items.filter(pk__lt=item.pk).count(), AT_ONCE)
        ahead = self._job.items.filter(state=State.WAITING, pk__gte=item.pk).order_by("pk")
        ids = list(ahead.values_list("document_id", flat=True)[: AT_ONCE - place])
        if len(ids) < FEW:
            return
        self._seen = self._client.documents.some(self._job.dataset_id, ids, page=page + 1, run=run)
        self._pays = 2 * len(self._seen) >= len(ids)
