"""The list of datasets.

RAGFlow sorts datasets by creation or update time only and cannot search names (contract §7.3). A plain page costs one
call; a search or another order reads all datasets in parallel and caches them for some seconds for all users.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.core.cache import cache

from dashboard.core.paging import PageRequest
from dashboard.core.sorting import Sort
from dashboard.datasets import methods
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.names import folded
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Dataset, Page

WALK_SIZE = 100
WALK_PAGES = 50
KEPT_SECONDS = 10

UPSTREAM_ORDER = {"updated": "update_time", "created": "create_time"}
ORDER: dict[str, Callable[[Dataset], Any]] = {
    "name": lambda dataset: dataset.name.casefold(),
    "documents": lambda dataset: dataset.document_count,
    "chunks": lambda dataset: dataset.chunk_count,
    "tokens": lambda dataset: dataset.token_count,
    "updated": lambda dataset: dataset.updated_at.timestamp() if dataset.updated_at else 0.0,
    "created": lambda dataset: dataset.created_at.timestamp() if dataset.created_at else 0.0,
}
DEFAULT_SORT = Sort("updated", desc=True)


@dataclass(frozen=True)
class Everything:
    """All datasets, or only the newest of ``total`` if there are too many to read."""

    datasets: tuple[Dataset, ...]
    total: int

    @property
    def is_complete(self) -> bool:
        return len(self.datasets) >= self.total


@dataclass(frozen=True)
class Listing:
    """One page of the list. ``left_out`` datasets were not searched because there are too many."""

    datasets: tuple[Dataset, ...]
    total: int
    left_out: int = 0


def find(
    ragflow: RAGFlow, server: Server, query: str, sort: Sort, page: PageRequest, *, with_states: bool = False
) -> Listing:
    """The page of datasets that match ``query``, in the order of ``sort``.

    ``with_states`` includes their numbers of documents by status, if that takes no further call.
    """
    if not query and sort.key in UPSTREAM_ORDER:
        answer = ragflow.datasets.list(
            page=page.number,
            page_size=page.size,
            orderby=UPSTREAM_ORDER[sort.key],
            desc=sort.desc,
            with_states=with_states,
        )
        return Listing(answer.items, answer.total or 0)
    everything = all_of(ragflow, server)
    found = sorted(matching(everything.datasets, query), key=ORDER[sort.key], reverse=sort.desc)
    start = (page.number - 1) * page.size
    return Listing(
        tuple(found[start : start + page.size]), len(found), max(0, everything.total - len(everything.datasets))
    )


def matching(datasets: Iterable[Dataset], query: str) -> list[Dataset]:
    """The datasets whose name, description, method or model contains every word of ``query``, ignoring case."""
    words = folded(query).split()
    return [dataset for dataset in datasets if all(word in _text(dataset) for word in words)]


def _text(dataset: Dataset) -> str:
    parts = (dataset.name, dataset.description, methods.label(methods.key_of(dataset)), dataset.embedding_model)
    return folded("\n".join(parts))


def all_of(ragflow: RAGFlow, server: Server) -> Everything:
    """All datasets of the server, at most ``KEPT_SECONDS`` old; without their parser settings.

    For people who only see some of them, these are read anew.
    """
    if ragflow.reach.sees is not None:
        return walk(ragflow)
    key = _cache_key(server)
    kept: Everything | None = cache.get(key)
    if kept is None:
        kept = walk(ragflow)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def walk(ragflow: RAGFlow) -> Everything:
    """Read all datasets, newest first, with parallel calls for a hundred each."""
    first = _page(ragflow, 1)
    total = first.total or 0
    pages = min(-(-total // WALK_SIZE), WALK_PAGES)
    others = parallel(*(partial(_page, ragflow, number) for number in range(2, pages + 1))) if pages > 1 else ()
    # A dataset created meanwhile shifts others to the next page, so they are keyed by id.
    unique = {dataset.id: replace(dataset, parser_config={}) for page in (first, *others) for dataset in page.items}
    complete = pages * WALK_SIZE >= total
    return Everything(tuple(unique.values()), len(unique) if complete else total)


def forget(server: Server) -> None:
    """Drop the cached list after a change, so that the next page shows it."""
    cache.delete(_cache_key(server))


def _page(ragflow: RAGFlow, number: int) -> Page[Dataset]:
    return ragflow.datasets.list(page=number, page_size=WALK_SIZE, orderby="create_time", desc=True)


def _cache_key(server: Server) -> str:
    return f"{server.cache_key}:datasets"
