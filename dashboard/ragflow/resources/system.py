"""The server itself: health, key, models (contract §23)."""

from __future__ import annotations

from typing import Any

import msgspec

from dashboard.ragflow.dialects import models
from dashboard.ragflow.errors import InvalidResponse, RAGFlowError, Unreachable
from dashboard.ragflow.http.envelope import excerpt
from dashboard.ragflow.http.json_repair import decode, fields, without_nul
from dashboard.ragflow.http.transport import Transport
from dashboard.ragflow.releases.detection import Detection
from dashboard.ragflow.releases.server import Defaults, Health, Model

# All releases have it, but not their API server in Go (ragflow-0.27 §1).
OLDEST_HEALTH = "/v1/system/healthz"

_object = msgspec.json.Decoder(dict[str, Any])


class System:
    """Information about the server."""

    def __init__(self, transport: Transport, detection: Detection) -> None:
        self._transport = transport
        self._detection = detection

    def health(self) -> Health:
        """The state of the server's components. Needs no key. The server checks its backends, so call it rarely.

        If a component fails, the response is HTTP 500 with the same JSON, which is returned as a Health.
        """
        path = self._health_path()
        status, content_type, body = self._transport.plain(path)
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
                path=path,
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
        dialect = models.of(self._detection.release())
        answer = self._transport.get(dialect.models_path, {dialect.type_parameter: type} if type else None)
        found: dict[tuple[str, str], Model] = {}
        for model in dialect.read_models(answer):
            if type is None or model.type == type:
                found.setdefault((model.id, model.type), model)
        return tuple(found.values())

    def defaults(self) -> Defaults:
        """The tenant's default models."""
        dialect = models.of(self._detection.release())
        return dialect.read_defaults(self._transport.get(dialect.defaults_path))

    def _health_path(self) -> str:
        """The path of this release. A server that does not tell its release still has the oldest one."""
        try:
            return models.of(self._detection.release()).health_path
        except Unreachable:
            raise
        except RAGFlowError:
            return OLDEST_HEALTH
