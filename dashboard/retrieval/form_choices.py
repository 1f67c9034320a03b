"""Choices of the retrieval forms: datasets that can be searched together, and the server's rerank models."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.formatting import count
from dashboard.datasets import methods
from dashboard.datasets.list import listing
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Dataset

logger = logging.getLogger(__name__)
KEPT_SECONDS = 60


@dataclass(frozen=True)
class DatasetChoice:
    """A dataset to choose. ``reason`` says why it can't be searched ("" if it can); ``model`` is the display name."""

    id: str
    name: str
    model: str
    note: str
    reason: str
    is_chosen: bool
    is_empty: bool


@dataclass(frozen=True)
class FormChoices:
    """``rerank_models`` is None if the server does not list its models; then people type the name."""

    datasets: tuple[Dataset, ...]
    rerank_models: tuple[str, ...] | None

    @property
    def askable(self) -> tuple[Dataset, ...]:
        """The datasets that have chunks."""
        return tuple(dataset for dataset in self.datasets if dataset.chunk_count)

    def named(self, dataset_id: str) -> str:
        """The dataset's name; "" if it does not exist."""
        return next((dataset.name for dataset in self.datasets if dataset.id == dataset_id), "")


def of(ragflow: RAGFlow, server: Server) -> FormChoices:
    """The datasets (cached for seconds) and the rerank models (cached for a minute), requested in parallel."""
    everything, models = parallel(lambda: listing.all_of(ragflow, server), lambda: rerank_models(ragflow, server))
    return FormChoices(tuple(sorted(everything.datasets, key=lambda dataset: dataset.name.casefold())), models)


def rerank_models(ragflow: RAGFlow, server: Server) -> tuple[str, ...] | None:
    """Ids such as ``bge-reranker-v2-m3@Xinference``; None if the server does not list its models."""
    key = f"{server.cache_key}:rerank-models"
    kept: tuple[str, ...] | None = cache.get(key)
    if kept is not None:
        return kept
    try:
        found = tuple(model.id for model in ragflow.system.models("rerank") if model.available)
    except errors.RAGFlowError as error:
        logger.warning("Rerank models unavailable: %s %s: %s", error.method, error.path, error.message)
        return None
    cache.set(key, found, KEPT_SECONDS)
    return found


def choices(datasets: Collection[Dataset], chosen: Collection[str]) -> list[DatasetChoice]:
    """The datasets to choose from, searchable ones first. RAGFlow refuses mixed embedding models (contract §13)."""
    first = next((dataset for dataset in datasets if dataset.id in chosen), None)
    found = [
        DatasetChoice(
            id=dataset.id,
            name=dataset.name,
            model=methods.model_name(dataset.embedding_model),
            note=ngettext("%(n)s chunk", "%(n)s chunks", dataset.chunk_count) % {"n": count(dataset.chunk_count)},
            reason=_reason(dataset, first) if dataset.id not in chosen else "",
            is_chosen=dataset.id in chosen,
            is_empty=not dataset.chunk_count,
        )
        for dataset in datasets
    ]
    return sorted(found, key=lambda choice: bool(choice.reason))


def _reason(dataset: Dataset, first: Dataset | None) -> str:
    if not dataset.chunk_count:
        return _("no chunks yet")
    if first and methods.model_name(first.embedding_model) != methods.model_name(dataset.embedding_model):
        return _("different embedding model: %(model)s") % {"model": methods.model_name(dataset.embedding_model)}
    return ""
