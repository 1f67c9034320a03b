"""Rows of the datasets table: all values that the template shows, so that the template contains no logic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.text import Truncator
from django.utils.translation import ngettext

from dashboard.core import formatting
from dashboard.core.access.rights import Role, ServerRights
from dashboard.datasets import methods
from dashboard.models import Server
from dashboard.ragflow.types import Dataset


@dataclass(frozen=True)
class Row:
    """The values for ``datasets/list/rows.jinja``. ``picture`` is a data URL, or "" to show the initials."""

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
    editable: bool
    updated: str
    url: str
    settings_url: str
    copy_url: str
    delete_url: str


def rows(server: Server, rights: ServerRights, datasets: Iterable[Dataset], back: str) -> list[Row]:
    """The rows of ``datasets`` for a person with these rights; after deleting one, they return to ``back``."""
    return [_row(server, dataset, back, (rights.role_in(dataset.id) or 0) >= Role.CURATOR) for dataset in datasets]


def _row(server: Server, dataset: Dataset, back: str, editable: bool) -> Row:
    description = dataset.description
    documents = dataset.document_count
    return Row(
        id=dataset.id,
        name=formatting.visible(dataset.name),
        initials=formatting.initials(dataset.name),
        picture=dataset.avatar if dataset.avatar.startswith("data:image/") else "",
        method=methods.label(methods.key_of(dataset)),
        description=Truncator(description).chars(120) if description[120:] else description,
        documents=ngettext("%(n)s document", "%(n)s documents", documents) % {"n": formatting.count(documents)},
        chunks=formatting.count(dataset.chunk_count),
        tokens=formatting.compact(dataset.token_count),
        model=methods.model_of(dataset),
        model_id=dataset.embedding_model,
        editable=editable,
        team=dataset.permission == "team",
        updated=formatting.moment(dataset.updated_at),
        url=server.url("documents:list", dataset.id),
        settings_url=server.url("datasets:settings", dataset.id),
        copy_url=f"{server.url('datasets:create')}?from={dataset.id}",
        delete_url=f"{server.url('datasets:delete')}?{urlencode({'id': dataset.id, 'back': back})}",
    )
