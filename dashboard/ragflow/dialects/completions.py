"""OpenAI-compatible completions: how releases differ (contract §17; ragflow-0.27 §1, §6; ragflow-0.25-observed)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from dashboard.ragflow.releases.release import Release

Kind = Literal["assistant", "agent"]
Role = Literal["system", "user", "assistant"]

# Any model name will do before 0.25; since then, this one stands for the assistant's own model.
ANY_MODEL: Final = "model"
ENDING: Final = "/chat/completions"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a completion.

    ``metadata``: which keys of the documents' metadata the references carry; () for all, None for none.
    ``condition``: as ``conditions.Conditions.as_parameter`` writes it; {} for all documents. Agents take neither.
    ``more``: further parameters of OpenAI's API, such as ``temperature``.
    """

    messages: tuple[tuple[Role, str], ...]
    model: str = ANY_MODEL
    stream: bool = True
    references: bool = False
    metadata: tuple[str, ...] | None = None
    condition: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompletionsDialect:
    """``has_new_paths``: since 0.25, agents have one path for all. ``repeats_text``: the end of a stream has the whole
    text once more, as if it were one more piece."""

    has_new_paths: bool
    repeats_text: bool

    def path(self, kind: Kind, id: str) -> str:
        """Where the completions of an assistant or agent are asked for."""
        if kind == "agent":
            return f"/api/v1/agents{ENDING}" if self.has_new_paths else f"/api/v1/agents_openai/{id}{ENDING}"
        return f"/api/v1/{'openai' if self.has_new_paths else 'chats_openai'}/{id}{ENDING}"

    def extras(self, kind: Kind, id: str, wanted: Wanted) -> dict[str, Any]:
        """What the body has beyond OpenAI's own keys.

        RAGFlow's options are under a key that is literally named ``extra_body``. ``stream`` is always sent, because its
        default differs between releases, and between assistants and agents.
        """
        if kind == "agent":
            return {"agent_id": id, "openai-compatible": True} if self.has_new_paths else {}
        extra: dict[str, Any] = {"reference": True} if wanted.references else {}
        if wanted.references and wanted.metadata is not None:
            chosen = {"fields": list(wanted.metadata)} if wanted.metadata else {}
            extra["reference_metadata"] = {"include": True, **chosen}
        if wanted.condition:
            extra["metadata_condition"] = dict(wanted.condition)
        return {"extra_body": extra} if extra else {}


def of(release: Release) -> CompletionsDialect:
    """The dialect of a release."""
    return CompletionsDialect(
        has_new_paths=release.number >= (0, 25, 0),
        repeats_text=(0, 25, 0) <= release.number < (0, 26, 0),
    )
