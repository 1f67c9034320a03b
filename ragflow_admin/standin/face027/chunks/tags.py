"""Tags of a dataset's chunks: count, rename, remove (ragflow-0.27 §5)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.http import HttpResponse

from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.face027.documents.metadata import own_datasets
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.store.models import Chunk


def listed(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/tags: `[[tag, count], …]`."""
    owned(request, dataset_id, "no authorization")
    return answers.done(_counts([dataset_id]))


def aggregated(request: ApiRequest) -> HttpResponse:
    """GET /datasets/tags/aggregation?dataset_ids=…: the same for several datasets."""
    return answers.done(_counts(own_datasets(request)))


def rename(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """PUT …/tags: `{from_tag, to_tag}`; a tag that no chunk has is renamed too."""
    owned(request, dataset_id, "no authorization")
    body: dict[str, Any] = json_body(request)
    old, new = str(body.get("from_tag") or "").strip(), str(body.get("to_tag") or "").strip()
    if not old or not new:
        raise Refused(101, "from_tag and to_tag are required")
    _replace(dataset_id, {old: new})
    return answers.done({"from": old, "to": new})


def delete(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """DELETE …/tags: `{tags}`."""
    owned(request, dataset_id, "no authorization")
    tags = json_body(request).get("tags")
    if not isinstance(tags, list):
        raise Refused(101, "tags must be a list")
    _replace(dataset_id, dict.fromkeys(map(str, tags), ""))
    return answers.done({})


def _tagged(dataset_ids: list[str]) -> list[Chunk]:
    return list(Chunk.objects.filter(kb_id__in=dataset_ids).exclude(tag_kwd="[]").only("tag_kwd"))


def _counts(dataset_ids: list[str]) -> list[list[Any]]:
    counter = Counter(tag for chunk in _tagged(dataset_ids) for tag in json.loads(chunk.tag_kwd))
    return [list(pair) for pair in counter.most_common()]


def _replace(dataset_id: str, changes: dict[str, str]) -> None:
    """Replaces tags of the dataset's chunks; the empty tag removes."""
    for chunk in _tagged([dataset_id]):
        renamed = [changes.get(tag, tag) for tag in json.loads(chunk.tag_kwd)]
        Chunk.objects.filter(row=chunk.row).update(tag_kwd=json.dumps([*dict.fromkeys(filter(None, renamed))]))
