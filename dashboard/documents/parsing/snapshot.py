"""The result of the last poll of a dataset, kept in the shared cache. The poller writes it, every page reads it.

``version`` grows with every change, and each entry has the version of its last change, so that a page at version 17
gets only the rows that changed since.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import msgspec
from django.conf import settings
from django.core.cache import cache

from dashboard.documents.parsing.entries import Entry
from dashboard.models import Server
from dashboard.ragflow.types import Document, RunStatus

KEEP = 24 * 3600
# The most changes kept for pages that were suspended; with more, they reload the table.
LEFT_KEPT = 300
FINISHES_KEPT = 200
RATE_WINDOW = 15 * 60
RATE_FROM = 10
FIRST_LOOKS_BACK = 60
POLLED_WITHIN = 30


class Snapshot(msgspec.Struct):
    """A dataset at one moment: ``counts`` by run status for all documents, ``entries`` for running and recent ones.

    ``counted_at`` is the time of the counts, ``busy_since`` when parsing started after a pause. ``floor`` is the oldest
    version whose later changes are known; ``last_error`` says why RAGFlow has been unavailable since ``last_error_at``.
    ``next_in`` is the expected time in seconds until the next result of a slow server.
    """

    version: int
    at: float
    counts: dict[str, int]
    entries: dict[str, Entry]
    floor: int
    finished: list[float] = msgspec.field(default_factory=list)
    gone: dict[str, int] = msgspec.field(default_factory=dict)
    counted_at: float = 0
    busy_since: float = 0
    last_error: str = ""
    last_error_at: float = 0
    next_in: float = 0

    @property
    def is_fresh(self) -> bool:
        """Whether the dataset is being polled; if not, nobody is viewing it or no worker is running."""
        return time.time() - self.at < POLLED_WITHIN + self.next_in and not self.last_error

    @property
    def running(self) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.running]

    def moved_since(self, version: int) -> list[Entry]:
        """The rows that changed after ``version``."""
        return [entry for entry in self.entries.values() if entry.version > version]

    def gone_since(self, version: int) -> list[str]:
        """The ids of documents found deleted after ``version``."""
        return [document_id for document_id, at in self.gone.items() if at > version]

    def per_minute(self, now: float | None = None) -> float | None:
        """The recent rate of finished documents per minute; None for fewer than two."""
        now = time.time() if now is None else now
        since = max(self.busy_since, now - RATE_WINDOW)
        if len(self.finished) == FINISHES_KEPT:
            # Older ends are dropped, so use the remaining period.
            since = max(since, self.finished[0])
        recent = [at for at in self.finished if at >= since]
        if len(recent) < 2 or now - since < RATE_FROM:
            return None
        return len(recent) / (now - since) * 60

    def seconds_left(self, now: float | None = None) -> float | None:
        """The estimated time left for all running documents; None if unknown."""
        rate = self.per_minute(now)
        waiting = sum(1 for entry in self.entries.values() if entry.running and not entry.stalled)
        return waiting / rate * 60 if rate and waiting else None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Snapshot).decode


def _key(server: Server, dataset_id: str) -> str:
    return f"{server.cache_key}:progress:{dataset_id}"


def load(server: Server, dataset_id: str) -> Snapshot | None:
    """The snapshot; None if the dataset was not watched recently."""
    stored = cache.get(_key(server, dataset_id))
    if stored is None:
        return None
    try:
        return _decode(stored)
    except msgspec.DecodeError:
        # Written by another release: the next poll replaces it.
        return None


def version(server: Server, dataset_id: str) -> int:
    """The version of the snapshot; 0 if there is none."""
    found: int = cache.get(f"{_key(server, dataset_id)}:version", 0)
    return found


def save(server: Server, dataset_id: str, snapshot: Snapshot) -> None:
    """Store the snapshot in the shared cache."""
    cache.set(_key(server, dataset_id), _encode(snapshot), KEEP)
    cache.set(f"{_key(server, dataset_id)}:version", snapshot.version, KEEP)


def forget(server: Server, dataset_id: str) -> None:
    """Delete the snapshot of a deleted dataset."""
    cache.delete_many([_key(server, dataset_id), f"{_key(server, dataset_id)}:version"])


def advance(
    before: Snapshot | None,
    now: float,
    documents: Iterable[Document],
    gone: Iterable[str],
    counts: Mapping[str, int],
) -> Snapshot:
    """The snapshot after a poll that found ``documents`` (running or ended) and ``gone`` ones.

    The version grows only if a page would look different.
    """
    entries = dict(before.entries) if before else {}
    # Versions are derived from the clock, so that they grow even if the cache was emptied.
    version = max(before.version + 1 if before else 0, int(now * 1000))
    finished = list(before.finished) if before else []
    lost = dict(before.gone) if before else {}
    changed = before is None or bool(before.last_error) or dict(counts) != before.counts
    found = []
    for document in documents:
        entry, known = Entry.of(document), entries.get(document.id)
        entry.follow(known, now)
        if known is not None and known.running and entry.run in (RunStatus.DONE, RunStatus.FAIL):
            finished.append(now)
        found.append(entry)
    _mark_stalled(found, finished, now)
    for entry in found:
        known = entries.get(entry.id)
        differs = entry.differs(known)
        entry.version = version if differs or known is None else known.version
        changed = changed or differs
        entries[entry.id] = entry
        lost.pop(entry.id, None)
    for document_id in gone:
        if entries.pop(document_id, None) is not None:
            lost[document_id], changed = version, True
    # The first poll includes recent changes, for pages opened just before it.
    floor = before.floor if before else version - FIRST_LOOKS_BACK * 1000
    left = sorted((e for e in entries.values() if not e.running), key=lambda e: e.version, reverse=True)
    for entry in left[LEFT_KEPT:]:
        floor = max(floor, entry.version)
        del entries[entry.id]
    return Snapshot(
        version=version if changed or before is None else before.version,
        at=now,
        counts=dict(counts),
        entries=entries,
        floor=floor,
        finished=finished[-FINISHES_KEPT:],
        counted_at=before.counted_at if before else now,
        busy_since=before.busy_since if before and before.running else now,
        gone=dict(sorted(lost.items(), key=lambda item: item[1])[-LEFT_KEPT:]),
    )


def _mark_stalled(entries: Iterable[Entry], finished: Iterable[float], now: float) -> None:
    """Mark stalled entries. Queued documents count as stalled only if no other document makes progress."""
    entries = [entry for entry in entries if entry.running]
    patience = settings.PARSE_STALLED_SECONDS
    moving = any(now - at < patience for at in finished) or any(
        now - entry.moved_at < patience for entry in entries if not entry.queued
    )
    for entry in entries:
        entry.stalled = now - entry.moved_at >= patience and not (entry.queued and moving)
