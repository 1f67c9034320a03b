"""GET and DELETE /datasets/{id}/documents (ragflow-0.27 §6 "Lists", "Documents, parsing")."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict

from ragflow_admin.standin.face024 import conditions
from ragflow_admin.standin.face024.datasets.datasets import owned
from ragflow_admin.standin.face024.datasets.schema import strict_json
from ragflow_admin.standin.face024.documents.documents import NUMBER
from ragflow_admin.standin.face027 import paging
from ragflow_admin.standin.face027.documents import fields, rows
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, descending
from ragflow_admin.standin.store import removal
from ragflow_admin.standin.store.models import Document

ORDERS = ("create_time", "update_time", "name")
TYPES = ("pdf", "doc", "visual", "aural", "virtual", "folder", "other")


def listed(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """One page of the documents, or with `type=filter` the counts of all that match, by state, suffix and metadata."""
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}. ")
    query = request.GET
    offset, limit = paging.page_of(query)
    order = query.get("orderby", "create_time")
    if order not in ORDERS:
        raise Refused(101, f"invalid orderby field: {order}")
    found = _matching(dataset_id, query)
    total = found.count()
    if query.get("type") == "filter":
        return answers.success({"filter": _counts(found), "total": total})
    sign = "-" if descending(request) else ""
    nickname = request.tenant.nickname
    page = [rows.list_row(d, nickname) for d in found.order_by(sign + order, sign + "id")[offset : offset + limit]]
    # The time range filters the page, not the list: pages get shorter and the total stays the same.
    begin, end = int(query.get("create_time_from", 0)), int(query.get("create_time_to", 0))
    if begin or end:
        page = [r for r in page if r["create_time"] >= begin and (not end or r["create_time"] <= end)]
    return answers.success({"docs": page, "total": total})


def _matching(dataset_id: str, query: QueryDict) -> QuerySet[Document]:
    found = Document.objects.filter(kb_id=dataset_id)
    types = query.getlist("types")
    strange = [kind for kind in types if kind not in TYPES]
    if strange:
        raise Refused(102, f"Invalid filter conditions: {', '.join(strange)} type{'s' if len(strange) > 1 else ''}")
    if types:
        found = found.filter(type__in=types)
    states = query.getlist("run") or query.getlist("run_status")
    if states:
        found = found.filter(run__in=_numbers(states))
    found = _by_metadata(found, dataset_id, query)
    ids = fields.id_list(query, "ids")
    if ids and query.get("id"):
        raise Refused(102, f"Should not provide both 'id':{query['id']} and 'ids'{ids}")
    for key in ("id", "name"):
        if query.get(key):
            if not Document.objects.filter(kb_id=dataset_id, **{key: query[key]}).exists():
                raise Refused(102, f"you don't own the document {query[key]}")
            found = found.filter(**{key: query[key]})
    if ids:
        found = found.filter(id__in=ids)
    if query.get("keywords"):
        found = found.filter(name__icontains=query["keywords"])
    if query.getlist("suffix"):
        found = found.filter(suffix__in=query.getlist("suffix"))
    return found


def _numbers(states: list[str]) -> list[str]:
    """The numbers of states given by number or by name in any case. Raises Refused 102."""
    numbers = [NUMBER.get(state.upper(), state) for state in states]
    strange = [state for state, number in zip(states, numbers, strict=True) if number not in NUMBER.values()]
    if strange:
        raise Refused(102, f"Invalid filter run status conditions: {', '.join(strange)}")
    return numbers


def _by_metadata(found: QuerySet[Document], dataset_id: str, query: QueryDict) -> QuerySet[Document]:
    """`metadata_condition`, and `metadata` (exact values by key). What no document meets gives an empty list."""
    if query.get("return_empty_metadata", "").lower() == "true":
        return found.filter(meta_fields="{}")
    condition = _json_object(query, "metadata_condition", f": {query.get('metadata_condition')}")
    if condition.get("conditions"):
        found = found.filter(id__in=conditions.documents_meeting([dataset_id], condition))
    wanted = _json_object(query, "metadata", "")
    if wanted.pop("empty_metadata", None):
        return found.filter(meta_fields="{}")
    if wanted:
        found = found.filter(id__in=[d.id for d in found if _has(json.loads(d.meta_fields), wanted)])
    return found


def _json_object(query: QueryDict, name: str, shown: str) -> dict[str, Any]:
    try:
        value = json.loads(query.get(name, "") or "{}")
    except ValueError:
        raise Refused(102, f"{name} must be valid JSON{shown}.") from None
    if not isinstance(value, dict):
        raise Refused(102, f"{name} must be an object.")
    return value


def _has(meta: dict[str, Any], wanted: dict[str, Any]) -> bool:
    def values(item: Any) -> set[str]:
        return {str(value) for value in (item if isinstance(item, list) else [item])}

    return all(key in meta and values(meta[key]) & values(value) for key, value in wanted.items() if value)


def _counts(found: QuerySet[Document]) -> dict[str, Any]:
    """How many documents have each suffix, state (by number), and value of each metadata key."""
    metadata: dict[str, Counter[str]] = {}
    bare = 0
    for text in found.values_list("meta_fields", flat=True):
        meta = json.loads(text)
        bare += not meta
        for key, value in meta.items():
            items = value if isinstance(value, list) else [value]
            metadata.setdefault(key, Counter()).update(str(item) for item in items)
    return {
        "metadata": {**metadata, "empty_metadata": {"true": bare}},
        "run_status": Counter(found.values_list("run", flat=True)),
        "suffix": Counter(found.values_list("suffix", flat=True)),
    }


def delete(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """DELETE documents by `ids`, or all with `delete_all`; one unknown id prevents all.

    The original of a document linked from the file manager stays.
    """
    sent = fields.checked(fields.DELETE, strict_json(request), code=101)
    owned(request, dataset_id, f"You don't own the dataset {dataset_id}. ")
    ids, everything = sent.get("ids") or [], sent.get("delete_all", False)
    if not ids and not everything:
        raise Refused(102, f"should either provide doc ids or set delete_all(true), dataset: {dataset_id}. ")
    if ids and everything:
        raise Refused(102, f"should not provide both doc ids and delete_all(true), dataset: {dataset_id}. ")
    found = Document.objects.filter(kb_id=dataset_id)
    doomed = list(found if everything else found.filter(id__in=ids))
    unknown = [item for item in ids if item not in {d.id for d in doomed}]
    if unknown:
        message = f"These documents do not belong to dataset {dataset_id} or Document not found: {', '.join(unknown)}"
        raise Refused(102, message)
    removal.documents(doomed, originals=False)
    return answers.done({"deleted": len(doomed)})
