"""Rows of the datasets table: all values that the template shows, so that the template contains no logic."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlencode

from django.utils.text import Truncator
from django.utils.translation import get_language, ngettext

from dashboard.core import formatting
from dashboard.datasets.settings import methods
from dashboard.models import Server
from dashboard.ragflow.types import Dataset


@dataclass(frozen=True)
class Row:
    """The values for ``datasets/list/_row.html``. ``picture`` is a data URL, or "" to show the initials."""

    id: str
    name: str
    initials: str
    picture: str
    method: str
    description: str
    documents: str
    chunks: str
    tokens: str
    model: str
    model_id: str
    team: bool
    updated: str
    url: str
    settings_url: str
    copy_url: str
    delete_url: str


def rows(server: Server, datasets: Iterable[Dataset], back: str) -> list[Row]:
    """The rows of ``datasets``; after deleting one, the user returns to ``back``."""
    places = (server.url("datasets:list"), server.url("datasets:create"), server.url("datasets:delete"), back)
    language, half_minute = get_language(), int(time.time() // 30)
    return [_row(places, _shown(dataset), language, half_minute) for dataset in datasets]


Shown = tuple[str, str, str, str, str, str, str, int, int, int, datetime | None]


def _shown(dataset: Dataset) -> Shown:
    """What a row shows of its dataset, as something that can be compared."""
    return (
        dataset.id,
        dataset.name,
        dataset.avatar,
        dataset.description,
        methods.key_of(dataset),
        dataset.embedding_model,
        dataset.permission,
        dataset.document_count,
        dataset.chunk_count,
        dataset.token_count,
        dataset.updated_at,
    )


@lru_cache(maxsize=500)
def _row(places: tuple[str, str, str, str], shown: Shown, language: str | None, half_minute: int) -> Row:
    """The same row again while nothing changes; what it says of time is at most half a minute old."""
    base, create_url, delete_url, back = places
    dataset_id, name, avatar, description, chunk_method, model, permission, documents, chunks, tokens, updated_at = (
        shown
    )
    return Row(
        id=dataset_id,
        name=formatting.visible(name),
        initials=formatting.initials(name),
        picture=avatar if avatar.startswith("data:image/") else "",
        method=methods.label(chunk_method),
        description=Truncator(description).chars(120) if description[120:] else description,
        documents=ngettext("%(n)s document", "%(n)s documents", documents) % {"n": formatting.count(documents)},
        chunks=formatting.count(chunks),
        tokens=formatting.compact(tokens),
        model=methods.model_name(model),
        model_id=model,
        team=permission == "team",
        updated=formatting.moment(updated_at),
        url=f"{base}{dataset_id}/documents/",
        settings_url=f"{base}{dataset_id}/settings/",
        copy_url=f"{create_url}?from={dataset_id}",
        delete_url=f"{delete_url}?{urlencode({'id': dataset_id, 'back': back})}",
    )
