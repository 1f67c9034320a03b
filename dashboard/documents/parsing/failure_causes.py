"""Groups failed documents by cause, with advice for causes recognised in RAGFlow's messages."""

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

# Characters; about two lines of the table.
SHORT: Final = 120

# The first match with RAGFlow's message counts: (key, pattern, name, advice).
FAILURE_PATTERNS: Final[tuple[tuple[str, re.Pattern[str], str | Promise, str | Promise], ...]] = tuple(
    (key, re.compile(pattern, re.IGNORECASE), label, advice)
    for key, pattern, label, advice in (
        (
            "password",
            r"password|encrypt|decrypt",
            _("The file is password-protected"),
            _("Remove the password and upload the file again. Retrying won't help."),
        ),
        (
            "quota",
            r"\b429\b|rate.?limit|quota|insufficient.?balance|too many requests",
            _("The model provider's rate limit or quota is exceeded"),
            _("Wait or check the limits at the provider, then retry."),
        ),
        (
            "key",
            r"api.?key|unauthori[sz]ed|\b401\b|\b403\b|authenticat",
            _("The model provider rejected the API key"),
            _("Correct the key in RAGFlow's model settings, then retry."),
        ),
        (
            "timeout",
            r"time.?d? ?out",
            _("Parsing timed out"),
            _("Retry. If it fails again, split the file or use the PDF parser Plain Text."),
        ),
        (
            "model",
            r"embed|rerank|\bmodel\b|\bllm\b|chat_mdl",
            _("A model did not respond"),
            _("Check in RAGFlow that the dataset's embedding model works, then retry."),
        ),
        (
            "memory",
            r"memory|\boom\b|killed",
            _("RAGFlow ran out of memory"),
            _("Retry fewer documents at a time, or split the file."),
        ),
        (
            "network",
            r"connection|connect|unreachable|refused|network|resolve",
            _("RAGFlow could not reach a service it depends on"),
            _("Check RAGFlow's status on the overview, then retry."),
        ),
        (
            "broken",
            r"corrupt|broken|damaged|invalid|not a (zip|pdf)|badzip|cannot (open|read|identify)|eof|malformed",
            _("The file cannot be read"),
            _("Check that the file opens and matches its extension. Fix the file and upload it again."),
        ),
        (
            "type",
            r"unsupported|not supported|not.?implemented|file type",
            _("The chunk method does not support this file type"),
            _("Choose another chunk method, then retry."),
        ),
    )
)


@dataclass
class Cause:
    """A cause of failure and its documents. ``key`` is its value in forms; ``is_known`` says whether it is one of
    FAILURE_PATTERNS."""

    key: str
    label: str
    advice: str
    is_known: bool
    documents: list[Document] = field(default_factory=list)


def in_words(reason: str) -> str:
    """RAGFlow's ``reason`` for a table row: the name of a known cause, else the beginning of the message."""
    key = _key(reason)
    label = next((str(label) for known, _pattern, label, _advice in FAILURE_PATTERNS if known == key), "")
    return f"{label}." if label else shortened(" ".join(reason.split()), SHORT)


def key_of(document: Document) -> str:
    """The cause of one document: a key of FAILURE_PATTERNS, or RAGFlow's message without file-specific parts."""
    return _key(tail(document.progress_msg, failed=True))


@lru_cache(maxsize=1000)
def _key(words: str) -> str:
    """Cached: a dataset has few distinct failures, and each is matched against all patterns."""
    for key, pattern, _label, _advice in FAILURE_PATTERNS:
        if pattern.search(words):
            return key
    return re.sub(r"\d+|'[^']*'|\"[^\"]*\"", "…", words)[:120]


def grouped(documents: Iterable[Document]) -> list[Cause]:
    """The documents grouped by cause, most frequent first."""
    names = {key: (str(label), str(advice)) for key, _pattern, label, advice in FAILURE_PATTERNS}
    found: dict[str, Cause] = {}
    for document in documents:
        key = key_of(document)
        if key not in found:
            unknown = (key or str(_("RAGFlow gave no reason")), str(_("Check the documents' logs for details.")))
            found[key] = Cause(key, *names.get(key, unknown), is_known=key in names)
        found[key].documents.append(document)
    return sorted(found.values(), key=lambda cause: -len(cause.documents))
