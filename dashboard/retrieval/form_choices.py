"""Choices of the retrieval forms: datasets that can be searched together, and the server's models."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.formatting import count
from dashboard.datasets import methods, model_choice
from dashboard.datasets.list import listing
from dashboard.datasets.model_choice import ModelChoices
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Dataset


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
    """The datasets, and the models of the server."""

    datasets: tuple[Dataset, ...]
    models: ModelChoices

    @property
    def askable(self) -> tuple[Dataset, ...]:
        """The datasets that have chunks."""
        return tuple(dataset for dataset in self.datasets if dataset.chunk_count)

    def named(self, dataset_id: str) -> str:
        """The dataset's name; "" if it does not exist."""
        return next((dataset.name for dataset in self.datasets if dataset.id == dataset_id), "")


def of(ragflow: RAGFlow, server: Server) -> FormChoices:
    """The datasets (cached for seconds) and the models (cached for a minute), requested in parallel."""
    everything, models = parallel(lambda: listing.all_of(ragflow, server), lambda: model_choice.of(ragflow, server))
    return FormChoices(tuple(sorted(everything.datasets, key=lambda dataset: dataset.name.casefold())), models)


def choices(datasets: Collection[Dataset], chosen: Collection[str]) -> list[DatasetChoice]:
    """The datasets to choose from, searchable ones first. RAGFlow refuses mixed embedding models (contract §13)."""
    first = next((dataset for dataset in datasets if dataset.id in chosen), None)
    found = [
        DatasetChoice(
            id=dataset.id,
            name=dataset.name,
            model=methods.model_of(dataset),
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
    if first and methods.model_of(first) != methods.model_of(dataset):
        return _("different embedding model: %(model)s") % {"model": methods.model_of(dataset)}
    return ""
