"""Choices of the form of an assistant: datasets, models, thinking modes."""

from __future__ import annotations

from dataclasses import dataclass, field

from dashboard.datasets import model_choice
from dashboard.datasets.list import listing
from dashboard.datasets.model_choice import ModelChoices
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, parallel
from dashboard.ragflow.types import Dataset


@dataclass(frozen=True)
class FormChoices:
    """``left_out`` is the number of datasets beyond what is read; ``datasets`` is None if they were not read.

    Unless the server says otherwise there are thinking modes, so that one that was chosen is kept.
    """

    datasets: tuple[Dataset, ...] | None = None
    left_out: int = 0
    models: ModelChoices = field(default_factory=ModelChoices)
    thinking_modes: bool = True


def load_choices(ragflow: RAGFlow, server: Server) -> FormChoices:
    """Read the datasets without a cache, so that one parsed a moment ago can be chosen, and the models."""
    everything, models = parallel(lambda: listing.walk(ragflow), lambda: model_choice.of(ragflow, server))
    return FormChoices(
        datasets=everything.datasets,
        left_out=max(0, everything.total - len(everything.datasets)),
        models=models,
        thinking_modes=ragflow.can("thinking modes"),
    )
