"""Following the documents of a dataset while they are parsed: one poll for everybody who watches.

A ``Watch`` row says when its dataset is due. Beat ticks each second and enqueues those that are; the poll takes
hold of the row, asks RAGFlow for the documents that run, looks up those that no longer do, writes a snapshot into the
shared cache and says when it wants to come again. Pages read snapshots only, so that the cost upstream does not depend
on how many look.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from django.core.cache import cache

from dashboard.documents import runs, snapshot
from dashboard.documents.snapshot import Snapshot
from dashboard.models import Server, Watch
from dashboard.models.runs import WatchQuerySet
from dashboard.ragflow import RAGFlow, Timeouts, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Document, Page, RunStatus

logger = logging.getLogger(__name__)

# RAGFlow 0.24 brings its own rows up to date about every 6 s (contract §10.3).
SOON: Final = 2.0
WHILE_RUNNING: Final = 5.0
WHILE_STALLED: Final = 15.0
WHILE_LOOKED_AT: Final = 15.0
AFTER_TROUBLE: Final = 10.0
AFTER_REFUSAL: Final = 60.0
# Somebody looks: so long after their last sign, and noted at most this often.
LOOKED_AT: Final = 60.0
NOTE_LOOK_EVERY: Final = 20
# A poll's longest call must end before its hold on the watch does.
TIMEOUTS: Final = Timeouts(connect=3.0, read=10.0)
HOLD: Final = 15.0
COUNT_EVERY: Final = 60.0
PAGE: Final = 500
RECENT: Final = 100
LOOKUPS: Final = 50


def wake(server: Server, dataset_id: str) -> None:
    """Something was started here: have the dataset polled at the next tick."""
    now = _now()
    _, made = Watch.objects.get_or_create(
        server=server, dataset_id=dataset_id, defaults={"next_poll_at": now, "seen_at": now}
    )
    if not made:
        watch = Watch.objects.filter(server=server, dataset_id=dataset_id)
        if not watch.exclude(claimed_until__gt=now).update(next_poll_at=now, seen_at=now, woken=True):
            watch.update(seen_at=now, woken=True)


def look(server: Server, dataset_id: str) -> None:
    """A page shows the dataset, which is known to exist: keep it watched while somebody looks."""
    if cache.add(_looking_key(server, dataset_id), 1, NOTE_LOOK_EVERY):
        now = _now()
        watch, made = Watch.objects.get_or_create(
            server=server, dataset_id=dataset_id, defaults={"next_poll_at": now, "seen_at": now}
        )
        if not made:
            _look_on(Watch.objects.filter(pk=watch.pk), now)


def keep_looking(server: Server, dataset_id: str) -> None:
    """A page is still open. Makes no watch: who asks has not shown that the dataset exists."""
    if cache.add(_looking_key(server, dataset_id), 1, NOTE_LOOK_EVERY):
        _look_on(Watch.objects.filter(server=server, dataset_id=dataset_id), _now())


def _look_on(watch: WatchQuerySet, now: datetime) -> None:
    if not watch.filter(next_poll_at=None).update(seen_at=now, next_poll_at=now):
        watch.update(seen_at=now)


def _looking_key(server: Server, dataset_id: str) -> str:
    return f"{server.cache_key}:looking:{dataset_id}"


def due_watches() -> list[int]:
    """The ids of the watches that ought to be polled by now."""
    return list(Watch.objects.due(_now()).order_by("next_poll_at").values_list("pk", flat=True)[:500])


def poll(watch_id: int) -> bool:
    """Poll a watch if it is due and nobody else is at it; returns whether this call did.

    Trouble with RAGFlow is written into the snapshot, and the watch comes again later.
    """
    now = _now()
    until = now + timedelta(seconds=HOLD)
    if not Watch.objects.claim(watch_id, now, until):
        return False
    watch = Watch.objects.select_related("server").get(pk=watch_id)
    if watch.woken:
        Watch.objects.filter(pk=watch_id).update(woken=False)
    pause = _poll_claimed(watch, until)
    now = _now()
    Watch.objects.release(watch_id, until, None if pause is None else now + timedelta(seconds=pause), now)
    return True


def _poll_claimed(watch: Watch, until: datetime) -> float | None:
    """One poll; returns the seconds until the next, or None when there is nothing to follow any more."""
    server, dataset_id = watch.server, watch.dataset_id
    before = snapshot.load(server, dataset_id)
    client = RAGFlow(server.base_url, server.api_key, verify=server.verify_tls, timeouts=TIMEOUTS)
    looked_at = watch.seen_at is not None and (_now() - watch.seen_at).total_seconds() < LOOKED_AT
    try:
        found = _ask(client, dataset_id, before, runs.open_documents(server, dataset_id), count=watch.woken)
    except errors.NotFound:
        snapshot.forget(server, dataset_id)
        runs.end_all(server, dataset_id)
        watch.delete()
        return None
    except errors.Unauthorized as error:
        return _trouble(watch, before, error, AFTER_REFUSAL, looked_at)
    except errors.RAGFlowError as error:
        return _trouble(watch, before, error, AFTER_TROUBLE, looked_at)
    if _now() >= until:
        # Too slow: somebody else may hold the watch by now, and what they saw is newer.
        return SOON
    after = snapshot.advance(before, time.time(), found.documents, found.gone, found.counts)
    if found.counted:
        after.counted_at = after.at
    snapshot.save(server, dataset_id, after)
    runs.settle(server, dataset_id, {d.id: d.run for d in found.documents}, found.gone)
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


def _trouble(
    watch: Watch, before: Snapshot | None, error: errors.RAGFlowError, pause: float, looked_at: bool
) -> float | None:
    """Note that RAGFlow could not be asked; pages say so instead of showing old figures as new ones."""
    logger.warning("Poll of %s on %s: %s", watch.dataset_id, watch.server.slug, error.message)
    if before is not None and not before.trouble:
        before.version = max(before.version + 1, int(time.time() * 1000))
        before.trouble, before.trouble_at = error.message, time.time()
        snapshot.save(watch.server, watch.dataset_id, before)
    running = before is not None and bool(before.running)
    open_runs = bool(runs.open_documents(watch.server, watch.dataset_id))
    return pause if running or open_runs or looked_at else None


def _now() -> datetime:
    return datetime.now(UTC)
