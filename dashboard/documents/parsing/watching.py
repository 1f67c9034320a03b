"""Decides when a dataset is polled: when a page shows it, and after its documents were changed.

Each poll enqueues the next one while a page shows the dataset or documents are running. The safety tick enqueues lost
polls (``dashboard/tasks.py``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.dispatch import receiver

from dashboard.core.web import once
from dashboard.documents.parsing import progress
from dashboard.jobs import leases
from dashboard.jobs.signals import documents_changed
from dashboard.models import Server, Watch
from dashboard.models.runs import WatchQuerySet

# Views of a dataset are stored at most this often, in seconds.
NOTE_LOOK_EVERY: Final = 20
# Seconds until a requested poll. Requests made in this time share the poll.
GATHER: Final = 1


@leases.row_task
def poll_watch(watch_id: int) -> None:
    """Poll one watched dataset and enqueue the next poll."""
    if progress.poll(watch_id):
        leases.go_on(poll_watch, Watch.objects.all(), watch_id)


@receiver(documents_changed)
def _job_changed_documents(server: Server, dataset_id: str, **_signal: Any) -> None:
    request_poll(server, dataset_id)


def request_poll(server: Server, dataset_id: str) -> None:
    """Have the dataset polled in a moment, after something was started here. Frequent requests share a poll."""
    now = _now()
    watch, made = Watch.objects.get_or_create(
        server=server, dataset_id=dataset_id, defaults={"next_at": now, "seen_at": now}
    )
    if not made:
        Watch.objects.filter(pk=watch.pk).update(next_at=now, seen_at=now, woken=True)
    if once.first(f"{server.cache_key}:poll:{dataset_id}", GATHER):
        poll_watch.apply_async_on_commit((watch.pk,), countdown=GATHER, expires=GATHER + leases.STALE)


def mark_viewed(server: Server, dataset_id: str) -> None:
    """Watch the dataset while a page shows it. The dataset must be known to exist."""
    if once.first(_looking_key(server, dataset_id), NOTE_LOOK_EVERY):
        now = _now()
        watch, made = Watch.objects.get_or_create(
            server=server, dataset_id=dataset_id, defaults={"next_at": now, "seen_at": now}
        )
        if made:
            poll_watch.delay_on_commit(watch.pk)
        else:
            _look_on(Watch.objects.filter(pk=watch.pk), now)


def extend_view(server: Server, dataset_id: str) -> None:
    """Keep watching while a page is open. Creates no watch, since the dataset may not exist."""
    if once.first(_looking_key(server, dataset_id), NOTE_LOOK_EVERY):
        _look_on(Watch.objects.filter(server=server, dataset_id=dataset_id), _now())


def _look_on(watch: WatchQuerySet, now: datetime) -> None:
    if not watch.filter(next_at=None).update(seen_at=now, next_at=now):
        watch.update(seen_at=now)
        return
    for pk in watch.values_list("pk", flat=True):
        poll_watch.delay_on_commit(pk)


def _looking_key(server: Server, dataset_id: str) -> str:
    return f"{server.cache_key}:looking:{dataset_id}"


def _now() -> datetime:
    return datetime.now(UTC)
