"""Why documents failed: their logs by cause, with what to do about it where RAGFlow's words tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.core.formatting import shortened
from dashboard.documents.parsing.entries import tail
from dashboard.ragflow.types import Document

# About two lines of a table.
SHORT: Final = 120

# The first that matches RAGFlow's reason: (key, what it looks like, name, advice).
FAILURE_PATTERNS: Final[tuple[tuple[str, re.Pattern[str], str | Promise, str | Promise], ...]] = tuple(
    (key, re.compile(pattern, re.IGNORECASE), label, advice)
    for key, pattern, label, advice in (
        (
            "password",
            r"password|encrypt|decrypt",
            _("The file is protected by a password"),
            _("Retrying will not help: take the password off and upload the file again."),
        ),
        (
            "quota",
            r"\b429\b|rate.?limit|quota|insufficient.?balance|too many requests",
            _("The model's provider takes no more for now"),
            _("Wait, or look at the provider's limits; then retry."),
        ),
        (
            "key",
            r"api.?key|unauthori[sz]ed|\b401\b|\b403\b|authenticat",
            _("The model's provider refuses the key"),
            _("Put the right key into RAGFlow's model settings, then retry."),
        ),
        (
            "timeout",
            r"time.?d? ?out",
            _("It took too long"),
            _("Retry; if it happens again, split the file or choose the PDF parser Plain Text."),
        ),
        (
            "model",
            r"embed|rerank|\bmodel\b|\bllm\b|chat_mdl",
            _("A model did not answer"),
            _("Look whether the embedding model of the dataset works in RAGFlow, then retry."),
        ),
        (
            "memory",
            r"memory|\boom\b|killed",
            _("RAGFlow ran out of memory"),
            _("Retry fewer at a time, or split the file."),
        ),
        (
            "network",
            r"connection|connect|unreachable|refused|network|resolve",
            _("RAGFlow could not reach something it needs"),
            _("Look at RAGFlow's health on the overview, then retry."),
        ),
        (
            "broken",
            r"corrupt|broken|damaged|invalid|not a (zip|pdf)|badzip|cannot (open|read|identify)|eof|malformed",
            _("The file cannot be read"),
            _("Open it yourself: is it what its ending says? Mend it and upload it again."),
        ),
        (
            "type",
            r"unsupported|not supported|not.?implemented|file type",
            _("The chunk method does not take this kind of file"),
            _("Choose another chunk method for it, then retry."),
        ),
    )
)


@dataclass
class Cause:
    """What some documents failed of. ``key`` stands in forms; ``is_known`` tells whether it is one of
    FAILURE_PATTERNS."""

    key: str
    label: str
    advice: str
    is_known: bool
    documents: list[Document] = field(default_factory=list)


def in_words(reason: str) -> str:
    """RAGFlow's ``reason`` for a row of a table: the cause by its name, or the beginning of what RAGFlow said."""
    key = _key(reason)
    label = next((str(label) for known, _pattern, label, _advice in FAILURE_PATTERNS if known == key), "")
    return f"{label}." if label else shortened(" ".join(reason.split()), SHORT)


def key_of(document: Document) -> str:
    """The cause of one document: a key of FAILURE_PATTERNS, or RAGFlow's own words without what differs
    between files."""
    return _key(tail(document.progress_msg, failed=True))


@lru_cache(maxsize=1000)
def _key(words: str) -> str:
    """Remembered: what fails in a dataset fails in few ways, and each takes all patterns to tell."""
    for key, pattern, _label, _advice in FAILURE_PATTERNS:
        if pattern.search(words):
            return key
    return re.sub(r"\d+|'[^']*'|\"[^\"]*\"", "…", words)[:120]


def grouped(documents: Iterable[Document]) -> list[Cause]:
    """The documents by cause, the most frequent first."""
    names = {key: (str(label), str(advice)) for key, _pattern, label, advice in FAILURE_PATTERNS}
    found: dict[str, Cause] = {}
    for document in documents:
        key = key_of(document)
        if key not in found:
            unknown = (key or str(_("RAGFlow gave no reason")), str(_("The log of a document may tell more.")))
            found[key] = Cause(key, *names.get(key, unknown), is_known=key in names)
        found[key].documents.append(document)
    return sorted(found.values(), key=lambda cause: -len(cause.documents))
