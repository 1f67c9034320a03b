"""The server itself, and the owner of the key (ragflow-0.27 §2, §5)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from ragflow_admin.standin import offered
from ragflow_admin.standin.face024 import system as old
from ragflow_admin.standin.face027 import models
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.store import tenants
from ragflow_admin.standin.store.models import Token, now_ms
from ragflow_admin.standin.store.times import iso


def version(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/system/version, without a key."""
    return answers.success("v0.27.0")


def language(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/language: which implementation serves the API."""
    return answers.success({"language": "python"})


def config(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/system/config."""
    return answers.success({"disablePasswordLogin": False, "registerEnabled": 1})


def stats(request: ApiRequest) -> HttpResponse:
    """GET /api/v1/system/stats: nothing is counted."""
    return answers.success({name: [] for name in ("pv", "round", "speed", "thumb_up", "tokens", "uv")})


def log_levels(request: ApiRequest) -> HttpResponse:
    """GET /api/v1/system/config/log."""
    return answers.success({"pdfminer": "WARNING", "peewee": "WARNING", "root": "INFO"})


def me(request: ApiRequest) -> HttpResponse:
    """GET /api/v1/users/me: since 0.25.6 without the hash of the password."""
    return answers.success(
        {k: v for k, v in old.profile(request.tenant).items() if k not in ("access_token", "password")}
    )


def my_models(request: ApiRequest) -> HttpResponse:
    """GET /api/v1/users/me/models: the default models, by name and by the tenant's id."""
    tenant = request.tenant
    ids = {f"tenant_{column}": models.default_id(tenant, kind) for kind, column in models.DEFAULTS.items()}
    none = dict.fromkeys(("ocr_id", "tts_id", *(f"tenant_{name}_id" for name in ("asr", "img2txt", "ocr", "tts"))))
    return answers.success(
        old.defaults(tenant)
        | {name: offered.shown(getattr(tenant, name)) for name in models.DEFAULTS.values()}
        | {**ids, **none}
    )


def my_tenants(request: ApiRequest) -> HttpResponse:
    """GET /api/v1/tenants: only the caller's own."""
    tenant = request.tenant
    row = {
        "avatar": None, "delta_seconds": (now_ms() - tenant.create_time) / 1000,
        "email": f"{tenant.nickname}@standin.invalid", "nickname": tenant.nickname, "role": "owner",
        "tenant_id": tenant.id, "update_date": iso(tenant.create_time),
    }  # fmt: skip
    return answers.success([row])


def members(request: ApiRequest, tenant_id: str) -> HttpResponse:
    """GET /api/v1/tenants/{id}/users: nobody else."""
    if tenant_id != request.tenant.id:
        raise Refused(109, "no authorization", data=False)
    return answers.success([])


def no_agents(request: ApiRequest) -> HttpResponse:
    """GET /api/v1/agents: the stand-in has none."""
    return answers.success({"canvas": [], "total": 0})


def _token(key: str, tenant_id: str, born: int) -> dict[str, Any]:
    return {
        "beta": offered.made_id(tenant_id, key), "create_date": iso(born), "create_time": born,
        "tenant_id": tenant_id, "token": key, "update_date": None, "update_time": None,
    }  # fmt: skip


def tokens(request: ApiRequest) -> HttpResponse:
    """GET /api/v1/system/tokens: all keys, in clear text."""
    tenant = request.tenant
    born = {tenant.key: tenant.create_time}
    born |= dict(Token.objects.filter(tenant_id=tenant.id).values_list("token", "create_time"))
    rows = [
        _token(key, tenant.id, at) | {"dialog_id": None, "source": None, "update_date": iso(at), "update_time": at}
        for key, at in born.items()
    ]
    return answers.success(rows)


def new_token(request: ApiRequest) -> HttpResponse:
    """POST /api/v1/system/tokens: a further key."""
    token = tenants.add_token(request.tenant)
    return answers.success(_token(token.token, request.tenant.id, token.create_time))


def delete_token(request: ApiRequest, token: str) -> HttpResponse:
    """DELETE /api/v1/system/tokens/{key}."""
    tenants.remove_token(request.tenant, token)
    return answers.success(data=True)
