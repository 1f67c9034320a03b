"""What metadata the documents of a dataset carry."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.http import DashboardRequest
from dashboard.ragflow import parallel
from dashboard.ragflow.metadata import MetadataKey
from dashboard.roles import viewer

SHOWN = 15
# A key whose every value is different has as many values as there are documents.
UNFOLDED = 200


@dataclass(frozen=True)
class Value:
    text: str
    count: int
    url: str


@dataclass(frozen=True)
class Key:
    """A key as the page shows it: its most frequent values, others behind a fold, and how many are left out."""

    name: str
    type: str
    first: list[Value]
    rest: list[Value]
    left_out: int
    uses: int
    change_url: str


@require_GET
@viewer
def summary(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Every key with its values; a value leads to the documents that have it."""
    ragflow = request.ragflow
    dataset, keys = parallel(lambda: ragflow.datasets.get(dataset_id), lambda: ragflow.metadata.summary(dataset_id))
    search = request.GET.get("q", "").strip()[:200]
    context = {
        "dataset": dataset,
        "keys": [_key(request, dataset_id, key) for key in keys if search.lower() in key.name.lower()],
        "total": len(keys),
        "query_text": search,
    }
    return render(request, "metadata/page.html", context)


def _key(request: DashboardRequest, dataset_id: str, key: MetadataKey) -> Key:
    documents = request.server.url("documents:list", dataset_id)
    values = [
        Value(text, number, f"{documents}?{urlencode({'meta_key': key.name, 'meta_value': text})}")
        for text, number in key.values[:UNFOLDED]
    ]
    change = request.server.url("metadata:change", dataset_id)
    return Key(
        name=key.name,
        type=key.type,
        first=values[:SHOWN],
        rest=values[SHOWN:],
        left_out=len(key.values) - len(values),
        uses=sum(number for _text, number in key.values),
        change_url=f"{change}?{urlencode({'key': key.name, 'meta_key': key.name})}",
    )
