"""Fingerprints of chunking settings, which reveal documents with outdated settings.

RAGFlow copies a dataset's settings into a document at upload and never updates them (contract §7.2). Whether they still
agree follows from rows that are read anyway. Only settings that affect chunking count: RAPTOR and the knowledge graph
run for the whole dataset with the dataset's settings.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache as cache_for_ever
from typing import Any, Final

import msgspec
from django.core.cache import cache
from django.dispatch import receiver

from dashboard.datasets.settings.parser_field import Section
from dashboard.datasets.settings.parser_fields import FIELDS
from dashboard.datasets.signals import dataset_saved
from dashboard.models import Server
from dashboard.ragflow.types import Dataset, Document

# RAGFlow assigns these to certain file types regardless of the dataset's method (contract §9.1).
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
    """The method that RAGFlow assigns to this file type; "" if it uses the dataset's."""
    return BY_KIND.get(document.type) or BY_SUFFIX.get(document.suffix.lower(), "")


def method_for(document: Document, method: str) -> str:
    """The method that the document would get in a dataset of ``method``."""
    return document.chunk_method if document.chunk_method == method else given_method(document) or method


def fingerprint(document: Document) -> int:
    """The fingerprint of the document's chunking settings; UNKNOWN for a pipeline, which ignores settings."""
    if document.pipeline_id:
        return UNKNOWN
    given = document.chunk_method == given_method(document)
    return _mark("" if given else document.chunk_method, document.chunk_method, document.parser_config)


def marks(method: str, config: Mapping[str, Any]) -> frozenset[int]:
    """The fingerprints of documents that agree with a dataset with these settings."""
    return frozenset([_mark(method, method, config), *(_mark("", given, config) for given in GIVEN)])


def marks_of(dataset: Dataset) -> frozenset[int]:
    """The dataset's current fingerprints; empty for a dataset with a pipeline, where no document is outdated."""
    return frozenset() if dataset.pipeline_id else marks(dataset.chunk_method, dataset.parser_config)


def is_older(mark: int, current: frozenset[int]) -> bool:
    """Whether a document with this fingerprint is outdated compared to the ``current`` ones, as far as known."""
    return mark != UNKNOWN and bool(current) and mark not in current


def remember(server: Server, dataset: Dataset) -> frozenset[int]:
    """Cache the dataset's fingerprints for pages that show its documents without reading the dataset."""
    current = marks_of(dataset)
    cache.set(_key(server, dataset.id), current, KEPT_SECONDS)
    return current


@receiver(dataset_saved)
def _remember_saved(server: Server, dataset: Dataset, **_signal: Any) -> None:
    remember(server, dataset)


def known(server: Server, dataset_id: str) -> frozenset[int]:
    """The cached fingerprints; empty if the dataset was not opened for a day."""
    found: frozenset[int] = cache.get(_key(server, dataset_id)) or frozenset()
    return found


def settings_for(document: Document, method: str, config: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The method and parser configuration that apply the dataset's settings to the document.

    Settings without a stored value are written out, since an update merges into the document's (contract §9.3).
    """
    wanted = method_for(document, method)
    values: dict[str, Any] = dict(config)
    for key, default in _deciding(wanted):
        if values.get(key) is None and key in document.parser_config:
            values[key] = [] if key == "tag_kb_ids" else default
    return wanted, values


@cache_for_ever
def _deciding(method: str) -> tuple[tuple[str, Any], ...]:
    """Keys and defaults of the settings that affect chunking with this method."""
    fields = FIELDS.get(method, ())
    return tuple((field.key, field.default) for field in fields if field.section not in (Section.RAPTOR, Section.GRAPH))


def _mark(name: str, method: str, config: Mapping[str, Any]) -> int:
    values: list[Any] = [name, method]
    for key, default in _deciding(method):
        value = config.get(key)
        if value is None or value == [] or (value is True and key == "layout_recognize"):
            # Older releases stored a plain true for their own parser.
            value = default
        elif type(value) is float and value.is_integer():
            value = int(value)
        elif key == "topn_tags" and not config.get("tag_kb_ids"):
            # Without tag sets the number of tags has no effect.
            value = default
        values.append(value)
    return zlib.crc32(msgspec.json.encode(values)) or 1


def _key(server: Server, dataset_id: str) -> str:
    return f"{server.cache_key}:chunking:{dataset_id}"
