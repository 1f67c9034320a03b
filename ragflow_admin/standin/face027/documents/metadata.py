"""Metadata of documents: summary, changes, values by key (ragflow-0.27 §6 "Metadata")."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

from ragflow_admin.standin.face024 import conditions
from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.face024.documents import metadata as face024
from ragflow_admin.standin.face027.documents import fields
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.store.models import Dataset, Document


def summary(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/metadata/summary, of all documents or of `?doc_ids=`."""
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}. ")
    found = Document.objects.filter(kb_id=dataset_id)
    ids = fields.id_list(request.GET, "doc_ids")
    return answers.done({"summary": face024.counted(found.filter(id__in=ids) if ids else found)})


def update(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """PATCH …/documents/metadatas and POST …/metadata/update: changes the documents of `selector.document_ids`.

    A condition only narrows these ids: without ids nothing is matched, and nothing changes.
    """
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}. ")
    selector, updates, deletes = face024.checked(json_body(request))
    found = face024.selected(dataset_id, selector.get("document_ids") or [])
    condition = selector.get("metadata_condition") or {}
    if condition.get("conditions"):
        meeting = conditions.documents_meeting([dataset_id], condition)
        found = [document for document in found if document.id in meeting]
    return answers.done({"matched_docs": len(found), "updated": face024.change_all(found, updates, deletes)})


def flattened(request: ApiRequest) -> HttpResponse:
    """GET /datasets/metadata/flattened?dataset_ids=…: the documents' ids by key and value."""
    out: dict[str, dict[str, list[str]]] = {}
    found = Document.objects.filter(kb_id__in=own_datasets(request)).exclude(meta_fields="{}")
    for document_id, text in found.order_by("create_time").values_list("id", "meta_fields"):
        meta: dict[str, Any] = json.loads(text)
        for key, value in meta.items():
            for item in value if isinstance(value, list) else [value]:
                out.setdefault(key, {}).setdefault(str(item), []).append(document_id)
    return answers.done(out)


def own_datasets(request: ApiRequest) -> list[str]:
    """The datasets of `?dataset_ids=`. Raises Refused 102 if there is none, or one that the caller does not own."""
    ids = fields.id_list(request.GET, "dataset_ids")
    if not ids:
        raise Refused(102, 'Lack of "dataset_ids"')
    mine = set(Dataset.objects.filter(id__in=ids, tenant_id=request.tenant.id).values_list("id", flat=True))
    for item in ids:
        if item not in mine:
            raise Refused(102, f"no authorization for dataset '{item}'")
    return ids
