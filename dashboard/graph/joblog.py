"""Reads the log of a graph job for what happened to each document.

RAGFlow reports a job as done even if it failed for some or all documents; only the log says so. The log calls a
document "empty" if it has no entities, but also if it was skipped because the graph already contains it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

_DOCUMENT: Final = re.compile(r"\[GraphRAG\] build_subgraph doc:([0-9a-f]{32}) (done|empty|FAILED: [^\n]{0,300})")
_KNOWN: Final = re.compile(r"Graph already contains ([0-9a-f]{32})")
_TOTAL: Final = re.compile(r"ok=(\d{1,9}) / total=(\d{1,9})")
_CLOCK: Final = re.compile(r"\d\d:\d\d:\d\d\s+")
# The last lines of jobs that merged nothing.
_NOTHING: Final = re.compile(r"No doc_graph rows|No eligible templates|Failed to bind|(?:Built|Cancelled after) 0/")
LAST_LINE: Final = 300


@dataclass(frozen=True)
class Outcome:
    """How many documents the graph contains, and how many are missing, with the reasons the log gives.

    ``left_out`` holds pairs of id and reason. ``missing`` may be larger, because the start of a long log is cut off.
    """

    present: int = 0
    missing: int = 0
    left_out: tuple[tuple[str, str], ...] = ()


def last_line(log: str) -> str:
    """The last line of a log without its time of day."""
    line = log.rstrip().rpartition("\n")[2][:LAST_LINE]
    return _CLOCK.sub("", line.strip(), count=1)


def built_nothing(log: str) -> bool:
    """Whether a job that merges what compilation templates made says that there was nothing (ragflow-0.27 §0.7).

    RAGFlow reports it as done all the same.
    """
    return _NOTHING.match(last_line(log)) is not None


def read(log: str) -> Outcome:
    """Parse a whole log. The last line about a document counts."""
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
