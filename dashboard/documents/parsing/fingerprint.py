"""Drift: documents that are cut otherwise than their dataset would cut them now.

RAGFlow copies a dataset's settings into a document when that is uploaded, and never again (contract §7.2). Whether the
two still agree follows from rows that are read anyway. Only what decides how a document is cut counts: RAPTOR and the
knowledge graph are run for the dataset, with the dataset's settings.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache as cache_for_ever
from typing import Any, Final

import msgspec
from django.core.cache import cache
from django.dispatch import receiver

from dashboard.datasets.settings.parser_fields import Section, fields_of
from dashboard.datasets.signals import dataset_saved
from dashboard.models import Server
from dashboard.ragflow.types import Dataset, Document

# RAGFlow gives these to files of certain kinds, whatever the dataset's method (contract §9.1).
BY_KIND: Final = {"visual": "picture", "aural": "audio"}
BY_SUFFIX: Final = {
    "ppt": "presentation",
    "pptx": "presentation",
    "pages": "presentation",
    "eml": "email",
    "msg": "email",
}
GIVEN: Final = tuple(dict.fromkeys((*BY_KIND.values(), *BY_SUFFIX.values())))
UNKNOWN: Final = 0
KEPT_SECONDS: Final = 24 * 3600


def given_method(document: Document) -> str:
    """The method that RAGFlow gives to a file of this kind; "" where it takes the dataset's."""
    return BY_KIND.get(document.type) or BY_SUFFIX.get(document.suffix.lower(), "")


def method_for(document: Document, method: str) -> str:
    """The method that the document would get in a dataset of ``method``; its own where it has that already."""
    return document.chunk_method if document.chunk_method == method else given_method(document) or method


def fingerprint(document: Document) -> int:
    """A mark of how the document is cut, for comparing; UNKNOWN for one of a pipeline: no settings concern it."""
    if document.pipeline_id:
        return UNKNOWN
    given = document.chunk_method == given_method(document)
    return _mark("" if given else document.chunk_method, document.chunk_method, document.parser_config)


def marks(method: str, config: Mapping[str, Any]) -> frozenset[int]:
    """The marks of documents that are cut as a dataset of these settings would cut them."""
    return frozenset([_mark(method, method, config), *(_mark("", given, config) for given in GIVEN)])


def marks_of(dataset: Dataset) -> frozenset[int]:
    """As ``marks``; empty for a dataset with a pipeline, in which no document is older than another."""
    return frozenset() if dataset.pipeline_id else marks(dataset.chunk_method, dataset.parser_config)


def is_older(mark: int, current: frozenset[int]) -> bool:
    """Whether a document of this mark is cut otherwise than by the ``current`` settings, as far as one can tell."""
    return mark != UNKNOWN and bool(current) and mark not in current


def remember(server: Server, dataset: Dataset) -> frozenset[int]:
    """Keep the dataset's marks for pages that show its documents without reading the dataset itself."""
    current = marks_of(dataset)
    cache.set(_key(server, dataset.id), current, KEPT_SECONDS)
    return current


@receiver(dataset_saved)
def _remember_saved(server: Server, dataset: Dataset, **_signal: Any) -> None:
    remember(server, dataset)


def known(server: Server, dataset_id: str) -> frozenset[int]:
    """The marks that were remembered last; empty when nobody opened the dataset for a day."""
    found: frozenset[int] = cache.get(_key(server, dataset_id)) or frozenset()
    return found


def settings_for(document: Document, method: str, config: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Method and parser configuration that bring the document to these settings of its dataset.

    What the dataset keeps no value of is written out: an update adds to what the document has (contract §9.3).
    """
    wanted = method_for(document, method)
    values: dict[str, Any] = dict(config)
    for key, default in _deciding(wanted):
        if values.get(key) is None and key in document.parser_config:
            values[key] = [] if key == "tag_kb_ids" else default
    return wanted, values


@cache_for_ever
def _deciding(method: str) -> tuple[tuple[str, Any], ...]:
    """Key and default of the settings that decide how a document of this method is cut."""
    fields = fields_of(method)
    return tuple((field.key, field.default) for field in fields if field.section not in (Section.RAPTOR, Section.GRAPH))


def _mark(name: str, method: str, config: Mapping[str, Any]) -> int:
    values: list[Any] = [name, method]
    for key, default in _deciding(method):
        value = config.get(key)
        if value is None or value == [] or (value is True and key == "layout_recognize"):
            # Older versions wrote a plain true for their own parser.
            value = default
        elif type(value) is float and value.is_integer():
            value = int(value)
        elif key == "topn_tags" and not config.get("tag_kb_ids"):
            # Without tag sets it is all the same how many tags a chunk gets.
            value = default
        values.append(value)
    return zlib.crc32(msgspec.json.encode(values)) or 1


def _key(server: Server, dataset_id: str) -> str:
    return f"{server.cache_key}:drift:{dataset_id}"
