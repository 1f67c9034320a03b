"""Datasets in 0.27 (ragflow-0.27 §6)."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse

from ragflow_admin.standin import offered
from ragflow_admin.standin.face024.datasets.datasets import free_name
from ragflow_admin.standin.face024.datasets.schema import checked, strict_json
from ragflow_admin.standin.face027.datasets import parser_config, rows, schema
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.store import removal
from ragflow_admin.standin.store.models import Dataset, now_ms


def mine(request: ApiRequest, dataset_id: str) -> Dataset:
    """The caller's dataset. Raises Refused 102 if there is none of that id (0.24: 108)."""
    found = Dataset.objects.filter(id=dataset_id, tenant_id=request.tenant.id).first()
    if found is None:
        raise Refused(102, f"User '{request.tenant.id}' lacks permission for dataset '{dataset_id}'")
    return found


def authorized(request: ApiRequest, dataset_id: str, code: int = 102) -> Dataset:
    """The caller's dataset, for the routes that refuse with "no authorization"."""
    found = Dataset.objects.filter(id=dataset_id, tenant_id=request.tenant.id).first()
    if found is None:
        raise Refused(code, "no authorization")
    return found


def _embedding(request: ApiRequest, name: str) -> offered.Model:
    try:
        return offered.find(name, "embedding", request.tenant.id)
    except LookupError as error:
        raise Refused(102, str(error)) from None


def create(request: ApiRequest) -> HttpResponse:
    """POST /datasets. A taken name gets a number."""
    body = checked(schema.CREATE, strict_json(request), schema.method_or_pipeline)
    method = body.get("chunk_method") or "naive"
    name, model = body["name"], body.get("embedding_model")
    if len(name.encode()) > 128:
        raise Refused(102, f"Dataset name length is {len(name.encode())} which is large than 128")
    if model:
        _embedding(request, model)
    config = parser_config.on_create(method, body.get("parser_config"), request.tenant.llm_id)
    with transaction.atomic():
        dataset = Dataset.objects.create(
            tenant_id=request.tenant.id,
            name=free_name(request.tenant.id, name),
            avatar=body.get("avatar"),
            description=body.get("description"),
            embd_id=offered.stored(model or request.tenant.embd_id),
            permission=body.get("permission", "me"),
            parser_id=method,
            parser_config=json.dumps(config),
            pipeline_id=body.get("pipeline_id"),
        )
    return answers.done(rows.created(dataset))


def update(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """PUT /datasets/{id}. The embedding model may change although there are chunks."""
    dataset_id = schema.checked_id(dataset_id)
    body = checked(schema.UPDATE, strict_json(request), schema.method_or_pipeline)
    if not body:
        raise Refused(102, "no properties were modified")
    found = mine(request, dataset_id)
    name, model = body.get("name"), body.get("embedding_model")
    if name and name.lower() != found.name.lower():
        same = Dataset.objects.filter(tenant_id=request.tenant.id, name__iexact=name)
        if same.exclude(id=dataset_id).exists():
            raise Refused(102, f"Dataset name '{name}' already exists")
    if model:
        found.tenant_embd_id = _embedding(request, model).id_for(request.tenant.id) or None
        found.embd_id = offered.stored(model)
    _apply(found, body)
    found.update_time = now_ms()
    found.save()
    return answers.done(rows.updated(found))


def _apply(dataset: Dataset, body: dict[str, Any]) -> None:
    method, config = body.get("chunk_method"), body.get("parser_config")
    if config:
        dataset.parser_config = json.dumps(parser_config.on_update(json.loads(dataset.parser_config), config))
    elif method and method != dataset.parser_id:
        dataset.parser_config = json.dumps(parser_config.default_for(method))
    for name in ("name", "avatar", "description", "permission", "pagerank", "pipeline_id", "language", "connectors"):
        if name in body:
            setattr(dataset, name, body[name])
    if method:
        dataset.parser_id = method


def one(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """GET /datasets/{id} (new since 0.25)."""
    return answers.done(rows.single(mine(request, dataset_id)))


def listed(request: ApiRequest) -> HttpResponse:
    """GET /datasets: a page of rows, or with `type=filter` the owners."""
    query = _query(request)
    found = Dataset.objects.filter(tenant_id=request.tenant.id)
    for key in ("id", "name"):
        if query.get(key):
            found = found.filter(**{key: query[key]})
            if not found.exists():
                message = f"User '{request.tenant.id}' lacks permission for dataset '{query[key]}'"
                raise Refused(102, message)
    found = _narrowed(found, query, query.get("ext") or {})
    if query.get("type") == "filter":
        owner = {"count": found.count(), "id": request.tenant.id, "label": request.tenant.nickname}
        filters = {"owner": [owner] if owner["count"] else []}
        return answers.done({"filter": filters, "total": owner["count"]})
    order = ("-" if query.get("desc", True) else "") + query.get("orderby", "create_time")
    size = query.get("page_size", 30)
    offset = (query.get("page", 1) - 1) * size
    chosen = found.order_by(order, "-id" if order[0] == "-" else "id")[offset : offset + size]
    page = [rows.listed(d, request.tenant) for d in chosen]
    if query.get("include_parsing_status"):
        states = rows.parsing_status(row["id"] for row in page)
        page = [row | {"parsing_status": states[row["id"]]} for row in page]
    return answers.done(page, total_datasets=found.count())


def _query(request: ApiRequest) -> dict[str, Any]:
    sent: dict[str, Any] = dict(request.GET.items())
    for name in ("ids", "owner_ids"):
        if name in sent:
            sent[name] = [part for value in request.GET.getlist(name) for part in value.split(",") if part]
    with contextlib.suppress(KeyError, ValueError):
        sent["ext"] = json.loads(sent["ext"])
    return checked(schema.LIST, sent)


def _narrowed(found: QuerySet[Dataset], query: dict[str, Any], ext: dict[str, Any]) -> QuerySet[Dataset]:
    """Only the datasets of the ids, owners, name and chunk method asked for; unknown ones are left out."""
    owners = query.get("owner_ids") or ext.get("owner_ids")
    keywords = query.get("keywords") or ext.get("keywords")
    if "ids" in query:
        found = found.filter(id__in=query["ids"])
    if owners:
        found = found.filter(tenant_id__in=owners)
    if keywords:
        found = found.filter(name__icontains=keywords)
    if ext.get("parser_id"):
        found = found.filter(parser_id=ext["parser_id"])
    return found


def delete(request: ApiRequest) -> HttpResponse:
    """DELETE /datasets: nothing without ids unless `delete_all`; one unknown id prevents all (ragflow-0.27 §7.1)."""
    body = checked(schema.DELETE, strict_json(request))
    ids = body.get("ids") or []
    own = Dataset.objects.filter(tenant_id=request.tenant.id)
    doomed = list(own if body.get("delete_all") and not ids else own.filter(id__in=ids))
    known = {d.id for d in doomed}
    unknown = [item for item in ids if item not in known]
    if unknown:
        names = ", ".join(f"'{item}'" for item in unknown)
        raise Refused(102, f"User '{request.tenant.id}' lacks permission for datasets: {names}")
    for dataset in doomed:
        removal.dataset(dataset)
    return answers.done({"success_count": len(doomed)})
