"""The documents table: what an address asks for, and the upstream calls that answer it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import QueryDict

from dashboard.documents import kinds, progress, snapshot
from dashboard.documents.snapshot import Entry, Snapshot
from dashboard.http import DashboardRequest
from dashboard.ragflow import RAGFlow, errors, parallel
from dashboard.ragflow.metadata import OPERATORS, Condition
from dashboard.ragflow.types import Dataset, Document, Page, RunStatus
from dashboard.ui.paging import Pager, PageRequest
from dashboard.ui.sorting import Sort

# The word in the address for each run status of RAGFlow.
STATUSES: Final = {
    "not-parsed": RunStatus.UNSTART,
    "parsing": RunStatus.RUNNING,
    "failed": RunStatus.FAIL,
    "parsed": RunStatus.DONE,
    "cancelled": RunStatus.CANCEL,
}
STALLED: Final = "stalled"
# The column in the address → RAGFlow's own column.
COLUMNS: Final = {
    "name": "name",
    "status": "progress",
    "chunks": "chunk_num",
    "tokens": "token_num",
    "size": "size",
    "uploaded": "create_time",
    "updated": "update_time",
}
DEFAULT_SORT: Final = Sort("uploaded", desc=True)
SIZES: Final = (50, 100)
ALL: Final = "ALL"
# What is counted upstream; documents that were never parsed are the rest.
COUNTED: Final = (
    ALL,
    RunStatus.RUNNING.value,
    RunStatus.DONE.value,
    RunStatus.FAIL.value,
    RunStatus.CANCEL.value,
)
COUNTS_KEPT: Final = 3
SNAPSHOT_FRESH: Final = 8


@dataclass(frozen=True)
class Query:
    """What the address asks for. ``status`` is a key of STATUSES, "stalled", or "" for all.

    ``condition`` is on the documents' metadata (``meta_key``, ``meta_operator``, ``meta_value``); ``kind`` is a key
    of kinds.BY_KEY, or "".
    """

    status: str
    search: str
    sort: Sort
    page: PageRequest
    condition: Condition | None = None
    kind: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether only a part of the dataset's documents is meant, whatever their status."""
        return bool(self.search or self.kind) or self.condition is not None

    @classmethod
    def read(cls, query: QueryDict) -> Query:
        """From the address; what is not understood is left out."""
        status = query.get("status", "")
        return cls(
            status=status if status in STATUSES or status == STALLED else "",
            search=query.get("q", "").strip()[:200],
            sort=Sort.read(query, COLUMNS, DEFAULT_SORT),
            page=PageRequest.read(query, SIZES, SIZES[0]),
            condition=_condition(query),
            kind=query.get("type", "") if query.get("type") in kinds.BY_KEY else "",
        )

    def encode(self, **changes: Any) -> str:
        """The query string, starting with ``?``, or "" for the plain list. A change goes back to the first page."""
        wanted = replace(self, **changes) if changes else self
        if changes and "page" not in changes:
            wanted = replace(wanted, page=PageRequest(1, self.page.size))
        text = urlencode(wanted.fields())
        return f"?{text}" if text else ""

    def fields(self) -> dict[str, str]:
        """The parameters that differ from the plain list, as a form carries them."""
        condition = self.condition or Condition("", "is")
        parts = {
            "status": self.status,
            "q": self.search,
            "type": self.kind,
            "meta_key": condition.name,
            "meta_operator": "" if condition.operator == "is" else condition.operator,
            "meta_value": condition.value,
            "sort": "" if self.sort == DEFAULT_SORT else str(self.sort),
            "page": "" if self.page.number == 1 else str(self.page.number),
            "page_size": "" if self.page.size == SIZES[0] else str(self.page.size),
        }
        return {name: value for name, value in parts.items() if value}


@dataclass(frozen=True)
class Listing:
    """One page of documents. ``counts`` by run status (and ALL) cover what the search matches.

    ``version`` is that of the snapshot the rows were compared with; ``dataset`` is None where it was not asked for.
    """

    query: Query
    entries: list[Entry]
    total: int
    counts: dict[str, int]
    snapshot: Snapshot | None
    version: int
    dataset: Dataset | None

    @property
    def pager(self) -> Pager:
        page = self.query.page
        return Pager(number=page.number, size=page.size, shown=len(self.entries), total=self.total, sizes=SIZES)

    @property
    def whole(self) -> dict[str, int] | None:
        """The counts of the whole dataset; None when a search hides them and nobody watched the dataset."""
        if not self.query.narrowed:
            return self.counts
        return with_all(self.snapshot.counts) if self.snapshot else None


def fetch(
    request: DashboardRequest, dataset_id: str, query: Query, *, with_dataset: bool = False, fresh: bool = False
) -> Listing:
    """The list that ``query`` asks for; all upstream calls at the same time. ``fresh`` counts anew, after a change.

    Raises NotFound for a dataset that is not ours. A page beyond the last one becomes the last one.
    """
    seen = snapshot.load(request.server, dataset_id)
    # Changes after this moment are for the next look at the snapshot to tell.
    version = seen.version if seen else int(time.time() * 1000)
    counts = None if fresh else _known_counts(request, dataset_id, query, seen)
    asked = STATUSES[query.status].value if query.status in STATUSES else (ALL if not query.status else "")
    missing = [] if counts is not None else [state for state in COUNTED if state != asked]
    ragflow = request.ragflow
    calls: list[Callable[[], Any]] = [lambda: _page(ragflow, dataset_id, query, seen)]
    if with_dataset:
        calls.append(lambda: ragflow.datasets.get(dataset_id))
    calls += [_counting(ragflow, dataset_id, query, state) for state in missing]
    page, *rest = parallel(*calls)
    dataset = rest.pop(0) if with_dataset else None
    if counts is not None and asked and page.total != counts[asked]:
        # Something came, went or moved on since they were counted.
        missing, counts = [state for state in COUNTED if state != asked], None
        rest = list(parallel(*(_counting(ragflow, dataset_id, query, state) for state in missing)))
    if counts is None:
        totals = dict(zip(missing, rest, strict=True))
        counts = _complete(totals | {asked: page.total or 0} if asked else totals)
        cache.set(_counts_key(request, dataset_id, query), counts, COUNTS_KEPT)
    if not page.items and page.total and query.page.number > 1:
        last = replace(query, page=PageRequest(-(-page.total // query.page.size), query.page.size))
        return replace(fetch(request, dataset_id, last), dataset=dataset)
    progress.look(request.server, dataset_id)
    known = seen.entries if seen else {}
    return Listing(
        query=query,
        entries=[_merged(document, known.get(document.id)) for document in page],
        total=page.total or 0,
        counts=counts,
        snapshot=seen,
        version=version,
        dataset=dataset,
    )


def with_all(counts: dict[str, int]) -> dict[str, int]:
    """Counts by run status, with their sum as ALL."""
    return {**counts, ALL: sum(count for name, count in counts.items() if name != ALL)}


def _merged(document: Document, known: Entry | None) -> Entry:
    """The row of a document as it is now, with what only watching could tell: that it stands still, how far it was."""
    entry = Entry.of(document)
    if known is not None and known.running and entry.running and entry.seconds >= known.seconds:
        entry.progress = max(entry.progress, known.progress)
        entry.stalled = known.stalled and entry.log_mark == known.log_mark
        entry.moved_at = known.moved_at
    return entry


def _page(ragflow: RAGFlow, dataset_id: str, query: Query, seen: Snapshot | None) -> Page[Document]:
    if query.status == STALLED:
        return _stalled(ragflow, dataset_id, seen)
    return page_of(
        ragflow,
        dataset_id,
        query,
        number=query.page.number,
        size=query.page.size,
        orderby=COLUMNS[query.sort.key],
        desc=query.sort.desc,
    )


def page_of(
    ragflow: RAGFlow,
    dataset_id: str,
    query: Query,
    *,
    number: int,
    size: int,
    orderby: str = "create_time",
    desc: bool = False,
) -> Page[Document]:
    """A page of what ``query`` means, in an order and size of one's own."""
    return ragflow.documents.list(
        dataset_id,
        page=number,
        page_size=size,
        orderby=orderby,
        desc=desc,
        keywords=query.search or None,
        condition=query.condition,
        run=(STATUSES[query.status],) if query.status else (),
        suffix=kinds.suffixes(query.kind),
    )


def _counting(ragflow: RAGFlow, dataset_id: str, query: Query, run: str) -> Callable[[], int]:
    states = () if run == ALL else (RunStatus(run),)
    words, condition, suffixes = query.search or None, query.condition, kinds.suffixes(query.kind)

    def count() -> int:
        found = ragflow.documents.list(
            dataset_id, page=1, page_size=1, keywords=words, run=states, suffix=suffixes, condition=condition
        )
        return found.total or 0

    return count


def _complete(counts: dict[str, int]) -> dict[str, int]:
    """What is in none of the other states was never parsed; a status RAGFlow leaks now and then counts there too."""
    rest = counts[ALL] - sum(counts[state] for state in COUNTED if state != ALL)
    return {**counts, RunStatus.UNSTART.value: max(0, rest)}


def _known_counts(
    request: DashboardRequest, dataset_id: str, query: Query, seen: Snapshot | None
) -> dict[str, int] | None:
    if not query.narrowed and seen is not None and not seen.trouble and time.time() - seen.at < SNAPSHOT_FRESH:
        return with_all(seen.counts)
    found: dict[str, int] | None = cache.get(_counts_key(request, dataset_id, query))
    return found


def _counts_key(request: DashboardRequest, dataset_id: str, query: Query) -> str:
    # Any text may be searched for, but not be part of a key.
    words = f"{query.kind}/{query.search}{query.condition.json if query.condition else ''}"
    return f"{request.server.cache_key}:counts:{dataset_id}:{sha256(words.encode()).hexdigest()}"


def _condition(query: QueryDict) -> Condition | None:
    name, operator = query.get("meta_key", "")[:255], query.get("meta_operator") or "is"
    if not name or operator not in OPERATORS:
        return None
    return Condition(name, operator, query.get("meta_value", "")[:4080])


def _stalled(ragflow: RAGFlow, dataset_id: str, seen: Snapshot | None) -> Page[Document]:
    """The documents that stand still, as they are now. Only the snapshot knows them, so they are looked up singly."""
    wanted = [entry.id for entry in seen.running if entry.stalled][: SIZES[-1]] if seen else []

    def get(document_id: str) -> Callable[[], Document | None]:
        def ask() -> Document | None:
            try:
                return ragflow.documents.get(dataset_id, document_id)
            except errors.NotFound:
                return None

        return ask

    found = parallel(*(get(document_id) for document_id in wanted))
    documents = tuple(document for document in found if document is not None and document.run is RunStatus.RUNNING)
    return Page(items=documents, total=len(documents), page=1, page_size=SIZES[-1])
