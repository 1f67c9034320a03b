"""Names of the documents a question is limited to, and a search for more of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.core.cache import cache

from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Document
from dashboard.ui import formatting

DOCUMENT_ID: Final = re.compile(r"[0-9a-f]{32}")
KEPT_SECONDS: Final = 600
LOOKUPS: Final = 20
FOUND: Final = 10
SEARCHED_DATASETS: Final = 8


@dataclass(frozen=True)
class Named:
    """A document to choose. ``note`` is its dataset, where several are asked."""

    id: str
    name: str
    note: str = ""


def remember(server: Server, names: Iterable[tuple[str, str]]) -> None:
    """Keeps (id, name) pairs that were seen anyway, so that they need not be asked for."""
    known = {_key(server, document_id): name for document_id, name in names if document_id and name}
    # Writing costs ten times as much as reading, and mostly they are known already.
    kept = cache.get_many(known)
    if fresh := {key: name for key, name in known.items() if kept.get(key) != name}:
        cache.set_many(fresh, KEPT_SECONDS)


def named(ragflow: RAGFlow, server: Server, dataset_ids: Sequence[str], document_ids: Sequence[str]) -> list[Named]:
    """The chosen documents with their names; those not seen lately are looked up, a few at most."""
    wanted = [document_id for document_id in document_ids if DOCUMENT_ID.fullmatch(document_id)]
    if not wanted:
        return []
    known = cache.get_many([_key(server, document_id) for document_id in wanted])
    pairs = [
        (dataset_id, document_id)
        for document_id in wanted
        if _key(server, document_id) not in known
        for dataset_id in dataset_ids
    ]
    found = [item for item in parallel(*(partial(_get, ragflow, *pair) for pair in pairs[:LOOKUPS])) if item]
    remember(server, ((document.id, document.name) for document in found))
    names = {document.id: document.name for document in found}
    return [
        Named(item, formatting.visible(known.get(_key(server, item)) or names.get(item) or f"{item[:8]}…"))
        for item in wanted
    ]


def matching(
    ragflow: RAGFlow, server: Server, datasets: Sequence[tuple[str, str]], text: str, besides: Sequence[str]
) -> list[Named]:
    """Documents whose name holds ``text``, in the datasets (id, name): a call for each, the first ten of all."""
    searched = datasets[:SEARCHED_DATASETS]
    pages = parallel(
        *(partial(ragflow.documents.list, dataset_id, page_size=FOUND, keywords=text) for dataset_id, _ in searched)
    )
    found = [
        Named(document.id, formatting.visible(document.name), name if len(searched) > 1 else "")
        for (_, name), page in zip(searched, pages, strict=True)
        for document in page.items
        if document.id not in besides
    ][:FOUND]
    remember(server, ((item.id, item.name) for item in found))
    return found


def _get(ragflow: RAGFlow, dataset_id: str, document_id: str) -> Document | None:
    try:
        return ragflow.documents.get(dataset_id, document_id)
    except errors.RAGFlowError:
        return None  # its id stands for it; asking the question says what is wrong


def _key(server: Server, document_id: str) -> str:
    return f"{server.cache_key}:document-name:{document_id}"
