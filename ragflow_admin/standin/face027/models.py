"""The models, default models and providers of 0.27 (ragflow-0.27 §0.2, §0.3, §0.10)."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse

from ragflow_admin.standin import offered
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.offered import BUILTIN, FACTORY, INSTANCE, Model, made_id
from ragflow_admin.standin.store.models import Tenant

# The tenant's column for each purpose that has a default model.
DEFAULTS: Final = {"chat": "llm_id", "embedding": "embd_id", "rerank": "rerank_id"}
PURPOSES: Final = (*DEFAULTS, "image2text", "ocr", "speech2text", "tts")
# Providers that could be added, besides the one that is.
OTHERS: Final = {
    "OpenAI": (["chat", "embedding", "speech2text", "tts"], "https://api.openai.com/v1"),
    "Ollama": (["chat", "embedding", "image2text"], ""),
}


def kingdom(tenant: Tenant) -> str:
    """The name of a tenant."""
    return f"{tenant.nickname}\u2018s Kingdom"


def default_id(tenant: Tenant, kind: str) -> str | None:
    """The id of the default model for a purpose; None for none or a built-in one."""
    model = offered.resolve(getattr(tenant, DEFAULTS[kind]), tenant.id)
    return (model.id_for(tenant.id) or None) if model else None


def listed(request: ApiRequest) -> HttpResponse:
    """GET /models: `type` filters, an unknown one is ignored. Built-in models come last, and have no ids."""
    tenant, kind = request.tenant, request.GET.get("type", "")
    if request.GET.get("owner_tenant_id", tenant.id) != tenant.id:
        raise Refused(102, "Permission denied")
    chosen = [model for model in offered.MODELS if kind not in PURPOSES or model.kind == kind]
    return answers.done([_row(model, tenant) for model in sorted(chosen, key=lambda m: m.provider == BUILTIN)])


def _row(model: Model, tenant: Tenant) -> dict[str, Any]:
    built_in = model.provider == BUILTIN
    return {
        "instance_id": "" if built_in else made_id(tenant.id, INSTANCE), "instance_name": model.instance,
        "model_id": model.id_for(tenant.id), "model_type": [model.kind], "name": model.name,
        "provider_id": "" if built_in else made_id(tenant.id, FACTORY), "provider_name": model.provider, "rank": 500,
        "tenant_id": tenant.id, "tenant_name": kingdom(tenant),
    }  # fmt: skip


def defaults(request: ApiRequest) -> HttpResponse:
    """GET /models/default: the default model for each purpose that has one."""
    rows = []
    for kind, column in DEFAULTS.items():
        model = offered.resolve(getattr(request.tenant, column), request.tenant.id)
        if model is not None:
            rows.append({
                "enable": True, "model_id": model.id_for(request.tenant.id), "model_instance": model.instance,
                "model_name": model.name, "model_provider": model.provider, "model_type": kind,
            })  # fmt: skip
    return answers.done({"models": rows})


def set_default(request: ApiRequest) -> HttpResponse:
    """PATCH /models/default {model_type, model_provider, model_instance, model_name}; without a name, none."""
    body = json_body(request)
    kind, name = body.get("model_type"), body.get("model_name") or ""
    if not kind:
        raise Refused(101, "model_type is required")
    if kind not in PURPOSES:
        raise Refused(101, f"Unsupported model_type '{kind}'")
    provider, instance = body.get("model_provider") or "", body.get("model_instance") or ""
    if name:
        if provider not in (FACTORY, BUILTIN):
            raise Refused(102, f"Provider '{provider}' not found")
        try:
            model = offered.find(f"{name}@{instance}@{provider}", kind, request.tenant.id)
        except LookupError:
            raise Refused(102, f"Model '{name}' not found") from None
        name = model.stored
    if kind in DEFAULTS:
        setattr(request.tenant, DEFAULTS[kind], name)
        request.tenant.save()
    return answers.done()


def providers(request: ApiRequest) -> HttpResponse:
    """GET /providers: those the tenant has, or with `available=true` all that could be added."""
    if request.GET.get("available") == "true":
        rows = [{"model_types": kinds, "name": name, "url": {"default": url}} for name, (kinds, url) in OTHERS.items()]
        return answers.done([*rows, {"model_types": [], "name": FACTORY, "url": {"default": ""}}])
    return answers.done([{"has_instance": True, "model_types": [], "name": FACTORY, "url": {"default": ""}}])


def _known(provider: str) -> None:
    if provider != FACTORY:
        raise Refused(102, f"Provider '{provider}' not found")


def provider(request: ApiRequest, name: str) -> HttpResponse:
    """GET /providers/{name}."""
    _known(name)
    return answers.done({"base_url": {"default": ""}, "name": name, "total_models": 0})


def _instance(request: ApiRequest) -> dict[str, Any]:
    return {
        "id": made_id(request.tenant.id, INSTANCE), "instance_name": INSTANCE,
        "provider_id": made_id(request.tenant.id, FACTORY), "region": "", "status": "active",
    }  # fmt: skip


def instances(request: ApiRequest, name: str) -> HttpResponse:
    """GET /providers/{name}/instances."""
    _known(name)
    return answers.done([_instance(request)])


def _known_instance(provider: str, instance: str) -> None:
    _known(provider)
    if instance != INSTANCE:
        raise Refused(102, f"Instance '{instance}' not found")


def instance(request: ApiRequest, name: str, instance: str) -> HttpResponse:
    """GET /providers/{name}/instances/{instance}: with the provider's key in clear text (ragflow-0.27 §0.10)."""
    _known_instance(name, instance)
    return answers.done(_instance(request) | {"api_key": "sk-standin", "base_url": "http://standin.invalid/v1"})


def instance_models(request: ApiRequest, name: str, instance: str) -> HttpResponse:
    """GET /providers/{name}/instances/{instance}/models."""
    _known_instance(name, instance)
    rows = [
        {
            "extra": {"max_tokens": m.tokens, "verify": "unknown"}, "features": [], "max_tokens": m.tokens,
            "model_type": [m.kind], "name": m.name, "rank": 500, "status": "active", "verify": "unknown",
        }
        for m in offered.MODELS
        if m.provider == FACTORY
    ]  # fmt: skip
    return answers.done(rows)


def provider_models(request: ApiRequest, name: str) -> HttpResponse:
    """GET /providers/{name}/models: none are known of an OpenAI-compatible server."""
    _known(name)
    return answers.done([])
