"""The current names of documents by id.

RAGFlow stores a document's name in its chunks at parsing and never updates it, so after a rename, chunks, sources and
search results still have the old one. Code that shows or compares the names of chunks' documents uses this module.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

from django.core.cache import cache

from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Chunk, Source

KEPT_SECONDS: Final = 120
# One list call per dataset, then individual calls for missing names. The most calls that a page makes.
DATASETS: Final = 8
LOOKUPS: Final = 16

Piece = TypeVar("Piece", Chunk, Source)

_ID: Final = re.compile(r"[0-9a-f]{32}")


def present_names(ragflow: RAGFlow, server: Server, wanted: Mapping[str, Collection[str]]) -> dict[str, str]:
    """The current names of documents by id. ``wanted`` maps dataset ids to document ids.

    Documents that were deleted, could not be read, or exceed the limit of calls are missing; use the chunk's name for
    them. Cached for two minutes, so most pages cost no call.
    """
    asked = {
        dataset_id: [one for one in dict.fromkeys(document_ids) if _ID.fullmatch(one)]
        for dataset_id, document_ids in wanted.items()
        if _ID.fullmatch(dataset_id)
    }
    every = [one for document_ids in asked.values() for one in document_ids]
    known = remembered(server, every) if every else {}
    unknown = {
        dataset_id: left
        for dataset_id, document_ids in asked.items()
        if (left := [one for one in document_ids if one not in known])
    }
    if unknown:
        fresh = _ask(ragflow, unknown)
        remember(server, fresh.items())
        known |= fresh
    return {one: name for one, name in known.items() if name}


def presently_named(ragflow: RAGFlow, server: Server, pieces: Sequence[Piece]) -> list[Piece]:
    """Chunks or sources with the current names of their documents; see ``present_names``."""
    wanted: dict[str, set[str]] = {}
    for piece in pieces:
        wanted.setdefault(piece.dataset_id, set()).add(piece.document_id)
    names = present_names(ragflow, server, wanted)
    return [replace(piece, document_name=names.get(piece.document_id, piece.document_name)) for piece in pieces]


def remember(server: Server, names: Iterable[tuple[str, str]]) -> None:
    """Cache known (id, name) pairs, for example after a rename; "" means that the document was deleted."""
    cache.set_many({_key(server, document_id): name for document_id, name in names}, KEPT_SECONDS)


def remembered(server: Server, document_ids: Iterable[str]) -> dict[str, str]:
    """The cached names by id; "" for a deleted document."""
    keys = {_key(server, one): one for one in document_ids}
    return {keys[key]: name for key, name in cache.get_many(keys).items()}


def _ask(ragflow: RAGFlow, unknown: Mapping[str, list[str]]) -> dict[str, str]:
    lists = list(unknown.items())[:DATASETS]
    answers = parallel(*(partial(_listed, ragflow, *one) for one in lists))
    found = {one: name for told, _ in answers for one, name in told.items()}
    left = [pair for _, pairs in answers for pair in pairs][:LOOKUPS]
    for (_, document_id), name in zip(
        left, parallel(*(partial(_looked_up, ragflow, *one) for one in left)), strict=True
    ):
        if name is not None:
            found[document_id] = name
    return found


def _listed(ragflow: RAGFlow, dataset_id: str, document_ids: list[str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The names from one list call, and the (dataset, document) pairs that need individual calls."""
    try:
        names = ragflow.documents.names(dataset_id, document_ids)
    except errors.NotFound as error:
        # The dataset was deleted, or a document was, if a release reports that instead of omitting it.
        if "document" not in error.message.casefold():
            return dict.fromkeys(document_ids, ""), []
        return {}, [(dataset_id, one) for one in document_ids]
    except errors.RAGFlowError:
        return {}, []
    found = {one: names.of[one] for one in document_ids if one in names.of}
    missing = [one for one in document_ids if one not in names.of]
    if len(names.of) >= names.total:
        return found | dict.fromkeys(missing, ""), []
    return found, [(dataset_id, one) for one in missing]


def _looked_up(ragflow: RAGFlow, dataset_id: str, document_id: str) -> str | None:
    """The name; "" for a deleted document, None if unknown."""
    try:
        return ragflow.documents.get(dataset_id, document_id).name
    except errors.NotFound:
        return ""
    except errors.RAGFlowError:
        return None


def _key(server: Server, document_id: str) -> str:
    return f"{server.cache_key}:present-name:{document_id}"
