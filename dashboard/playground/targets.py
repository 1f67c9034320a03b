"""What can be asked in the playground: assistants. Agents need only a function here and two addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.completions.completions import Target
from dashboard.ragflow.dialects.completions import Kind


@dataclass(frozen=True)
class Found:
    """A target, and the datasets that it searches, whose metadata can be filtered by."""

    target: Target
    dataset_ids: tuple[str, ...]


def _assistant(ragflow: RAGFlow, id: str) -> Found:
    assistant = ragflow.chats.get(id)
    return Found(Target("assistant", assistant.id, assistant.name), assistant.dataset_ids)


_FIND: Final[Mapping[Kind, Callable[[RAGFlow, str], Found]]] = {"assistant": _assistant}


def find(ragflow: RAGFlow, kind: Kind, id: str) -> Found:
    """The target with this id. Raises NotFound if there is none, or the user may not see it."""
    return _FIND[kind](ragflow, id)
