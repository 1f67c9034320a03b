"""The language models that the stand-in pretends to have, and their names on each face.

0.24 names a model `standin-chat___OpenAI-API@OpenAI-API-Compatible`, 0.27 `standin-chat@standin@OpenAI-API-Compatible`
(model, instance, provider) or by an id that each tenant has for it (ragflow-0.27 §0.3). The store keeps 0.24's name;
an id or a name in two parts is kept and shown as it was sent, as on the real server.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final, NamedTuple

FACTORY: Final = "OpenAI-API-Compatible"
BUILTIN: Final = "Builtin"
INSTANCE: Final = "standin"
_SUFFIX: Final = "___OpenAI-API"
_OLD, _NEW = f"{_SUFFIX}@{FACTORY}", f"@{INSTANCE}@{FACTORY}"


class Model(NamedTuple):
    """A model: its bare name, who provides it, what it is for, and its maximum input in tokens."""

    name: str
    provider: str
    kind: str
    tokens: int

    @property
    def llm_name(self) -> str:
        """The name in 0.24's lists, without the provider."""
        return self.name if self.provider == BUILTIN else self.name + _SUFFIX

    @property
    def stored(self) -> str:
        """The name in the store, which is 0.24's."""
        return f"{self.llm_name}@{self.provider}"

    @property
    def instance(self) -> str:
        """The instance of the provider in 0.27."""
        return "default" if self.provider == BUILTIN else INSTANCE

    def id_for(self, tenant_id: str) -> str:
        """The tenant's id of the model, 32 hex digits; a built-in one has none."""
        return "" if self.provider == BUILTIN else made_id(tenant_id, self.name)


MODELS: Final = (
    Model("standin/hash-embedding", BUILTIN, "embedding", 8192),
    Model("standin/hash-embedding-small", BUILTIN, "embedding", 512),
    Model("BAAI/bge-small-en-v1.5", BUILTIN, "embedding", 512),
    Model("standin-chat", FACTORY, "chat", 8192),
    Model("standin-embed", FACTORY, "embedding", 8192),
    Model("standin-embed-small", FACTORY, "embedding", 512),
    Model("standin-reasoner", FACTORY, "chat", 8192),
    Model("standin-rerank", FACTORY, "rerank", 8192),
)
CHAT: Final = f"standin-chat{_OLD}"
REASONER: Final = f"standin-reasoner{_OLD}"
# What a new tenant's datasets are embedded with, by release.
EMBEDDING: Final = {"0.24": "standin/hash-embedding@Builtin", "0.27": f"standin-embed{_OLD}"}


def made_id(tenant_id: str, name: str) -> str:
    """A fixed id of something that each tenant has under a name: 32 hex digits."""
    return hashlib.blake2b(f"{tenant_id} {name}".encode(), digest_size=16).hexdigest()


def shown(text: str) -> str:
    """A stored name, or JSON text that contains some, as 0.27 shows it."""
    return text.replace(_OLD, _NEW)


def stored(text: str) -> str:
    """A name as 0.27 sends it, or JSON text that contains some, as the store keeps it."""
    return text.replace(_NEW, _OLD)


def of_kind(kind: str) -> Iterator[Model]:
    """All models for one purpose: `chat`, `embedding`, `rerank`."""
    return (model for model in MODELS if model.kind == kind)


def resolve(name: str, tenant_id: str = "") -> Model | None:
    """The model that a stored name stands for, whichever face stored it; None if there is none."""
    for model in MODELS:
        if name in (model.stored, model.llm_name, f"{model.name}@{model.provider}"):
            return model
        if tenant_id and name and name == model.id_for(tenant_id):
            return model
    return None


def in_024(name: str, tenant_id: str) -> str:
    """A stored name as 0.24 shows it: an id or a name in two parts becomes the usual name."""
    model = resolve(name, tenant_id)
    return model.stored if model else name


def find(name: str, kind: str, tenant_id: str) -> Model:
    """The model that a request to 0.27 names: three parts, two parts or an id (ragflow-0.27 §0.3).

    Raises LookupError with the server's words for anything else, also for 0.24's names.
    """
    bare, _, provider = name.rpartition("@")
    for model in of_kind(kind):
        names = {f"{model.name}@{model.provider}", f"{model.name}@{model.instance}@{model.provider}"}
        if name in names or (name and name == model.id_for(tenant_id)):
            return model
    if not name:
        raise LookupError("Provider name is required.")
    if provider not in (FACTORY, BUILTIN):
        provider = provider if bare else ""
        raise LookupError(f"Provider {provider} not found for model {name}.")
    raise LookupError(f"Model {name} not found.")
