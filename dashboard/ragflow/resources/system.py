"""The server itself: health, version, key, models (contract §23)."""

from __future__ import annotations

from typing import Any

import msgspec

from dashboard.ragflow.errors import InvalidResponse
from dashboard.ragflow.http.envelope import excerpt
from dashboard.ragflow.http.json_repair import decode, fields, without_nul
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.types import Defaults, Health, Model

_object = msgspec.json.Decoder(dict[str, Any])


class _WireModel(msgspec.Struct):
    llm_name: str | None
    model_type: str | None
    fid: str | None = None
    available: bool | None = True
    status: str | int | None = "1"


class _WireDefaults(msgspec.Struct):
    tenant_id: str | None
    name: str | None = None
    llm_id: str | None = None
    embd_id: str | None = None
    rerank_id: str | None = None
    img2txt_id: str | None = None
    asr_id: str | None = None
    tts_id: str | None = None


_models = msgspec.json.Decoder(dict[str, list[_WireModel | None] | None])
_defaults = msgspec.json.Decoder(_WireDefaults)


class System:
    """Information about the server."""

    def __init__(self, transport: Transport, detection: Detection) -> None:
        self._transport = transport
        self._detection = detection

    def health(self) -> Health:
        """The state of the server's components. Needs no key. The server checks its backends, so call it rarely.

        If a component fails, the response is HTTP 500 with the same JSON, which is returned as a Health.
        """
        status, content_type, body = self._transport.plain("/v1/system/healthz")
        try:
            raw = fields(decode(without_nul(body), _object))
        except msgspec.DecodeError:
            raw = {}
        parts = {key: raw[key] for key in ("db", "redis", "doc_engine", "storage") if isinstance(raw.get(key), str)}
        if not parts:
            raise InvalidResponse(
                f"The health check returned HTTP {status} with {content_type or 'no content type'}.",
                status=status,
                method="GET",
                path="/v1/system/healthz",
                base_url=self._transport.base_url,
                excerpt=excerpt(body),
            )
        ok = status == 200 and all(state == "ok" for state in parts.values())
        return Health(ok=ok, parts=parts, raw=raw)

    def check_key(self) -> bool:
        """Whether the server accepts the API key."""
        return self._transport.key_works()

    def models(self, type: str | None = None) -> tuple[Model, ...]:
        """The tenant's models, in the server's order; ``type`` is chat, embedding, rerank, image2text …"""
        answer = self._transport.get("/v1/llm/list", {"model_type": type} if type else None)
        found: dict[tuple[str, str], Model] = {}
        for provider, models in answer.decode(_models).items():
            for wire in models or ():
                if wire is None or not wire.llm_name:
                    continue
                model = Model(
                    name=wire.llm_name,
                    provider=wire.fid or provider,
                    type=wire.model_type or "",
                    available=wire.available is not False and str(wire.status) == "1",
                )
                found.setdefault((model.id, model.type), model)
        return tuple(model for model in found.values() if type is None or model.type == type)

    def defaults(self) -> Defaults:
        """The tenant's default models."""
        wire = self._transport.get("/v1/user/tenant_info").decode(_defaults)
        return Defaults(
            tenant_id=wire.tenant_id or "",
            name=wire.name or "",
            chat_model=wire.llm_id or "",
            embedding_model=wire.embd_id or "",
            rerank_model=wire.rerank_id or "",
            image_model=wire.img2txt_id or "",
            speech_model=wire.asr_id or "",
            tts_model=wire.tts_id or "",
        )
