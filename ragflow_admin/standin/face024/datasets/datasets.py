"""Datasets (contract §7)."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from ragflow_admin.standin import offered
from ragflow_admin.standin.face024 import models
from ragflow_admin.standin.face024.datasets import parser_config, schema
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.store import removal
from ragflow_admin.standin.store.models import Dataset, now_ms
from ragflow_admin.standin.store.times import iso


def row_of(d: Dataset) -> dict[str, Any]:
    """A dataset as returned by create, update and list."""
    return {
        "avatar": d.avatar, "chunk_count": d.chunk_num, "chunk_method": d.parser_id, "created_by": d.tenant_id,
        "create_date": iso(d.create_time), "create_time": d.create_time, "description": d.description,
        "document_count": d.doc_num, "embedding_model": offered.in_024(d.embd_id, d.tenant_id), **_common(d),
    }  # fmt: skip


def raw_row_of(d: Dataset) -> dict[str, Any]:
    """A dataset with the raw column names, as in the list of assistants (contract §14.3)."""
    return {
        "avatar": d.avatar, "chunk_num": d.chunk_num, "parser_id": d.parser_id, "created_by": d.tenant_id,
        "create_date": iso(d.create_time), "create_time": d.create_time, "description": d.description,
        "doc_num": d.doc_num, "embd_id": offered.in_024(d.embd_id, d.tenant_id), **_common(d),
    }  # fmt: skip


def _common(d: Dataset) -> dict[str, Any]:
    return {
        "graphrag_task_finish_at": iso(d.graphrag_task_finish_at),
        "graphrag_task_id": d.graphrag_task_id, "id": d.id, "language": d.language,
        "mindmap_task_finish_at": None, "mindmap_task_id": None, "name": d.name, "pagerank": d.pagerank,
        "parser_config": answers.raw_json(d.parser_config), "permission": d.permission,
        "pipeline_id": d.pipeline_id, "raptor_task_finish_at": iso(d.raptor_task_finish_at),
        "raptor_task_id": d.raptor_task_id,
        "similarity_threshold": 0.2, "status": "1", "tenant_id": d.tenant_id, "token_num": d.token_num,
        "update_date": iso(d.update_time), "update_time": d.update_time, "vector_similarity_weight": 0.3,
    }  # fmt: skip


def owned(request: ApiRequest, dataset_id: str, message: str) -> Dataset:
    """The caller's dataset. Raises Refused 102 with `message` if it does not exist."""
    found = Dataset.objects.filter(id=dataset_id, tenant_id=request.tenant.id).first()
    if found is None:
        raise Refused(102, message)
    return found


def _check_embedding(name: str) -> str:
    if not models.exists(name, "embedding") or "@" not in name:
        raise Refused(101, f"Unsupported model: <{name}>")
    return name


def free_name(tenant_id: str, name: str) -> str:
    """`name`, or `name(1)`, `name(2)` … if it is taken; case-insensitive."""
    taken = set(Dataset.objects.filter(tenant_id=tenant_id).values_list("name", flat=True))
    low = {item.lower() for item in taken}
    out, n = name, 0
    while out.lower() in low:
        n += 1
        out = f"{name}({n})"
    return out


def create(request: ApiRequest) -> HttpResponse:
    body = schema.checked(schema.CREATE, schema.strict_json(request), schema.method_or_pipeline)
    method = body.get("chunk_method") or "naive"
    name = body["name"]
    if len(name.encode()) > 128:
        raise Refused(102, f"Dataset name length is {len(name.encode())} which is large than 128")
    model = _check_embedding(body.get("embedding_model") or request.tenant.embd_id)
    with transaction.atomic():
        dataset = Dataset.objects.create(
            tenant_id=request.tenant.id,
            name=free_name(request.tenant.id, name),
            avatar=body.get("avatar"),
            description=body.get("description"),
            embd_id=model,
            permission=body.get("permission", "me"),
            parser_id=method,
            parser_config=json.dumps(parser_config.on_create(method, body.get("parser_config"))),
            pipeline_id=body.get("pipeline_id"),
        )
    return answers.done(row_of(dataset))


def update(request: ApiRequest, dataset_id: str) -> HttpResponse:
    dataset_id = schema.checked_id(dataset_id)
    body = schema.checked(schema.UPDATE, schema.strict_json(request), schema.method_or_pipeline)
    if not body:
        raise Refused(101, "No properties were modified")
    found = Dataset.objects.filter(id=dataset_id, tenant_id=request.tenant.id).first()
    if found is None:
        raise Refused(108, f"User '{request.tenant.id}' lacks permission for dataset '{dataset_id}'")
    name = body.get("name")
    if name and name.lower() != found.name.lower():
        same = Dataset.objects.filter(tenant_id=request.tenant.id, name__iexact=name)
        if same.exclude(id=dataset_id).exists():
            raise Refused(102, f"Dataset name '{name}' already exists")
    model = body.get("embedding_model")
    if model:
        current = offered.in_024(found.embd_id, found.tenant_id)
        if found.chunk_num > 0 and model != current:
            message = f"When chunk_num ({found.chunk_num}) > 0, embedding_model must remain {current}"
            raise Refused(102, message)
        _check_embedding(model)
    if body.get("parse_type") is not None:
        # 0.24 passes it to a table without such a column (contract §7.2).
        raise AttributeError("type object 'Knowledgebase' has no attribute 'parse_type'")
    _apply(found, body)
    found.update_time = now_ms()
    found.save()
    return answers.done(row_of(found))


def _apply(dataset: Dataset, body: dict[str, Any]) -> None:
    method, config = body.get("chunk_method"), body.get("parser_config")
    if config is not None:
        dataset.parser_config = json.dumps(parser_config.merged(json.loads(dataset.parser_config), config))
    elif method and method != dataset.parser_id:
        dataset.parser_config = json.dumps(parser_config.default_for(method))
    columns = {
        "name": "name", "avatar": "avatar", "description": "description", "embedding_model": "embd_id",
        "permission": "permission", "chunk_method": "parser_id", "pagerank": "pagerank",
        "pipeline_id": "pipeline_id",
    }  # fmt: skip
    for sent, column in columns.items():
        if sent in body and not (body[sent] is None and sent in ("embedding_model", "chunk_method")):
            setattr(dataset, column, body[sent])


def listed(request: ApiRequest) -> HttpResponse:
    query = schema.checked(schema.LIST, dict(request.GET.items()))
    rows = Dataset.objects.filter(tenant_id=request.tenant.id)
    for key in ("id", "name"):
        if query.get(key):
            rows = rows.filter(**{key: query[key]})
            if not rows.exists():
                message = f"User '{request.tenant.id}' lacks permission for dataset '{query[key]}'"
                raise Refused(108, message)
    order = query.get("orderby", "create_time")
    order = f"-{order}" if query.get("desc", True) else order
    size = query.get("page_size", 30)
    offset = (query.get("page", 1) - 1) * size
    page = [row_of(d) for d in rows.order_by(order, "-id" if order[0] == "-" else "id")[offset : offset + size]]
    return answers.done(page, total_datasets=rows.count())


def delete(request: ApiRequest) -> HttpResponse:
    """DELETE /datasets: `ids` null deletes every dataset of the tenant; one unknown id prevents all (contract §6)."""
    ids = schema.checked(schema.DELETE, schema.strict_json(request))["ids"]
    mine = Dataset.objects.filter(tenant_id=request.tenant.id)
    if ids is None:
        doomed = list(mine)
    else:
        doomed = list(mine.filter(id__in=ids))
        known = {d.id for d in doomed}
        unknown = [item for item in ids if item not in known]
        if unknown:
            names = ", ".join(f"'{item}'" for item in unknown)
            raise Refused(108, f"User '{request.tenant.id}' lacks permission for datasets: {names}")
    for dataset in doomed:
        removal.dataset(dataset)
    return answers.done()
