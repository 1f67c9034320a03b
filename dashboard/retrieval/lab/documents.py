"""Names of the documents a question is limited to, and the search for more of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from dashboard.core import formatting
from dashboard.documents.query import document_names
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.names import forms
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Document, Page

DOCUMENT_ID: Final = re.compile(r"[0-9a-f]{32}")
LOOKUPS: Final = 20
FOUND: Final = 10
SEARCHED_DATASETS: Final = 8


@dataclass(frozen=True)
class Named:
    """A document to choose. ``note`` is its dataset, if several are searched."""

    id: str
    name: str
    note: str = ""


def named(ragflow: RAGFlow, server: Server, dataset_ids: Sequence[str], document_ids: Sequence[str]) -> list[Named]:
    """The chosen documents with their current names; unknown ones are looked up, LOOKUPS at most."""
    wanted = [document_id for document_id in document_ids if DOCUMENT_ID.fullmatch(document_id)]
    if not wanted:
        return []
    known = document_names.remembered(server, wanted)
    # A document may be in any of the datasets.
    pairs = [(dataset_id, one) for one in wanted if one not in known for dataset_id in dataset_ids]
    found = [item for item in parallel(*(partial(_get, ragflow, *pair) for pair in pairs[:LOOKUPS])) if item]
    fresh = {document.id: document.name for document in found}
    document_names.remember(server, fresh.items())
    return [Named(one, formatting.visible(known.get(one) or fresh.get(one) or f"{one[:8]}…")) for one in wanted]


def matching(
    ragflow: RAGFlow, server: Server, datasets: Sequence[tuple[str, str]], text: str, besides: Sequence[str]
) -> list[Named]:
    """Documents whose name contains ``text``, in the datasets (id, name): one call per dataset, ten results in total.

    If that finds nothing and the text has a second Unicode form, that form is searched for too.
    """
    searched = datasets[:SEARCHED_DATASETS]
    pages = parallel(*(partial(_page, ragflow, dataset_id, text) for dataset_id, _ in searched))
    document_names.remember(server, ((document.id, document.name) for page in pages for document in page.items))
    return [
        Named(document.id, formatting.visible(document.name), name if len(searched) > 1 else "")
        for (_, name), page in zip(searched, pages, strict=True)
        for document in page.items
        if document.id not in besides
    ][:FOUND]


def _page(ragflow: RAGFlow, dataset_id: str, text: str) -> Page[Document]:
    for form in forms(text):
        found = ragflow.documents.list(dataset_id, page_size=FOUND, keywords=form)
        if found.items:
            break
    return found


def _get(ragflow: RAGFlow, dataset_id: str, document_id: str) -> Document | None:
    try:
        return ragflow.documents.get(dataset_id, document_id)
    except errors.RAGFlowError:
        return None  # its id is shown instead; running the question reports the problem
