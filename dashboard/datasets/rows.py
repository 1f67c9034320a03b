"""A row of the datasets table: everything the template shows, worked out once, so that the template stays flat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.text import Truncator
from django.utils.translation import ngettext

from dashboard.datasets import methods
from dashboard.models import Server
from dashboard.ragflow.types import Dataset
from dashboard.ui import formatting


@dataclass(frozen=True)
class Row:
    """What ``datasets/_row.html`` shows. ``picture`` is a data address, or "" where the initials stand for it."""

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
    """The rows of ``datasets``; what is deleted from a row leads ``back``."""
    base, delete_url = server.url("datasets:list"), server.url("datasets:delete")
    create_url = server.url("datasets:create")
    return [
        Row(
            id=dataset.id,
            name=formatting.visible(dataset.name),
            initials=formatting.initials(dataset.name),
            picture=dataset.avatar if dataset.avatar.startswith("data:image/") else "",
            method=methods.label(dataset.chunk_method),
            description=Truncator(dataset.description).chars(120) if dataset.description[120:] else dataset.description,
            documents=ngettext("%(n)s document", "%(n)s documents", dataset.document_count)
            % {"n": formatting.count(dataset.document_count)},
            chunks=formatting.count(dataset.chunk_count),
            tokens=formatting.compact(dataset.token_count),
            model=methods.model_name(dataset.embedding_model),
            model_id=dataset.embedding_model,
            team=dataset.permission == "team",
            updated=formatting.moment(dataset.updated_at),
            url=f"{base}{dataset.id}/documents/",
            settings_url=f"{base}{dataset.id}/settings/",
            copy_url=f"{create_url}?from={dataset.id}",
            delete_url=f"{delete_url}?{urlencode({'id': dataset.id, 'back': back})}",
        )
        for dataset in datasets
    ]
