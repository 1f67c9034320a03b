"""Metadata of documents: summary and bulk changes (contract §11)."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse

from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.store.models import Document

TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}")


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "list"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number"
    return "time" if isinstance(value, str) and TIME.fullmatch(value) else "string"


def summary(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET …/metadata/summary: each key with its type and the counts of its values. `doc_ids` is read from JSON only."""
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}. ")
    rows = Document.objects.filter(kb_id=dataset_id)
    ids = json_body(request).get("doc_ids")
    if ids:
        rows = rows.filter(id__in=ids)
    return answers.done({"summary": counted(rows)})


def counted(documents: QuerySet[Document]) -> dict[str, Any]:
    """Each metadata key of the documents with its type, and the counts of its values."""
    kinds: dict[str, str] = {}
    values: dict[str, Counter[str]] = {}
    for text in documents.exclude(meta_fields="{}").values_list("meta_fields", flat=True):
        for key, value in json.loads(text).items():
            kinds[key] = _kind(value)
            items = value if isinstance(value, list) else [value]
            values.setdefault(key, Counter()).update(str(item) for item in items)
    return {
        key: {"type": kinds[key], "values": [list(pair) for pair in counter.most_common()]}
        for key, counter in values.items()
    }


def checked(body: dict[str, Any]) -> tuple[dict[str, Any], list[Any], list[Any]]:
    """(selector, updates, deletes) of a change. Raises Refused 102."""
    selector, updates, deletes = body.get("selector") or {}, body.get("updates") or [], body.get("deletes") or []
    if not isinstance(selector, dict):
        raise Refused(102, "selector must be an object.")
    if not isinstance(updates, list) or not isinstance(deletes, list):
        raise Refused(102, "updates and deletes must be lists.")
    if not isinstance(selector.get("metadata_condition") or {}, dict):
        raise Refused(102, "metadata_condition must be an object.")
    if not isinstance(selector.get("document_ids") or [], list):
        raise Refused(102, "document_ids must be a list.")
    for change in updates:
        if not isinstance(change, dict) or "key" not in change or "value" not in change:
            raise Refused(102, "Each update requires key and value.")
    for change in deletes:
        if not isinstance(change, dict) or "key" not in change:
            raise Refused(102, "Each delete requires key.")
    return selector, updates, deletes


def update(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """POST …/metadata/update. Without `selector.document_ids` the real server crashes: code 100."""
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}. ")
    selector, updates, deletes = checked(json_body(request))
    ids = selector.get("document_ids")
    if not ids:
        raise UnboundLocalError("cannot access local variable 'target_doc_ids' where it is not associated with a value")
    found = selected(dataset_id, ids)
    return answers.done({"matched_docs": len(found), "updated": change_all(found, updates, deletes)})


def selected(dataset_id: str, ids: list[str]) -> list[Document]:
    """The dataset's documents with these ids. Raises Refused 102 if one is not in the dataset."""
    found = {d.id: d for d in Document.objects.filter(kb_id=dataset_id, id__in=ids)}
    strange = [item for item in ids if item not in found]
    if strange:
        message = f"These documents do not belong to dataset {dataset_id}: {', '.join(strange)}"
        raise Refused(102, message)
    return list(found.values())


def change_all(documents: list[Document], updates: list[Any], deletes: list[Any]) -> int:
    """Applies the changes to each document's metadata; returns how many documents changed."""
    changed = 0
    for document in documents:
        meta = json.loads(document.meta_fields)
        before = json.dumps(meta)
        for change in updates:
            _set(meta, change)
        for change in deletes:
            _drop(meta, change)
        if json.dumps(meta) != before:
            Document.objects.filter(id=document.id).update(meta_fields=json.dumps(meta, ensure_ascii=False))
            changed += 1
    return changed


def _set(meta: dict[str, Any], change: dict[str, Any]) -> None:
    key, value = change["key"], change["value"]
    stored = meta.get(key)
    if "match" in change:
        if isinstance(stored, list):
            meta[key] = [value if str(item) == str(change["match"]) else item for item in stored]
        elif stored is not None and str(stored) == str(change["match"]):
            meta[key] = value
    elif isinstance(stored, list):
        meta[key] = stored + (value if isinstance(value, list) else [value])
    else:
        meta[key] = value


def _drop(meta: dict[str, Any], change: dict[str, Any]) -> None:
    key = change["key"]
    if key not in meta:
        return
    if change.get("value") is None:
        del meta[key]
    elif isinstance(meta[key], list):
        meta[key] = [item for item in meta[key] if str(item) != str(change["value"])]
        if not meta[key]:
            del meta[key]
    elif str(meta[key]) == str(change["value"]):
        del meta[key]
