"""The server's models and its health: how releases differ (contract §23, ragflow-0.27 §0.2, §0.3, §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from dashboard.ragflow.http.envelope import Answer
from dashboard.ragflow.releases.release import Release
from dashboard.ragflow.releases.server import Defaults, Model

# Added to the names of models of OpenAI-compatible servers until 0.25; refused since 0.26 (ragflow-0.27 §0.3).
SUFFIX: Final = "___OpenAI-API"
# The instance of a provider that has one only: names leave it out.
ONLY_INSTANCE: Final = "default"


@dataclass(frozen=True, slots=True)
class ModelsDialect:
    """Where the models, the defaults and the health are, and how the first two are read.

    ``type_parameter`` is the parameter that chooses models of one type.
    """

    models_path: str
    type_parameter: str
    read_models: Callable[[Answer], Iterator[Model]]
    defaults_path: str
    read_defaults: Callable[[Answer], Defaults]
    health_path: str


class _WireModel(msgspec.Struct):
    llm_name: str | None
    model_type: str | None
    fid: str | None = None
    available: bool | None = True
    status: str | int | None = "1"


class _WireTenantModel(msgspec.Struct):
    """A row of 0.26; fields that are not here, such as those of the provider, are not read."""

    name: str | None
    provider_name: str | None
    model_type: list[str | None] | None = None
    instance_name: str | None = None
    model_id: str | None = None


class _WireTenant(msgspec.Struct):
    tenant_id: str | None = None
    llm_id: str | None = None
    embd_id: str | None = None
    rerank_id: str | None = None
    img2txt_id: str | None = None
    asr_id: str | None = None
    tts_id: str | None = None


class _WireDefault(msgspec.Struct):
    model_type: str | None
    model_name: str | None
    model_provider: str | None = None
    model_instance: str | None = None
    enable: bool | None = True


class _WireDefaults(msgspec.Struct):
    models: list[_WireDefault | None] | None


_by_provider = msgspec.json.Decoder(dict[str, list[_WireModel | None] | None])
_rows = msgspec.json.Decoder(list[_WireTenantModel | None])
_tenant = msgspec.json.Decoder(_WireTenant)
_defaults = msgspec.json.Decoder(_WireDefaults)


def _read_by_provider(answer: Answer) -> Iterator[Model]:
    for group, models in answer.decode(_by_provider).items():
        for wire in models or ():
            if wire is None or not wire.llm_name:
                continue
            provider = wire.fid or group
            yield Model(
                id=f"{wire.llm_name}@{provider}",
                name=wire.llm_name.removesuffix(SUFFIX),
                provider=provider,
                type=wire.model_type or "",
                available=wire.available is not False and str(wire.status) == "1",
            )


def _read_rows(answer: Answer) -> Iterator[Model]:
    for wire in answer.decode(_rows):
        if wire is None or not wire.name:
            continue
        provider, instance = wire.provider_name or "", wire.instance_name or ""
        for type in wire.model_type or ():
            yield Model(
                id=_id(wire.name, instance, provider),
                name=wire.name,
                provider=provider,
                type=type or "",
                available=True,
                instance=instance,
                key=wire.model_id or "",
            )


def _read_tenant(answer: Answer) -> Defaults:
    wire = answer.decode(_tenant)
    return Defaults(
        chat_model=wire.llm_id or "",
        embedding_model=wire.embd_id or "",
        rerank_model=wire.rerank_id or "",
        image_model=wire.img2txt_id or "",
        speech_model=wire.asr_id or "",
        tts_model=wire.tts_id or "",
    )


def _read_defaults(answer: Answer) -> Defaults:
    found = {
        wire.model_type: _id(wire.model_name, wire.model_instance or "", wire.model_provider or "")
        for wire in answer.decode(_defaults).models or ()
        if wire is not None and wire.model_name and wire.enable is not False
    }
    return Defaults(
        chat_model=found.get("chat", ""),
        embedding_model=found.get("embedding", ""),
        rerank_model=found.get("rerank", ""),
        image_model=found.get("image2text", ""),
        speech_model=found.get("speech2text", ""),
        tts_model=found.get("tts", ""),
    )


def _id(name: str, instance: str, provider: str) -> str:
    parts = (name, provider) if instance in ("", ONLY_INSTANCE) else (name, instance, provider)
    return "@".join(parts)


_024 = ModelsDialect(
    models_path="/v1/llm/list",
    type_parameter="model_type",
    read_models=_read_by_provider,
    defaults_path="/v1/user/tenant_info",
    read_defaults=_read_tenant,
    health_path="/v1/system/healthz",
)
_025 = ModelsDialect(
    models_path="/v1/llm/list",
    type_parameter="model_type",
    read_models=_read_by_provider,
    defaults_path="/api/v1/users/me/models",
    read_defaults=_read_tenant,
    health_path="/api/v1/system/healthz",
)
_026 = ModelsDialect(
    models_path="/api/v1/models",
    type_parameter="type",
    read_models=_read_rows,
    defaults_path="/api/v1/models/default",
    read_defaults=_read_defaults,
    health_path="/api/v1/system/healthz",
)


def of(release: Release) -> ModelsDialect:
    """The dialect of a release."""
    if release.number >= (0, 26, 0):
        return _026
    return _025 if release.number >= (0, 25, 0) else _024
