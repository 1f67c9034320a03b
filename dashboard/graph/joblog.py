"""What the log of a job that builds a graph tells about single documents.

RAGFlow calls a job done, too, when it failed with some of the documents, or with all of them: only the log has it.
A document that the graph has already is passed over, which the log calls empty, as it does one without entities.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

_DOCUMENT: Final = re.compile(r"\[GraphRAG\] build_subgraph doc:([0-9a-f]{32}) (done|empty|FAILED: [^\n]{0,300})")
_KNOWN: Final = re.compile(r"Graph already contains ([0-9a-f]{32})")
_TOTAL: Final = re.compile(r"ok=(\d{1,9}) / total=(\d{1,9})")


@dataclass(frozen=True)
class Outcome:
    """How many documents the graph has, and how many it was built without; for which reason, as far as the log tells.

    ``left_out`` are pairs of id and reason; a long log has lost its beginning, so that ``missing`` may be more.
    """

    present: int = 0
    missing: int = 0
    left_out: tuple[tuple[str, str], ...] = ()


def read(log: str) -> Outcome:
    """What the whole log tells; the last word about a document counts."""
    words = dict(_DOCUMENT.findall(log))
    known = set(_KNOWN.findall(log))
    left_out = tuple(
        (document_id, _("no entities were found") if word == "empty" else word.removeprefix("FAILED: ").strip())
        for document_id, word in words.items()
        if word != "done" and document_id not in known
    )
    done = sum(1 for word in words.values() if word == "done")
    totals = _TOTAL.findall(log)
    ok, total = map(int, totals[-1]) if totals else (done, 0)
    present = ok + len(known)
    return Outcome(present=present, missing=max(len(left_out), total - present), left_out=left_out)
