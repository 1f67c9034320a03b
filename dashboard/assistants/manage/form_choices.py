"""Choices of the form for a new assistant: datasets and chat models."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from dashboard.datasets.list import listing
from dashboard.ragflow import RAGFlow, errors, parallel
from dashboard.ragflow.types import Dataset, Defaults, Model

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FormChoices:
    """``left_out`` is the number of datasets beyond what is read; ``datasets`` is None if the server did not respond.

    ``chat_models`` is empty if the server does not list them.
    """

    datasets: tuple[Dataset, ...] | None = None
    left_out: int = 0
    chat_models: tuple[str, ...] = ()
    default_model: str = ""


def load_choices(ragflow: RAGFlow) -> FormChoices:
    """Read the choices without a cache, so that a dataset parsed a moment ago can be chosen."""
    everything, models, defaults = parallel(
        lambda: listing.walk(ragflow), lambda: _models(ragflow), lambda: _defaults(ragflow)
    )
    return FormChoices(
        datasets=everything.datasets,
        left_out=max(0, everything.total - len(everything.datasets)),
        chat_models=tuple(dict.fromkeys(model.id for model in models if model.type == "chat" and model.available)),
        default_model=defaults.chat_model if defaults else "",
    )


def _models(ragflow: RAGFlow) -> tuple[Model, ...]:
    try:
        return tuple(ragflow.system.models())
    except errors.RAGFlowError as error:
        logger.warning("Chat models unavailable: %s", error.message)
        return ()


def _defaults(ragflow: RAGFlow) -> Defaults | None:
    try:
        return ragflow.system.defaults()
    except errors.RAGFlowError as error:
        logger.warning("Default chat model unknown: %s", error.message)
        return None
