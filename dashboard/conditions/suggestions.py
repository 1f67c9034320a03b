"""Suggestions of metadata keys and values with the number of documents, at most some seconds old."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.core.cache import cache

from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.names import folded
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.resources.metadata import MetadataKey

KEPT_SECONDS: Final = 15
DATASETS: Final = 8
OFFERED: Final = 100
# Longer values are free text, which is not useful as a suggestion.
LONGEST: Final = 200


@dataclass(frozen=True)
class Suggestion:
    """A key or value, and the number of documents that have it."""

    text: str
    count: int


def keys(ragflow: RAGFlow, server: Server, dataset_ids: Sequence[str]) -> list[Suggestion]:
    """The keys used in these datasets, most frequent first."""
    found: Counter[str] = Counter()
    for key in _summaries(ragflow, server, dataset_ids):
        found[key.name] += sum(number for _, number in key.values)
    return _offered(found, "")


def values(
    ragflow: RAGFlow, server: Server, dataset_ids: Sequence[str], name: str, typed: str = ""
) -> list[Suggestion]:
    """The values of a key that contain ``typed``, most frequent first."""
    found: Counter[str] = Counter()
    for key in _summaries(ragflow, server, dataset_ids):
        if key.name == name:
            found.update(dict(key.values))
    return _offered(found, typed)


def _offered(found: Counter[str], typed: str) -> list[Suggestion]:
    wanted = folded(typed)
    fitting = {text: number for text, number in found.items() if 0 < len(text) <= LONGEST and wanted in folded(text)}
    return [Suggestion(*pair) for pair in Counter(fitting).most_common(OFFERED)]


def _summaries(ragflow: RAGFlow, server: Server, dataset_ids: Sequence[str]) -> list[MetadataKey]:
    each = parallel(*(partial(_summary, ragflow, server, dataset_id) for dataset_id in dataset_ids[:DATASETS]))
    return [key for keys in each for key in keys]


def _summary(ragflow: RAGFlow, server: Server, dataset_id: str) -> tuple[MetadataKey, ...]:
    key = f"{server.cache_key}:metadata-summary:{dataset_id}"
    kept: tuple[MetadataKey, ...] | None = cache.get(key)
    if kept is not None:
        return kept
    try:
        found = ragflow.metadata.summary(dataset_id)
    except errors.NotFound:
        # Deleted since: the request that uses the conditions will report it.
        return ()
    # RAGFlow returns every value; for a key with one value per document the most frequent ones are enough.
    found = tuple(MetadataKey(one.name, one.type, one.values[: 50 * OFFERED]) for one in found)
    cache.set(key, found, KEPT_SECONDS)
    return found
