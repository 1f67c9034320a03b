"""Documents whose deletion destroys a file in RAGFlow's file manager (contract §9.5), and what is lost.

The client marks likely candidates, on the releases where this matters. If there are any, the file manager is asked for
certainty. For the unread part of a very large file manager the mark has to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec
from django.core.cache import cache
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.formatting import count, visible
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.resources.files import ManagedFile, Originals
from dashboard.ragflow.types import Document

KEPT: Final = 300
NAMED: Final = 3
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Originals).decode


@dataclass(frozen=True)
class AtRisk:
    """A document with its original file; None for the file if the file manager was not read completely."""

    document: Document
    file: ManagedFile | None

    @property
    def note(self) -> str:
        """A short note on what else is deleted."""
        if self.file is None:
            return _("with its original in the file manager")
        return _("with its original in the file manager: %(path)s") % {"path": visible(self.file.path)}


def known(server: Server) -> Originals | None:
    """The cached content of the file manager; None if it was not read."""
    stored = cache.get(_key(server))
    try:
        return _decode(stored) if stored else None
    except msgspec.DecodeError:
        return None


def look(server: Server, ragflow: RAGFlow) -> Originals | None:
    """Read the file manager; None if it does not respond."""
    try:
        found = ragflow.files.originals()
    except errors.RAGFlowError:
        return None
    cache.set(_key(server), _encode(found), KEPT)
    return found


def is_at_risk(sign: bool, document_id: str, told: Originals | None) -> bool:
    """Whether a marked document has an original to lose."""
    return sign and (told is None or not told.complete or document_id in told.files)


def among(server: Server, ragflow: RAGFlow, documents: Sequence[Document]) -> list[AtRisk]:
    """The documents whose deletion destroys an original. Reads the file manager if any document is marked."""
    suspects = [document for document in documents if document.destroys_original]
    if not suspects:
        return []
    told = look(server, ragflow)
    return [
        AtRisk(document, told.files.get(document.id) if told else None)
        for document in suspects
        if is_at_risk(document.destroys_original, document.id, told)
    ]


def checked(server: Server, ragflow: RAGFlow, documents: Sequence[Document]) -> list[Document]:
    """The documents, marked only if they have an original. Reads the file manager at most every five minutes."""
    if not any(document.destroys_original for document in documents):
        return list(documents)
    told = known(server) or look(server, ragflow)
    return [
        replace(document, destroys_original=is_at_risk(document.destroys_original, document.id, told))
        for document in documents
    ]


def warning(found: Sequence[AtRisk], *, complete: bool = True) -> str:
    """The warning about originals for the confirmation of a deletion; "" if none are affected."""
    if not found:
        return ""
    number = len(found)
    named = [visible(one.document.name) for one in found[:NAMED]]
    if number > NAMED:
        named.append(_("%(n)s more") % {"n": count(number - NAMED)})
    names = get_text_list(named, _("and"))
    said = ngettext(
        "%(names)s is linked from RAGFlow's file manager. Deleting it also destroys the original there: the file stays"
        " listed, but can no longer be opened or downloaded.",
        "%(names)s are linked from RAGFlow's file manager. Deleting them also destroys the originals there: the files"
        " stay listed, but can no longer be opened or downloaded.",
        number,
    ) % {"names": names}
    others = sum(one.file.documents - 1 for one in found if one.file)
    if others:
        said += " " + ngettext(
            "%(n)s other document created from the same file can no longer be parsed.",
            "%(n)s other documents created from the same files can no longer be parsed.",
            others,
        ) % {"n": count(others)}
    if not complete:
        said += " " + _("Documents that were not checked may be affected too.")
    return said


def _key(server: Server) -> str:
    return f"{server.cache_key}:originals"
