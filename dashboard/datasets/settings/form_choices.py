"""The choices of the dataset form: the server's models, tag sets, and pipelines in use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.core.cache import cache

from dashboard.datasets.list import listing
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel

logger = logging.getLogger(__name__)
KEPT_SECONDS = 60
T = TypeVar("T")


@dataclass(frozen=True)
class Offers:
    """Ids of models, (id, name) of tag sets, and (id, name of a dataset that uses it) of pipelines.

    Choices that could not be loaded are empty.
    """

    embedding_models: tuple[str, ...] = ()
    default_model: str = ""
    layout_models: tuple[str, ...] = ()
    tag_sets: tuple[tuple[str, str], ...] = ()
    pipelines: tuple[tuple[str, str], ...] = ()


def of(ragflow: RAGFlow, server: Server) -> Offers:
    """The choices, at most a minute old. For those that could not be loaded, the form has text fields."""
    key = f"{server.cache_key}:offers"
    kept: Offers | None = cache.get(key)
    if kept is not None:
        return kept
    models, defaults, everything = parallel(
        lambda: _unless_refused(ragflow.system.models),
        lambda: _unless_refused(ragflow.system.defaults),
        lambda: _unless_refused(lambda: listing.all_of(ragflow, server)),
    )
    offers = Offers(
        embedding_models=tuple(model.id for model in models or () if model.type == "embedding" and model.available),
        default_model=defaults.embedding_model if defaults else "",
        layout_models=tuple(model.id for model in models or () if model.type == "image2text" and model.available),
        tag_sets=tuple(
            (dataset.id, dataset.name)
            for dataset in (everything.datasets if everything else ())
            if dataset.chunk_method == "tag"
        ),
        pipelines=tuple(
            {
                dataset.pipeline_id: dataset.name
                for dataset in (everything.datasets if everything else ())
                if dataset.pipeline_id
            }.items()
        ),
    )
    if models is not None and defaults is not None and everything is not None:
        cache.set(key, offers, KEPT_SECONDS)
    return offers


def forget(server: Server) -> None:
    """Drop the cached choices after a dataset was created or deleted, since it may be a tag set."""
    cache.delete(f"{server.cache_key}:offers")


def _unless_refused(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except errors.RAGFlowError as error:
        logger.warning("Choices not loaded: %s %s: %s", error.method, error.path, error.message)
        return None
