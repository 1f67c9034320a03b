"""The parameters of POST /retrieval for one side, and their labels (contract §13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from dashboard.datasets import methods

DEFAULTS: Final[dict[str, Any]] = {
    "similarity_threshold": 0.2,
    "vector_similarity_weight": 0.3,
    "top_k": 1024,
    "rerank_id": "",
    "cross_languages": "",
    "keyword": False,
    "use_kg": False,
    "toc_enhance": False,
    "highlight": False,
}
COSTLY: Final = ("keyword", "use_kg", "toc_enhance", "cross_languages")


@dataclass(frozen=True)
class Chip:
    """The label of a setting. ``differs``: from what it is compared with; ``reset_url`` runs the query without it."""

    label: str
    differs: bool
    name: str = ""
    reset_url: str = ""


@dataclass(frozen=True)
class Settings:
    """The validated parameters of one side, under RAGFlow's names."""

    values: dict[str, Any]

    @property
    def threshold(self) -> float:
        return float(self.values["similarity_threshold"])

    @property
    def costs_model(self) -> bool:
        """Whether every question costs a chat model call."""
        return any(self.values[name] for name in COSTLY)

    def parameters(self) -> dict[str, Any]:
        """For ``ragflow.retrieval.search``: without what equals RAGFlow's defaults, except for the numbers."""
        sent = {name: value for name, value in self.values.items() if value}
        for name in ("similarity_threshold", "vector_similarity_weight", "top_k"):
            sent[name] = self.values[name]
        return sent

    def chips(self, other: Settings | None = None) -> list[Chip]:
        """The main settings as chips, marked if they differ from ``other`` (default: RAGFlow's defaults)."""
        compared = other.values if other else AT_DEFAULT.values
        return [
            Chip(words, self.values[name] != compared[name], name)
            for name, words in self._words().items()
            if words and (name in ALWAYS_SHOWN or self.values[name] or self.values[name] != compared[name])
        ]

    @property
    def changed(self) -> list[Chip]:
        """The settings that differ from RAGFlow's defaults."""
        return [chip for chip in self.chips() if chip.differs]

    def _words(self) -> dict[str, str]:
        at = self.values
        on_off = {True: _("on"), False: _("off")}
        rerank = methods.model_name(at["rerank_id"]) if at["rerank_id"] else ""
        languages = ", ".join(at["cross_languages"])
        return {
            "similarity_threshold": _("threshold %(value).2f") % {"value": at["similarity_threshold"]},
            "vector_similarity_weight": _("vector weight %(value).2f") % {"value": at["vector_similarity_weight"]},
            "top_k": _("top-k %(value)s") % {"value": f"{at['top_k']:,}"},
            "rerank_id": _("rerank %(model)s") % {"model": rerank} if rerank else _("no rerank"),
            "cross_languages": _("also in %(languages)s") % {"languages": languages}
            if languages
            else _("one language"),
            "keyword": _("keywords %(state)s") % {"state": on_off[at["keyword"]]},
            "use_kg": _("knowledge graph %(state)s") % {"state": on_off[at["use_kg"]]},
            "toc_enhance": _("table of contents %(state)s") % {"state": on_off[at["toc_enhance"]]},
            "highlight": _("RAGFlow highlights %(state)s") % {"state": on_off[at["highlight"]]},
        }


ALWAYS_SHOWN: Final = ("similarity_threshold", "vector_similarity_weight", "top_k", "rerank_id")
AT_DEFAULT: Final = Settings({**DEFAULTS, "cross_languages": ()})


def without(query: QueryDict, prefix: str, name: str, value: Any) -> str:
    """The query string with one parameter set to ``value``: A's value for B (``b-``), otherwise the default."""
    asked = query.copy()
    asked.pop("page", None)
    asked.pop(f"{prefix}{name}", None)
    if prefix and value and value != DEFAULTS[name]:
        text = ", ".join(value) if isinstance(value, tuple) else "on" if value is True else str(value)
        asked[f"{prefix}{name}"] = text
    return f"?{asked.urlencode()}"


def as_query(parameters: Mapping[str, Any]) -> str:
    """Parameters as a query string of the lab; the inverse of ``Settings.parameters``."""
    shown = {
        name: ", ".join(value) if isinstance(value, (list, tuple)) else "on" if value is True else value
        for name, value in parameters.items()
    }
    return urlencode(shown)
