"""Following the documents of a dataset while they are parsed: one poll for everybody who watches.

A ``Watch`` row says when its dataset is due; who has that changed, and who sends for the poll, is ``watching.py``. The
poll takes hold of the row, asks RAGFlow for the documents that run, looks up those that no longer do, writes a snapshot
into the shared cache and says when it wants to come again. Pages read snapshots only, so that the cost upstream does
not depend on how many look.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from dashboard.documents.parsing import runs, snapshot
from dashboard.documents.parsing.snapshot import Snapshot
from dashboard.jobs import faults, leases
from dashboard.jobs.leases import Lease, LeaseLost
from dashboard.models import Watch
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Document, Page, RunStatus
from dashboard.servers.connection import connect

logger = logging.getLogger(__name__)

# RAGFlow 0.24 brings its own rows up to date about every 6 s (contract §10.3).
SOON: Final = 2.0
WHILE_RUNNING: Final = 5.0
WHILE_STALLED: Final = 15.0
WHILE_LOOKED_AT: Final = 15.0
AFTER_TROUBLE: Final = 10.0
AFTER_REFUSAL: Final = 60.0
# Somebody looks: so long after their last sign.
LOOKED_AT: Final = 60.0
# After a poll the server rests for so many times as long as it took to answer, up to so many seconds.
RESTS: Final = 3.0
LONGEST_REST: Final = 300.0
# The watch of a worker that is gone is free after so many seconds; a poll that takes longer renews its lease.
LEASE: Final = 60.0
COUNT_EVERY: Final = 60.0
PAGE: Final = 500
RECENT: Final = 100
LOOKUPS: Final = 50


def due_watches() -> list[int]:
    """The ids of the watches that ought to be polled by now."""
    return list(leases.due(Watch.objects.all()).values_list("pk", flat=True)[:500])


def poll(watch_id: int) -> bool:
    """Poll a watch if it is due and nobody else is at it; returns whether this call did.

    Trouble with RAGFlow is written into the snapshot, and the watch comes again later. So it is with a mistake of our
    own, which would otherwise come again with each tick.
    """
    with leases.taken(Watch.objects.all(), watch_id, LEASE) as lease:
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
    """Seconds to leave the server alone after a poll that began then."""
    return min((time.monotonic() - began) * RESTS, LONGEST_REST)


def _release(lease: Lease[Watch], pause: float | None) -> None:
    """Give the watch back for so many seconds, or until somebody looks.

    One that was woken during the poll is due again at once: the poll may have looked a moment too early.
    """
    now = _now()
    lease.mine().filter(woken=True).update(next_at=now, claim="", claimed_until=None, woken=False)
    lease.release(None if pause is None else now + timedelta(seconds=pause))


def _poll_claimed(watch: Watch, lease: Lease[Watch], began: float) -> float | None:
    """One poll; returns the seconds until the next, or None when there is nothing to follow any more.

    Raises LeaseLost, with nothing written: whoever has the watch by now saw something newer.
    """
    server, dataset_id = watch.server, watch.dataset_id
    before = snapshot.load(server, dataset_id)
    looked_at = watch.seen_at is not None and (_now() - watch.seen_at).total_seconds() < LOOKED_AT
    try:
        client = connect(server, None)
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
        pause = AFTER_REFUSAL if isinstance(error, errors.Unauthorized) else AFTER_TROUBLE
        return _trouble(watch, lease, before, error.message, pause, looked_at)
    except (LeaseLost, *faults.OUTAGE):
        raise
    except Exception as error:
        # The outer edge of a poll: else the watch comes again as soon as the lease ends, for ever, and nobody is told.
        logger.exception("Poll of %s on %s", dataset_id, server.slug)
        return _trouble(watch, lease, before, faults.described(error), AFTER_REFUSAL, looked_at)
    running = after.running
    if any(not entry.stalled for entry in running):
        return SOON if before is None or after.version != before.version else WHILE_RUNNING
    if running:
        return WHILE_STALLED
    return WHILE_LOOKED_AT if looked_at else None


class _Found:
    """What one poll learned: documents that run or ran, ids that are gone, and how many are in which state."""

    def __init__(
        self, documents: Sequence[Document], gone: Sequence[str], counts: dict[str, int], *, counted: bool = False
    ) -> None:
        self.documents = documents
        self.gone = gone
        self.counts = counts
        self.counted = counted


def _ask(client: RAGFlow, dataset_id: str, before: Snapshot | None, started: frozenset[str], *, count: bool) -> _Found:
    """One request while the same documents run; a handful in parallel when some began or ended.

    ``started`` are documents whose end has still to be noted, even when they were never seen running; ``count`` says
    that the counts are known to be old. Changes made elsewhere show within a minute.
    """
    running = _running(client, dataset_id)
    known = {entry.id for entry in before.running} if before else set()
    left = (known | started) - running.keys()
    counted = before is not None and not count and time.time() - before.counted_at < COUNT_EVERY
    if before is not None and counted and not left and known == running.keys():
        return _Found(list(running.values()), (), before.counts)

    def total(*run: RunStatus) -> int:
        return client.documents.list(dataset_id, page=1, page_size=1, run=run).total or 0

    recent, parsed, failed, cancelled = parallel(
        lambda: client.documents.list(dataset_id, page=1, page_size=RECENT, orderby="update_time", desc=True),
        lambda: total(RunStatus.DONE),
        lambda: total(RunStatus.FAIL),
        lambda: total(RunStatus.CANCEL),
    )
    everything = recent.total or 0
    counts = {
        RunStatus.RUNNING.value: len(running),
        RunStatus.DONE.value: parsed,
        RunStatus.FAIL.value: failed,
        RunStatus.CANCEL.value: cancelled,
        RunStatus.UNSTART.value: max(0, everything - parsed - failed - cancelled - len(running)),
    }
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
    # Rarely any: documents deleted meanwhile, or more than a hundred that ended between two polls.
    looked_up = parallel(*(_lookup(client, dataset_id, document_id) for document_id in missing[:LOOKUPS]))
    for document_id, found in zip(missing, looked_up, strict=False):
        if found is None:
            gone.append(document_id)
        else:
            documents[document_id] = found
    if before is not None:
        # Not looked up this time: still counted as running, so that the next poll does.
        late = set(missing[LOOKUPS:])
        counts[RunStatus.RUNNING.value] += len(late & known)
    return _Found(list(documents.values()), gone, counts, counted=True)


def _lookup(client: RAGFlow, dataset_id: str, document_id: str) -> Callable[[], Document | None]:
    def get() -> Document | None:
        try:
            return client.documents.get(dataset_id, document_id)
        except errors.NotFound:
            return None

    return get


def _running(client: RAGFlow, dataset_id: str) -> dict[str, Document]:
    """All documents that run, oldest first so that new ones do not move the pages; one request up to 500 of them."""

    def page(number: int) -> Page[Document]:
        return client.documents.list(
            dataset_id, page=number, page_size=PAGE, orderby="create_time", desc=False, run=(RunStatus.RUNNING,)
        )

    first = page(1)
    found = {document.id: document for document in first}
    for number in range(2, (first.pages or 1) + 1):
        found.update({document.id: document for document in page(number)})
    return found


def _trouble(  # noqa: PLR0917
    watch: Watch, lease: Lease[Watch], before: Snapshot | None, message: str, pause: float, looked_at: bool
) -> float | None:
    """Note that RAGFlow could not be asked; pages say so instead of showing old figures as new ones."""
    logger.warning("Poll of %s on %s: %s", watch.dataset_id, watch.server.slug, message)
    if before is not None and not before.trouble:
        before.version = max(before.version + 1, int(time.time() * 1000))
        before.trouble, before.trouble_at = message, time.time()
        with lease.writing():
            snapshot.save(watch.server, watch.dataset_id, before)
    running = before is not None and bool(before.running)
    open_runs = bool(runs.open_documents(watch.server, watch.dataset_id))
    return pause if running or open_runs or looked_at else None


def _now() -> datetime:
    return datetime.now(UTC)
