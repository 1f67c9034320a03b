"""The metadata of a dataset's documents."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard.core.formatting import count, visible
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer
from dashboard.ragflow import parallel
from dashboard.ragflow.resources.metadata import MetadataKey

SHOWN = 15
# A key with a unique value per document has as many values as there are documents.
UNFOLDED = 200


@dataclass(frozen=True)
class Value:
    """A value, the number of documents that have it, and their address."""

    text: str
    count: str
    url: str


@dataclass(frozen=True)
class Key:
    """A key on the page: its most frequent values, further collapsed ones, and the number of those left out.

    ``number`` is its position on the page; ``documents`` and ``change`` are addresses.
    """

    number: int
    name: str
    type: str
    values: tuple[tuple[str, int], ...]
    left_out: int
    uses: int
    documents: str
    change: str

    @property
    def folded(self) -> int:
        return len(self.values[SHOWN:])

    @property
    def first(self) -> list[Value]:
        return self._with_addresses(self.values[:SHOWN])

    @property
    def rest(self) -> list[Value]:
        return self._with_addresses(self.values[SHOWN:])

    @property
    def change_url(self) -> str:
        return f"{self.change}?{urlencode({'key': self.name, 'meta_key': self.name})}"

    def _with_addresses(self, values: tuple[tuple[str, int], ...]) -> list[Value]:
        begin = f"{self.documents}?{urlencode({'meta_key': self.name})}&meta_value="
        return [Value(visible(text), count(number), begin + quote_plus(text)) for text, number in values]


@require_GET
@viewer
def summary(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """Every key with its values, linked to the documents that have them."""
    ragflow = request.ragflow
    dataset, keys = parallel(lambda: ragflow.datasets.get(dataset_id), lambda: ragflow.metadata.summary(dataset_id))
    search = request.GET.get("q", "").strip()[:200]
    found = [key for key in keys if search.lower() in key.name.lower()]
    context = {
        "dataset": dataset,
        "keys": [_key(request, dataset_id, number, key) for number, key in enumerate(found, 1)],
        "total": len(keys),
        "query_text": search,
    }
    return render(request, "metadata/page.html", context)


def _key(request: DashboardRequest, dataset_id: str, number: int, key: MetadataKey) -> Key:
    return Key(
        number=number,
        name=key.name,
        type=key.type,
        values=key.values[:UNFOLDED],
        left_out=max(0, len(key.values) - UNFOLDED),
        uses=sum(number for _text, number in key.values),
        documents=request.server.url("documents:list", dataset_id),
        change=request.server.url("metadata:change", dataset_id),
    )
