"""Documents whose deletion destroys a file of RAGFlow's file manager (contract §9.5): which they are, and what is lost.

The client knows them by a sign that nearly always tells right, and on which servers it matters. Where there are any,
the file manager is asked, which knows for certain; of a very large one the sign has to do for what was not seen.
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
    """A document with the file that goes with it; None where the file manager was not seen whole."""

    document: Document
    file: ManagedFile | None

    @property
    def note(self) -> str:
        """What else goes, in a few words."""
        if self.file is None:
            return _("with its original in the file manager")
        return _("with its original in the file manager: %(path)s") % {"path": visible(self.file.path)}


def known(server: Server) -> Originals | None:
    """What the file manager told lately; None when it was not asked or did not answer."""
    stored = cache.get(_key(server))
    try:
        return _decode(stored) if stored else None
    except msgspec.DecodeError:
        return None


def look(server: Server, ragflow: RAGFlow) -> Originals | None:
    """Ask the file manager now; None when it does not answer."""
    try:
        found = ragflow.files.originals()
    except errors.RAGFlowError:
        return None
    cache.set(_key(server), _encode(found), KEPT)
    return found


def is_at_risk(sign: bool, document_id: str, told: Originals | None) -> bool:
    """Whether a document with that sign has an original to lose."""
    return sign and (told is None or not told.complete or document_id in told.files)


def among(server: Server, ragflow: RAGFlow, documents: Sequence[Document]) -> list[AtRisk]:
    """Those of the documents that take an original with them. Asks the file manager if any has the sign of it."""
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
    """The documents, with the sign on those alone that have an original. Asks at most every five minutes."""
    if not any(document.destroys_original for document in documents):
        return list(documents)
    told = known(server) or look(server, ragflow)
    return [
        replace(document, destroys_original=is_at_risk(document.destroys_original, document.id, told))
        for document in documents
    ]


def warning(found: Sequence[AtRisk], *, complete: bool = True) -> str:
    """What happens to the originals, for the question before something is deleted; "" when nothing does."""
    if not found:
        return ""
    number = len(found)
    named = [visible(one.document.name) for one in found[:NAMED]]
    if number > NAMED:
        named.append(_("%(n)s more") % {"n": count(number - NAMED)})
    names = get_text_list(named, _("and"))
    said = ngettext(
        "%(names)s is linked from RAGFlow's file manager. Deleting it destroys the original there, too: the file stays"
        " listed, but it can no longer be opened or downloaded.",
        "%(names)s are linked from RAGFlow's file manager. Deleting them destroys the originals there, too: the files"
        " stay listed, but they can no longer be opened or downloaded.",
        number,
    ) % {"names": names}
    others = sum(one.file.documents - 1 for one in found if one.file)
    if others:
        said += " " + ngettext(
            "%(n)s other document made of the same file can no longer be parsed.",
            "%(n)s other documents made of the same files can no longer be parsed.",
            others,
        ) % {"n": count(others)}
    if not complete:
        said += " " + _("There may be more among those that were not looked at.")
    return said


def _key(server: Server) -> str:
    return f"{server.cache_key}:originals"
