"""The choices of the dataset form: the server's models, tag sets, and pipelines in use."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from django.core.cache import cache

from dashboard.datasets import model_choice
from dashboard.datasets.list import listing
from dashboard.datasets.list.listing import Everything
from dashboard.datasets.model_choice import ModelChoices
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.releases.offers import Offer

logger = logging.getLogger(__name__)
KEPT_SECONDS = 60


@dataclass(frozen=True)
class Offers:
    """The models, (id, name) of tag sets, and (id, name of a dataset that uses it) of pipelines.

    ``accepts`` is what the server offers, ``templates`` are (id, name) of groups of compilation templates. Choices that
    could not be loaded are empty.
    """

    accepts: frozenset[Offer] = frozenset()
    models: ModelChoices = field(default_factory=ModelChoices)
    tag_sets: tuple[tuple[str, str], ...] = ()
    pipelines: tuple[tuple[str, str], ...] = ()
    templates: tuple[tuple[str, str], ...] = ()

    @property
    def layout_models(self) -> tuple[str, ...]:
        """The ids of models that can read the layout of a PDF."""
        return tuple(model.id for model in self.models.of_type("image2text"))


def of(ragflow: RAGFlow, server: Server) -> Offers:
    """The choices, at most a minute old. For those that could not be loaded, the form has text fields."""
    accepts = accepted(ragflow)
    models, (tag_sets, pipelines), templates = parallel(
        lambda: model_choice.of(ragflow, server),
        lambda: _of_datasets(ragflow, server),
        lambda: _templates(ragflow, server) if "compilation templates" in accepts else (),
    )
    return Offers(accepts, models, tag_sets, pipelines, templates)


def forget(server: Server) -> None:
    """Drop the cached choices after a dataset was created or deleted, since it may be a tag set."""
    cache.delete(_key(server))


def _of_datasets(ragflow: RAGFlow, server: Server) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """The tag sets and the pipelines in use."""
    kept: tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] | None = (
        cache.get(_key(server)) if ragflow.reach.sees is None else None
    )
    if kept is not None:
        return kept
    try:
        everything: Everything = listing.all_of(ragflow, server)
    except errors.RAGFlowError as error:
        logger.warning("Tag sets not loaded: %s %s: %s", error.method, error.path, error.message)
        return (), ()
    found = (
        tuple((dataset.id, dataset.name) for dataset in everything.datasets if dataset.chunk_method == "tag"),
        tuple({dataset.pipeline_id: dataset.name for dataset in everything.datasets if dataset.pipeline_id}.items()),
    )
    if ragflow.reach.sees is None:
        cache.set(_key(server), found, KEPT_SECONDS)
    return found


def accepted(ragflow: RAGFlow) -> frozenset[Offer]:
    """What the server offers; what all releases have if it does not tell its release."""
    try:
        return ragflow.offered()
    except errors.RAGFlowError:
        return frozenset()


def _templates(ragflow: RAGFlow, server: Server) -> tuple[tuple[str, str], ...]:
    key = f"{server.cache_key}:templates"
    kept: tuple[tuple[str, str], ...] | None = cache.get(key)
    if kept is not None:
        return kept
    try:
        found = tuple((group.id, group.name) for group in ragflow.graph.template_groups())
    except errors.RAGFlowError as error:
        logger.warning("Templates not loaded: %s %s: %s", error.method, error.path, error.message)
        return ()
    cache.set(key, found, KEPT_SECONDS)
    return found


def _key(server: Server) -> str:
    return f"{server.cache_key}:tag-sets"
