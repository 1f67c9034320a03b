"""What 0.27 accepts in the body of an assistant, and which of them a request may use (ragflow-0.27 §6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django.http import HttpRequest

from ragflow_admin.standin import offered
from ragflow_admin.standin.face024.chats.chats import JSON_COLUMNS, PROMPT
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, descending
from ragflow_admin.standin.store.models import Chat, Dataset

FIELDS = (
    "description", "icon", "language", "llm_setting", "prompt_type", "prompt_config", "meta_data_filter",
    "similarity_threshold", "vector_similarity_weight", "top_n", "top_k", "do_refer",
)  # fmt: skip
ORDERS = ("create_time", "update_time", "name")
DATE = {"key": "date", "optional": True}


def own_chat(request: ApiRequest, chat_id: Any) -> Chat:
    """The caller's assistant. Raises Refused (109) if it doesn't exist or belongs to somebody else."""
    chat = Chat.objects.filter(id=chat_id, tenant_id=request.tenant.id).first()
    if chat is None:
        raise Refused(109, "no authorization", data=False)
    return chat


def order_of(request: HttpRequest) -> tuple[str, str]:
    """The `order_by` columns of a list of assistants or sessions. Raises Refused (101) for another column."""
    column = request.GET.get("orderby") or "create_time"
    if column not in ORDERS:
        raise Refused(101, f"invalid orderby field: {column}", data=None)
    sign = "-" if descending(request) else ""
    return sign + column, sign + "id"


def columns_of(request: ApiRequest, body: Mapping[str, Any], *, patch: bool = False) -> dict[str, Any]:
    """What a create, PUT or PATCH writes. Unknown fields, also 0.24's, are ignored. Raises Refused (102)."""
    if body.get("tenant_id"):
        raise Refused(102, "`tenant_id` must not be provided.")
    columns = {key: body[key] for key in FIELDS if key in body}
    if "name" in body and not (patch and body["name"] is None):
        columns["name"] = name_of(body["name"], "`name` cannot be empty." if patch else "`name` is required")
    if "dataset_ids" in body:
        columns["kb_ids"] = _datasets(request, body["dataset_ids"])
    for field, kind in (("llm_id", "chat"), ("rerank_id", "rerank")):
        if field in body:
            columns[field] = _model(request, field, kind, body[field])
    if not isinstance(columns.get("prompt_config", {}), dict):
        raise Refused(102, "`prompt_config` should be an object.")
    seen = set()
    for parameter in columns.get("prompt_config", {}).get("parameters") or []:
        if parameter["key"] in seen:
            raise Refused(102, f"`parameters` contains duplicate key: {parameter['key']}")
        seen.add(parameter["key"])
    return columns


def name_of(value: Any, when_empty: str) -> str:
    """The name of an assistant without surrounding blanks. Raises Refused (102)."""
    if value is None:
        raise Refused(102, "`name` is required")
    if not isinstance(value, str):
        raise Refused(102, "chat name must be a string")
    name = value.strip()
    if not name:
        raise Refused(102, when_empty)
    if (size := len(name.encode())) > 255:
        raise Refused(102, f"chat name length is {size} which is larger than 255")
    return name


def _datasets(request: ApiRequest, ids: Any) -> list[str]:
    if ids is None:
        return []
    if not isinstance(ids, list):
        raise Refused(102, "`dataset_ids` should be a list.")
    wanted = [item for item in ids if item]
    mine = {d.id: d for d in Dataset.objects.filter(id__in=wanted, tenant_id=request.tenant.id)}
    for item in wanted:
        if item not in mine:
            raise Refused(102, f"You don't own the dataset {item}")
        if mine[item].chunk_num == 0:
            raise Refused(102, f"The dataset {item} doesn't own parsed file")
    names = [offered.shown(mine[item].embd_id) for item in wanted]
    models = {offered.resolve(mine[item].embd_id, request.tenant.id) or mine[item].embd_id for item in wanted}
    if len(models) > 1:
        raise Refused(102, f"Datasets use different embedding models: {names}")
    return wanted


def _model(request: ApiRequest, field: str, kind: str, name: Any) -> str:
    """A model's name for the store. A missing one is the tenant's: a chat model by its id, and no rerank model."""
    if not name:
        default = offered.resolve(request.tenant.llm_id, request.tenant.id)
        return default.id_for(request.tenant.id) if kind == "chat" and default else ""
    try:
        offered.find(str(name), kind, request.tenant.id)
    except LookupError:
        raise Refused(102, f"`{field}` {name} doesn't exist") from None
    return offered.stored(str(name))


def with_defaults(request: ApiRequest, columns: dict[str, Any]) -> dict[str, Any]:
    """The columns of a new assistant: what the request left out is filled in, and the prompt gets a `date`."""
    config = {**deepcopy(PROMPT), **columns.get("prompt_config", {})}
    config["system"] = config["system"] or PROMPT["system"]
    parameters = config["parameters"] or []
    if all(parameter["key"] != DATE["key"] for parameter in parameters):
        parameters = [*parameters, DATE]
    config["parameters"] = parameters
    return {
        "llm_id": _model(request, "llm_id", "chat", None), "llm_setting": {}, "similarity_threshold": 0.1,
        "meta_data_filter": {}, "kb_ids": [], **columns, "prompt_config": config,
    }  # fmt: skip


def as_stored(columns: dict[str, Any]) -> dict[str, Any]:
    """Column values as the store keeps them: objects and lists are JSON text."""
    return {key: json.dumps(value) if key in JSON_COLUMNS else value for key, value in columns.items()}
