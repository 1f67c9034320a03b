"""Health, version, and the owner of the key (contract §23)."""

from __future__ import annotations

import datetime
import os
import time
from typing import Any

from django.http import HttpRequest, HttpResponse

from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.store.models import Document, Tenant
from ragflow_admin.standin.store.times import iso

VERSION = "v0.24.0"
_started = time.time()


def healthz(request: HttpRequest) -> HttpResponse:
    return answers.json_answer({"db": "ok", "doc_engine": "ok", "redis": "ok", "status": "ok", "storage": "ok"})


def ping(request: HttpRequest) -> HttpResponse:
    return HttpResponse("pong", content_type="text/html; charset=utf-8")


def version(request: ApiRequest) -> HttpResponse:
    return answers.success(VERSION)


def config(request: HttpRequest) -> HttpResponse:
    return answers.success({"registerEnabled": 1})


def _stamp(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="milliseconds")


def status(request: ApiRequest) -> HttpResponse:
    """GET /v1/system/status: components with their state, and the heartbeat of the only task executor."""
    pending = Document.objects.filter(run="1").count()
    beat = {
        "boot_at": _stamp(_started), "current": {}, "done": 0, "failed": 0, "ip_address": "127.0.0.1", "lag": 0,
        "name": "task_executor_0", "now": _stamp(time.time()), "pending": pending, "pid": os.getpid(),
    }  # fmt: skip
    return answers.success(
        {
            "database": {"database": "sqlite", "elapsed": "0.3", "status": "green"},
            "doc_engine": {"elapsed": "0.3", "type": "sqlite fts5", "status": "green"},
            "redis": {"elapsed": "0.1", "status": "green"},
            "storage": {"elapsed": "0.1", "status": "green", "storage": "files"},
            "task_executor_heartbeats": {"task_executor_0": [beat]},
        }
    )


def token_list(request: ApiRequest) -> HttpResponse:
    tenant = request.tenant
    row = {
        "beta": "", "create_date": iso(tenant.create_time), "create_time": tenant.create_time, "dialog_id": None,
        "source": None, "tenant_id": tenant.id, "token": tenant.key, "update_date": iso(tenant.create_time),
        "update_time": tenant.create_time,
    }  # fmt: skip
    return answers.success([row])


PARSERS = (
    "naive:General,qa:Q&A,resume:Resume,manual:Manual,table:Table,paper:Paper,book:Book,laws:Laws,"
    "presentation:Presentation,picture:Picture,one:One,audio:Audio,email:Email,tag:Tag"
)


def tenant_info(request: ApiRequest) -> HttpResponse:
    return answers.success(defaults(request.tenant))


def defaults(tenant: Tenant) -> dict[str, Any]:
    """A tenant's default models, by the names in the store."""
    return {
        "asr_id": "", "embd_id": tenant.embd_id, "img2txt_id": "", "llm_id": tenant.llm_id,
        "name": f"{tenant.nickname}\u2018s Kingdom", "parser_ids": PARSERS, "rerank_id": tenant.rerank_id,
        "role": "owner", "tenant_id": tenant.id, "tts_id": None,
    }  # fmt: skip


def user_info(request: ApiRequest) -> HttpResponse:
    return answers.success(profile(request.tenant))


def profile(tenant: Tenant) -> dict[str, Any]:
    """The user that owns a tenant."""
    born = iso(tenant.create_time)
    return {
        "access_token": "",
        "avatar": None,
        "color_schema": "Bright",
        "create_date": born,
        "create_time": tenant.create_time,
        "email": f"{tenant.nickname}@standin.invalid",
        "id": tenant.id,
        "is_active": "1",
        "is_anonymous": "0",
        "is_authenticated": "1",
        "is_superuser": False,
        "language": "English",
        "last_login_time": born,
        "login_channel": "password",
        "nickname": tenant.nickname,
        "password": "",
        "status": "1",
        "timezone": "UTC",
        "update_date": born,
        "update_time": tenant.create_time,
    }


def nothing_there(request: ApiRequest) -> HttpResponse:
    """Agents: the stand-in has none."""
    return answers.done([])


def no_memories(request: ApiRequest) -> HttpResponse:
    body = {"code": 0, "data": {"memory_list": [], "total_count": 0}, "message": True}
    return answers.json_answer(body)
