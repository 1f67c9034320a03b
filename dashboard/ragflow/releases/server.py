"""What a server tells of itself: its health, its models, and which of them are the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Health:
    """``parts`` maps db, redis, doc_engine and storage to "ok" or "nok"."""

    ok: bool
    parts: Mapping[str, str]
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """A model that the server can use. ``name`` is for display; ``type`` is chat, embedding, rerank, image2text …

    ``id`` is the name that datasets, assistants and searches are given in that release: ``name@provider``, or since
    0.26 ``name@instance@provider``. ``key`` is the tenant's id of the model (32 hex digits), which since 0.26 may be
    stored in its place; "" if there is none (ragflow-0.27 §0.3).
    """

    id: str
    name: str
    provider: str
    type: str
    available: bool
    instance: str = ""
    key: str = ""

    def is_meant_by(self, stored: str) -> bool:
        """Whether a dataset or an assistant that stores this uses the model. Names without instance mean any."""
        if not stored:
            return False
        whole = f"{self.name}@{self.instance or 'default'}@{self.provider}"
        return stored in (self.id, self.key, whole, f"{self.name}@{self.provider}")


@dataclass(frozen=True, slots=True)
class Defaults:
    """The ids of the tenant's default models (``Model.id``); "" if not set."""

    chat_model: str
    embedding_model: str
    rerank_model: str
    image_model: str
    speech_model: str
    tts_model: str
