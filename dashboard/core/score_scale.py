"""The scale of similarity score bars.

RAGFlow's scores are usually between 0 and 1, but page rank and tags can lift them above 1. The highest score of a list
then fills its bar, and the others are relative to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.ragflow.types import Source


@dataclass(frozen=True)
class ScoreScale:
    """The score that fills the bar, by kind of score; at least 1."""

    hybrid: float = 1.0
    term: float = 1.0
    vector: float = 1.0

    @classmethod
    def of(cls, sources: Iterable[Source]) -> ScoreScale:
        """The scale for a list of these sources."""
        shown = list(sources)
        return cls(
            hybrid=max((source.similarity or 0.0 for source in shown), default=1.0),
            term=max((source.term_similarity or 0.0 for source in shown), default=1.0),
            vector=max((source.vector_similarity or 0.0 for source in shown), default=1.0),
        )

    def __post_init__(self) -> None:
        for name in ("hybrid", "term", "vector"):
            object.__setattr__(self, name, max(1.0, getattr(self, name)))
