"""Which metadata the parser is to find by itself, for a dataset or a document (ragflow-0.27 §6 "Metadata").

It is kept in the `parser_config`. The stand-in has no language model, so it has no effect.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.face024.datasets.schema import Field, listing, strict_json
from ragflow_admin.standin.face024.documents.documents import configured
from ragflow_admin.standin.face027.documents import fields, rows
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.store.models import Dataset, Document, now_ms

KEYS = ("built_in_metadata", "metadata")
CONFIG = {key: Field(listing, null=True) for key in KEYS}


def _dataset(request: ApiRequest, dataset_id: str) -> Dataset:
    return owned(request, dataset_id, f"User '{request.tenant.id}' lacks permission for dataset '{dataset_id}'")


def show(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/metadata/config: `{metadata: [{key, description, type, enum}], built_in_metadata: []}`."""
    config = json.loads(_dataset(request, dataset_id).parser_config)
    return answers.done({key: config.get(key) or [] for key in KEYS})


def update(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """PUT …/metadata/config; unknown keys are refused with 101."""
    sent = fields.checked(CONFIG, strict_json(request), code=101)
    dataset = _dataset(request, dataset_id)
    wanted = {key: [_complete(one) for one in sent.get(key) or []] for key in KEYS}
    dataset.parser_config = json.dumps({**json.loads(dataset.parser_config), **wanted})
    dataset.update_time = now_ms()
    dataset.save(update_fields=["parser_config", "update_time"])
    return answers.done(wanted)


def _complete(one: Any) -> dict[str, Any]:
    """A field of the configuration with all of its keys."""
    if not isinstance(one, dict):
        raise Refused(101, "Input should be a valid dictionary or instance of AutoMetadataField")
    return dict.fromkeys(fields.METADATA_FIELD) | fields.checked(fields.METADATA_FIELD, one, code=101)


def update_document(request: ApiRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """PUT …/documents/{id}/metadata/config: stored as sent; answers the row with raw names."""
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}.")
    document = Document.objects.filter(id=document_id, kb_id=dataset_id).first()
    if document is None:
        raise Refused(102, f"Document {document_id} not found in dataset {dataset_id}")
    body = json_body(request)
    if "metadata" not in body:
        raise Refused(101, "metadata is required")
    document.parser_config = configured(document, {"metadata": body["metadata"]})
    document.update_time = now_ms()
    document.save(update_fields=["parser_config", "update_time"])
    return answers.done(rows.raw_row(document))
