"""Chat assistants (contract §14)."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from ragflow_admin.standin import offered
from ragflow_admin.standin.face024 import models
from ragflow_admin.standin.face024.datasets.datasets import raw_row_of
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body, ordering, page_of, unique
from ragflow_admin.standin.store.models import Chat, Dataset, Session, now_ms
from ragflow_admin.standin.store.times import iso

LLM = {"temperature": 0.1, "top_p": 0.3, "frequency_penalty": 0.7, "presence_penalty": 0.4, "max_tokens": 512}
PROMPT: dict[str, Any] = {
    "system": "You are an intelligent assistant. Please summarize the content of the dataset to answer the question. "
    "Please list the data in the dataset and answer in detail. When all dataset content is irrelevant to the question, "
    'your answer must include the sentence "The answer you are looking for is not found in the dataset!" '
    "Answers need to consider chat history.\n      Here is the knowledge base:\n      {knowledge}\n"
    "      The above is the knowledge base.",
    "prologue": "Hi! I'm your assistant. What can I do for you?",
    "parameters": [{"key": "knowledge", "optional": False}],
    "empty_response": "Sorry! No relevant content was found in the knowledge base!",
    "quote": True,
    "tts": False,
    "refine_multiturn": True,
}
OUTSIDE = {"prompt": "system", "opener": "prologue", "show_quote": "quote", "variables": "parameters"}
INSIDE = {inner: outer for outer, inner in OUTSIDE.items()}
COLUMNS = frozenset({
    "id", "tenant_id", "name", "description", "icon", "language", "llm_id", "llm_setting", "prompt_type",
    "prompt_config", "meta_data_filter", "similarity_threshold", "vector_similarity_weight", "top_n", "top_k",
    "do_refer", "rerank_id", "kb_ids", "status", "create_time", "create_date", "update_time", "update_date",
})  # fmt: skip
JSON_COLUMNS = ("llm_setting", "prompt_config", "meta_data_filter", "kb_ids")


def row_of(chat: Chat) -> dict[str, Any]:
    """An assistant as returned by create and list, without its datasets.

    `keywords_similarity_weight` is returned as 1 minus the stored value (contract §14.1).
    """
    config = json.loads(chat.prompt_config)
    prompt = {INSIDE.get(key, key): value for key, value in config.items()} | {
        "keywords_similarity_weight": round(1 - chat.vector_similarity_weight, 10),
        "rerank_model": offered.in_024(chat.rerank_id, chat.tenant_id),
        "similarity_threshold": chat.similarity_threshold,
        "top_n": chat.top_n,
    }
    return {
        "avatar": chat.icon, "create_date": iso(chat.create_time), "create_time": chat.create_time,
        "description": chat.description, "do_refer": chat.do_refer, "id": chat.id, "language": chat.language,
        "llm": {**json.loads(chat.llm_setting), "model_name": offered.in_024(chat.llm_id, chat.tenant_id)},
        "meta_data_filter": answers.raw_json(chat.meta_data_filter), "name": chat.name, "prompt": prompt,
        "prompt_type": chat.prompt_type, "status": chat.status, "tenant_id": chat.tenant_id,
        "update_date": iso(chat.update_time), "update_time": chat.update_time,
    }  # fmt: skip


def _check_datasets(request: ApiRequest, ids: Iterable[str]) -> list[str]:
    wanted = list(ids)
    mine = {d.id: d for d in Dataset.objects.filter(id__in=wanted, tenant_id=request.tenant.id)}
    for item in wanted:
        if item not in mine:
            raise Refused(102, f"You don't own the dataset {item}")
        if mine[item].chunk_num == 0:
            raise Refused(102, f"The dataset {item} doesn't own parsed file")
    if len({offered.in_024(d.embd_id, d.tenant_id) for d in mine.values()}) > 1:
        raise Refused(109, 'Datasets use different embedding models."')
    return wanted


def _check_model(llm: dict[str, Any]) -> None:
    name = llm.get("model_name")
    if name and not models.exists(name, "chat"):
        raise Refused(102, f"`model_name` {name} doesn't exist")


def _take_prompt(sent: dict[str, Any], columns: dict[str, Any]) -> dict[str, Any]:
    """Splits a sent prompt: retrieval settings into `columns`, the rest as inner names."""
    rest = dict(sent)
    for outer, column in (
        ("similarity_threshold", "similarity_threshold"), ("keywords_similarity_weight", "vector_similarity_weight"),
        ("top_n", "top_n"), ("top_k", "top_k"), ("rerank_model", "rerank_id"),
    ):  # fmt: skip
        if outer in rest:
            columns[column] = rest.pop(outer)
    rerank = columns.get("rerank_id")
    if rerank and not models.exists(rerank, "rerank"):
        raise Refused(102, f"`rerank_model` {rerank} doesn't exist")
    return {OUTSIDE.get(key, key): value for key, value in rest.items()}


def _check_prompt(config: dict[str, Any]) -> None:
    for parameter in config["parameters"]:
        if not parameter["optional"] and "{" + parameter["key"] + "}" not in config["system"]:
            raise Refused(102, f"Parameter '{parameter['key']}' is not used")


def create(request: ApiRequest) -> HttpResponse:
    body = json_body(request)
    ids = _check_datasets(request, body.get("dataset_ids", []))
    columns: dict[str, Any] = {}
    llm = body.get("llm")
    if llm:
        _check_model(llm)
    if not body.get("name"):
        raise Refused(102, "`name` is required.")
    name = str(body["name"])
    if Chat.objects.filter(tenant_id=request.tenant.id, name__iexact=name).exists():
        raise Refused(102, "Duplicated chat name in creating chat.")
    if body.get("tenant_id"):
        raise Refused(102, "`tenant_id` must not be provided.")
    config = _take_prompt(body.get("prompt") or {}, columns)
    for key, value in PROMPT.items():
        if key not in config or (key == "system" and not config[key]):
            config[key] = value
    _check_prompt(config)
    setting = {k: v for k, v in llm.items() if k not in ("model_name", "model_type")} if llm else LLM
    if body.get("description"):
        columns["description"] = body["description"]
    chat = Chat.objects.create(
        tenant_id=request.tenant.id,
        name=name,
        icon=body.get("avatar") or "",
        llm_id=(llm or {}).get("model_name") or request.tenant.llm_id,
        llm_setting=json.dumps(setting),
        prompt_config=json.dumps(config),
        meta_data_filter=json.dumps(body.get("meta_data_filter") or {}),
        kb_ids=json.dumps(ids),
        **columns,
    )
    return answers.done(row_of(chat) | {"dataset_ids": ids})


def update(request: ApiRequest, chat_id: str) -> HttpResponse:
    """PUT an assistant. Without `dataset_ids` it loses all its datasets (contract §14.2)."""
    chat = Chat.objects.filter(id=chat_id, tenant_id=request.tenant.id).first()
    if chat is None:
        raise Refused(102, "You do not own the chat")
    body = dict(json_body(request))
    columns: dict[str, Any] = {"kb_ids": _check_datasets(request, body.pop("dataset_ids", None) or [])}
    if body.get("llm"):
        llm = body.pop("llm")
        _check_model(llm)
        columns["llm_id"] = llm.pop("model_name", None) or chat.llm_id
        llm.pop("model_type", None)
        columns["llm_setting"] = {**json.loads(chat.llm_setting), **llm}
    if body.get("prompt"):
        config = {**json.loads(chat.prompt_config), **_take_prompt(body.pop("prompt"), columns)}
        _check_prompt(config)
        columns["prompt_config"] = config
    if "name" in body:
        if not body["name"]:
            raise Refused(102, "`name` cannot be empty.")
        same = Chat.objects.filter(tenant_id=request.tenant.id, name__iexact=body["name"])
        if same.exclude(id=chat.id).exists():
            raise Refused(102, "Duplicated chat name in updating chat.")
    if "show_quotation" in body:
        columns["do_refer"] = "1" if body.pop("show_quotation") else "0"
    if "avatar" in body:
        columns["icon"] = body.pop("avatar") or ""
    for key in body:
        if key not in COLUMNS:
            raise ValueError(f'Unrecognized field name: "{key}" in {_written(chat, body, columns)}.')
    for key, value in (body | columns).items():
        setattr(chat, key, json.dumps(value) if key in JSON_COLUMNS else value)
    chat.update_time = now_ms()
    chat.save()
    return answers.done()


def _written(chat: Chat, body: dict[str, Any], columns: dict[str, Any]) -> dict[str, Any]:
    """What the real server was about to write, as shown in its error message."""
    stored = {"prompt_config": json.loads(chat.prompt_config), "llm_setting": json.loads(chat.llm_setting)}
    now = datetime.datetime.now().replace(microsecond=0)  # noqa: DTZ005 - naive, as in the real message
    return {**body, "kb_ids": [], **stored, **columns, "update_time": now_ms(), "update_date": now}


def listed(request: ApiRequest) -> HttpResponse:
    """GET /chats: a bare list without a total; an unknown id or name is an error."""
    rows = Chat.objects.filter(tenant_id=request.tenant.id)
    asked = {key: request.GET[key] for key in ("id", "name") if request.GET.get(key)}
    if asked:
        rows = rows.filter(**asked)
        if not rows.exists():
            raise Refused(102, "The chat doesn't exist")
    offset, limit = page_of(request)
    order = ordering(request, "Dialog", COLUMNS)
    page = list(rows.order_by(order, "-id" if order[0] == "-" else "id")[offset : offset + limit])
    linked = {chat.id: json.loads(chat.kb_ids) for chat in page}
    every = {item for ids in linked.values() for item in ids}
    datasets = {d.id: raw_row_of(d) for d in Dataset.objects.filter(id__in=every)} if every else {}
    data = [
        row_of(chat) | {"datasets": [datasets[i] for i in linked[chat.id] if i in datasets], "top_k": chat.top_k}
        for chat in page
    ]
    return answers.done(data)


def delete(request: ApiRequest) -> HttpResponse:
    """DELETE /chats: no ids, in whatever form, means every assistant of the tenant (contract §6)."""
    mine = Chat.objects.filter(tenant_id=request.tenant.id)
    ids = json_body(request).get("ids") or list(mine.values_list("id", flat=True))
    wanted, repeats = unique(list(ids), "assistant")
    errors, gone = [], 0
    for item in wanted:
        if mine.filter(id=item).delete()[0]:
            Session.objects.filter(dialog_id=item).delete()
            gone += 1
        else:
            errors.append(f"Assistant({item}) not found.")
    if errors and not gone:
        raise Refused(102, "; ".join(errors))
    if errors or repeats:
        return answers.done({"errors": errors + repeats, "success_count": gone})
    return answers.done()
