"""The documents table: the requested page, and the counts by status."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from django.core.cache import cache

from dashboard.conditions import matching
from dashboard.core.paging import Pager, PageRequest
from dashboard.core.web.http import DashboardRequest
from dashboard.documents import originals
from dashboard.documents.parsing import snapshot, watching
from dashboard.documents.parsing.entries import Entry
from dashboard.documents.parsing.snapshot import Snapshot
from dashboard.documents.query import fetch as asking
from dashboard.documents.query.dated import ALL, Dated, cut, dated, sorted_here
from dashboard.documents.query.fetch import page_of
from dashboard.documents.query.query import COLUMNS, SIZES, STALLED, STATUSES, Query
from dashboard.ragflow import RAGFlow, parallel
from dashboard.ragflow.paging import every_page
from dashboard.ragflow.types import Dataset, Document, Page, RunStatus

__all__ = ["ALL", "STALLED", "STATUSES", "Listing", "Query", "fetch", "page_of", "with_all"]

# Counted upstream; the rest are documents that were never parsed.
COUNTED: Final = (None, RunStatus.RUNNING, RunStatus.DONE, RunStatus.FAIL, RunStatus.CANCEL)
COUNTS_KEPT: Final = 3
SNAPSHOT_FRESH: Final = 8
# More never run at once; the stalled ones are among them.
RUNNING: Final = 500


@dataclass(frozen=True)
class Listing:
    """One page of documents. ``counts`` by run status (and ALL) apply all filters but the status.

    ``version`` is that of the snapshot merged into the rows; ``dataset`` is None if it was not requested.
    ``by_upload`` says that there were too many documents for another order.
    """

    query: Query
    entries: list[Entry]
    total: int
    counts: dict[str, int]
    snapshot: Snapshot | None
    version: int
    dataset: Dataset | None
    by_upload: bool = False

    @property
    def pager(self) -> Pager:
        page = self.query.page
        return Pager(number=page.number, size=page.size, shown=len(self.entries), total=self.total, sizes=SIZES)

    @property
    def whole(self) -> dict[str, int] | None:
        """The counts of the whole dataset; None if a filter is active and the dataset is not watched."""
        if not self.query.narrowed:
            return self.counts
        return with_all(self.snapshot.counts) if self.snapshot else None


def fetch(
    request: DashboardRequest, dataset_id: str, query: Query, *, with_dataset: bool = False, fresh: bool = False
) -> Listing:
    """The list for ``query``, with parallel upstream calls. ``fresh`` ignores cached counts, after a change.

    Raises NotFound for an inaccessible dataset. A page beyond the last one becomes the last one. A search without
    results is repeated in the other Unicode form of its text; the list's query then has that form, so that actions on
    all matching documents apply to what is shown.
    """
    found = _fetch(request, dataset_id, query, with_dataset=with_dataset, fresh=fresh)
    if found.counts.get(ALL) or (other := query.in_other_form) is None:
        return found
    again = _fetch(request, dataset_id, other, fresh=fresh)
    return replace(again, dataset=found.dataset) if again.counts.get(ALL) else found


def _fetch(
    request: DashboardRequest, dataset_id: str, query: Query, *, with_dataset: bool = False, fresh: bool = False
) -> Listing:
    seen = snapshot.load(request.server, dataset_id)
    # Later changes are reported by the next snapshot.
    version = seen.version if seen else int(time.time() * 1000)
    ragflow, asked = request.ragflow, query.conditions.asked
    calls: list[Callable[[], Any]] = [partial(_found, request, dataset_id, query, seen, fresh=fresh)]
    if with_dataset:
        calls.append(lambda: ragflow.datasets.get(dataset_id))
    if asked and asked.beginnings:
        calls.append(lambda: matching.can_be_met(ragflow, [dataset_id], asked))
    found, *rest = parallel(*calls)
    if asked and asked.beginnings and not rest.pop():
        found = Dated(Page(items=(), total=0, page=1, page_size=query.page.size), with_all({}))
    page, total = found.page, found.page.total or 0
    last = max(1, -(-total // query.page.size))
    if query.page.number > last:
        query = replace(query, page=PageRequest(last, query.page.size))
        if total and not page.items:
            return replace(_fetch(request, dataset_id, query), dataset=rest[0] if rest else None)
    watching.mark_viewed(request.server, dataset_id)
    known, watched = (seen.entries, seen.is_fresh) if seen else ({}, False)
    return Listing(
        query=query,
        entries=[
            Entry.of(document).merge_observed(known.get(document.id), watched=watched)
            for document in originals.checked(request.server, ragflow, page.items)
        ],
        total=total,
        counts=found.counts,
        snapshot=seen,
        version=version,
        dataset=rest[0] if rest else None,
        by_upload=found.by_upload,
    )


def with_all(counts: dict[str, int]) -> dict[str, int]:
    """Counts by run status, with their sum as ALL."""
    return {**counts, ALL: sum(count for name, count in counts.items() if name != ALL)}


def _found(request: DashboardRequest, dataset_id: str, query: Query, seen: Snapshot | None, *, fresh: bool) -> Dated:
    server, ragflow = request.server, request.ragflow
    if query.days:
        stalled = {entry.id for entry in seen.running if entry.stalled} if seen else set()
        return dated(server, ragflow, dataset_id, query, stalled, fresh=fresh)
    key = f"{server.cache_key}:counts:{dataset_id}:{asking.filters_key(replace(query, status=''))}"
    known = None if fresh else _known_counts(key, query, seen)
    asked = STATUSES.get(query.status)
    told = () if query.status == STALLED else (asked,)
    missing = [state for state in COUNTED if state not in told]
    calls: list[Callable[[], Any]] = [partial(_page, ragflow, dataset_id, query, seen)]
    if known is None:
        calls.append(partial(asking.counts, ragflow, dataset_id, query, missing))
    (page, by_upload), *counted = parallel(*calls)
    here = dict.fromkeys(told, page.total or 0)
    counts = known or _complete(here | counted[0])
    # Documents were added, deleted or changed status since; or RAGFlow's own counts do not heed all filters.
    for at_once in (False,) if known is None else (True, False):
        if here and page.total != counts[_name(asked)]:
            told_now = asking.counts(ragflow, dataset_id, query, missing, at_once=at_once)
            known, counts = None, _complete(here | told_now)
    if known is None:
        cache.set(key, (time.time(), counts), COUNTS_KEPT)
    return Dated(page, counts, by_upload)


def _name(state: RunStatus | None) -> str:
    return state.value if state else ALL


def _page(ragflow: RAGFlow, dataset_id: str, query: Query, seen: Snapshot | None) -> tuple[Page[Document], bool]:
    """The page, and whether there are too many documents for another order than that of their upload."""
    if query.status == STALLED:
        return _stalled(ragflow, dataset_id, query, seen), False
    column = COLUMNS[query.sort.key]
    if not ragflow.documents.sorts_by(column):
        return sorted_here(asking.newest_first(ragflow, dataset_id, query), query)
    found = asking.raw_page(
        ragflow,
        dataset_id,
        query,
        number=query.page.number,
        size=query.page.size,
        orderby=column,
        desc=query.sort.desc,
    )
    return found, False


def _complete(told: dict[RunStatus | None, int]) -> dict[str, int]:
    """Count the rest as never parsed, including documents in an undocumented status."""
    counts = {_name(state): number for state, number in told.items()}
    rest = counts[ALL] - sum(counts[_name(state)] for state in COUNTED if state)
    return {**counts, RunStatus.UNSTART.value: max(0, rest)}


def _known_counts(key: str, query: Query, seen: Snapshot | None) -> dict[str, int] | None:
    """The cached counts for an equal list, or those of the snapshot."""
    counted: tuple[float, dict[str, int]] | None = cache.get(key)
    is_told = not query.narrowed and seen is not None and not seen.last_error and time.time() - seen.at < SNAPSHOT_FRESH
    if seen is not None and is_told and not (counted and counted[0] > seen.at):
        return with_all(seen.counts)
    return counted[1] if counted else None


def _stalled(ragflow: RAGFlow, dataset_id: str, query: Query, seen: Snapshot | None) -> Page[Document]:
    """The stalled documents as they are now: the running ones that the snapshot marks as stalled."""
    wanted = {entry.id for entry in seen.running if entry.stalled} if seen else set()
    if not wanted:
        return Page(items=(), total=0, page=1, page_size=SIZES[-1])
    size = ragflow.documents.rows_at_once(RUNNING)
    ask = asking.newest_first(ragflow, dataset_id, replace(query, status="parsing"))
    running = every_page(lambda number: ask(number, size), -(-RUNNING // size))
    return cut({one.id: one for part in running for one in part if one.id in wanted}.values(), query)
