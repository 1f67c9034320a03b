"""Follows the documents of a dataset while they are parsed, with one poll for all users.

A ``Watch`` row says when its dataset is due; ``watching.py`` decides that, and enqueues the polls. A poll takes a lease
on the row, asks RAGFlow for the running documents, looks up those that have ended, writes a snapshot into the shared
cache and schedules the next poll. Pages only read snapshots, so the upstream cost does not depend on the number of
users.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from dashboard.documents.parsing import runs, snapshot
from dashboard.documents.parsing.snapshot import Snapshot
from dashboard.jobs import faults, leases
from dashboard.jobs.leases import Lease, LeaseLost
from dashboard.models import Watch
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.paging import every_page
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Document, Page, RunStatus
from dashboard.servers.connection import connect_unattended

logger = logging.getLogger(__name__)

# RAGFlow 0.24 updates its own rows about every 6 s (contract §10.3).
SOON: Final = 2.0
WHILE_RUNNING: Final = 5.0
WHILE_STALLED: Final = 15.0
WHILE_LOOKED_AT: Final = 15.0
RETRY_DELAY: Final = 10.0
AFTER_REFUSAL: Final = 60.0
# How long a dataset counts as viewed after the last request.
LOOKED_AT: Final = 60.0
# The pause after a poll: this many times the duration of the poll, up to this many seconds.
RESTS: Final = 3.0
LONGEST_REST: Final = 300.0
COUNT_EVERY: Final = 60.0
PAGE: Final = 500
RECENT: Final = 100
LOOKUPS: Final = 50
ENDED: Final = (RunStatus.DONE, RunStatus.FAIL, RunStatus.CANCEL)


def due_watches() -> list[int]:
    """The ids of the due watches."""
    return list(leases.due(Watch.objects.all()).values_list("pk", flat=True)[:500])


def poll(watch_id: int) -> bool:
    """Poll a watch if it is due and unclaimed; returns whether this call polled it.

    Errors of RAGFlow are written into the snapshot, and the poll is repeated later. So are unexpected errors of our
    own, which would otherwise be repeated at every tick.
    """
    with leases.taken(Watch.objects.all(), watch_id, leases.OF_WATCH) as lease:
        if lease is None:
            return False
        watch = Watch.objects.select_related("server").get(pk=watch_id)
        if watch.woken:
            lease.renew(woken=False)
        began = time.monotonic()
        try:
            pause = _poll_claimed(watch, lease, began)
        except LeaseLost:
            return True
        _release(lease, None if pause is None else max(pause, _rest(began)))
    return True


def _rest(began: float) -> float:
    """The pause in seconds after a poll that began then."""
    return min((time.monotonic() - began) * RESTS, LONGEST_REST)


def _release(lease: Lease[Watch], pause: float | None) -> None:
    """Release the watch for this many seconds, or until the dataset is viewed.

    If a poll was requested meanwhile, it is due again at once: this poll may have been too early.
    """
    now = _now()
    lease.mine().filter(woken=True).update(next_at=now, claim="", claimed_until=None, woken=False)
    lease.release(None if pause is None else now + timedelta(seconds=pause))


def _poll_claimed(watch: Watch, lease: Lease[Watch], began: float) -> float | None:
    """One poll; returns the seconds until the next, or None if nothing is left to follow.

    Raises LeaseLost before anything is written: the current holder has newer data.
    """
    server, dataset_id = watch.server, watch.dataset_id
    before = snapshot.load(server, dataset_id)
    looked_at = watch.seen_at is not None and (_now() - watch.seen_at).total_seconds() < LOOKED_AT
    try:
        client = connect_unattended(server)
        found = _ask(client, dataset_id, before, runs.open_documents(server, dataset_id), count=watch.woken)
        after = snapshot.advance(before, time.time(), found.documents, found.gone, found.counts)
        if found.counted:
            after.counted_at = after.at
        after.next_in = _rest(began) + time.monotonic() - began
        with lease.writing():
            snapshot.save(server, dataset_id, after)
            runs.settle(server, dataset_id, {d.id: d.run for d in found.documents}, found.gone)
    except errors.NotFound:
        with lease.writing():
            snapshot.forget(server, dataset_id)
            runs.end_all(server, dataset_id)
            watch.delete()
        return None
    except errors.RAGFlowError as error:
        pause = AFTER_REFUSAL if isinstance(error, errors.Unauthorized) else RETRY_DELAY
        return _trouble(watch, lease, before, error.message, pause, looked_at)
    except (LeaseLost, *faults.OUTAGE):
        raise
    except Exception as error:
        # Catch everything here: otherwise the poll would be repeated for ever after each lease, without a message.
        logger.exception("Poll of %s on %s", dataset_id, server.slug)
        return _trouble(watch, lease, before, faults.described(error), AFTER_REFUSAL, looked_at)
    running = after.running
    if any(not entry.stalled for entry in running):
        return SOON if before is None or after.version != before.version else WHILE_RUNNING
    if running:
        return WHILE_STALLED
    return WHILE_LOOKED_AT if looked_at else None


class _Found:
    """The result of a poll: running and finished documents, ids of deleted ones, and counts by status."""

    def __init__(
        self, documents: Sequence[Document], gone: Sequence[str], counts: dict[str, int], *, counted: bool = False
    ) -> None:
        self.documents = documents
        self.gone = gone
        self.counts = counts
        self.counted = counted


def _ask(client: RAGFlow, dataset_id: str, before: Snapshot | None, started: frozenset[str], *, count: bool) -> _Found:
    """Ask RAGFlow: one request while the same documents run, a few in parallel when some started or ended.

    ``started`` are documents whose end is not recorded yet, even if they were never seen running; ``count`` says that
    the counts are outdated. Changes made elsewhere appear within a minute.
    """
    running = _running(client, dataset_id)
    known = {entry.id for entry in before.running} if before else set()
    left = (known | started) - running.keys()
    counted = before is not None and not count and time.time() - before.counted_at < COUNT_EVERY
    if before is not None and counted and not left and known == running.keys():
        return _Found(list(running.values()), (), before.counts)

    recent, ended = parallel(
        lambda: client.documents.list(dataset_id, page=1, page_size=RECENT, orderby="update_time", desc=True),
        lambda: _ended(client, dataset_id),
    )
    rest = (recent.total or 0) - sum(ended.values()) - len(running)
    counts = {state.value: number for state, number in ended.items()}
    counts |= {RunStatus.RUNNING.value: len(running), RunStatus.UNSTART.value: max(0, rest)}
    documents = dict(running)
    if before is None:
        newest = max((document.updated_at for document in recent if document.updated_at), default=None)
        for document in recent:
            lately = newest and document.updated_at and newest - document.updated_at < timedelta(minutes=2)
            if lately and document.run is not RunStatus.UNSTART:
                documents.setdefault(document.id, document)
    documents.update({document.id: document for document in recent if document.id in left})
    missing = sorted(left - documents.keys())
    gone = []
    # Rarely any: documents deleted since, or more than a hundred that ended between two polls.
    looked_up = parallel(*(_lookup(client, dataset_id, document_id) for document_id in missing[:LOOKUPS]))
    for document_id, found in zip(missing, looked_up, strict=False):
        if found is None:
            gone.append(document_id)
        else:
            documents[document_id] = found
    if before is not None:
        # Not looked up this time: counted as running, so that the next poll does.
        late = set(missing[LOOKUPS:])
        counts[RunStatus.RUNNING.value] += len(late & known)
    return _Found(list(documents.values()), gone, counts, counted=True)


def _ended(client: RAGFlow, dataset_id: str) -> dict[RunStatus, int]:
    """The number of documents in each status that ends a run of parsing."""
    if (counted := client.documents.counts(dataset_id)) is not None:
        return {state: counted[state] for state in ENDED}

    def total(state: RunStatus) -> int:
        return client.documents.list(dataset_id, page=1, page_size=1, run=(state,)).total or 0

    return dict(zip(ENDED, parallel(*(partial(total, state) for state in ENDED)), strict=True))


def _lookup(client: RAGFlow, dataset_id: str, document_id: str) -> Callable[[], Document | None]:
    def get() -> Document | None:
        try:
            return client.documents.get(dataset_id, document_id)
        except errors.NotFound:
            return None

    return get


def _running(client: RAGFlow, dataset_id: str) -> dict[str, Document]:
    """All running documents, oldest first so that new ones do not shift pages; one request per page."""
    size = client.documents.rows_at_once(PAGE)

    def page(number: int) -> Page[Document]:
        return client.documents.list(
            dataset_id, page=number, page_size=size, orderby="create_time", desc=False, run=(RunStatus.RUNNING,)
        )

    return {document.id: document for part in every_page(page) for document in part}


def _trouble(  # noqa: PLR0917
    watch: Watch, lease: Lease[Watch], before: Snapshot | None, message: str, pause: float, looked_at: bool
) -> float | None:
    """Record that RAGFlow was unavailable, so that pages say so instead of showing old figures as current."""
    logger.warning("Poll of %s on %s: %s", watch.dataset_id, watch.server.slug, message)
    if before is not None and not before.last_error:
        before.version = max(before.version + 1, int(time.time() * 1000))
        before.last_error, before.last_error_at = message, time.time()
        with lease.writing():
            snapshot.save(watch.server, watch.dataset_id, before)
    running = before is not None and bool(before.running)
    open_runs = bool(runs.open_documents(watch.server, watch.dataset_id))
    return pause if running or open_runs or looked_at else None


def _now() -> datetime:
    return datetime.now(UTC)
