"""RAGFlow's parse log, put in order: its lines by the part of the document they speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

# "14:30:49 Page(1~13): OCR started"; the page numbers count from 1, the second one is not included.
LINE = re.compile(r"^(?:(\d\d:\d\d:\d\d)\s+)?(?:Page\((\d+)~(\d+)\):\s*)?(.*)$")
TOOK = re.compile(r"\s*\(\s*([\d.]+)\s*s\)\.?\s*")


@dataclass
class Step:
    """One line: what was done, and how long it took where RAGFlow says so. ``kind`` is done, run or fail."""

    text: str
    took: str
    kind: str = "done"


@dataclass
class Part:
    """The steps of one range of pages; "" for what concerns the whole document."""

    title: str
    steps: list[Step] = field(default_factory=list)


def parts(log: str, *, running: bool) -> list[Part]:
    """The log by range of pages. While it runs, the last step of each unfinished part is the one at work."""
    found: dict[tuple[int, int], Part] = {}
    for raw in log.splitlines():
        match = LINE.match(raw.strip())
        if not match or not match[4]:
            continue
        first, last = int(match[2] or 0), int(match[3] or 0)
        huge = last > 100_000
        part = found.setdefault((first, last) if not huge else (0, 0), Part(_title(first, last) if not huge else ""))
        took = TOOK.search(match[4])
        text = TOOK.sub(" ", match[4], count=1).strip(" :") if took else match[4]
        kind = "fail" if "[ERROR]" in match[4] else "done"
        part.steps.append(Step(text.replace("[ERROR]", "").strip() or text, f"{took[1]} s" if took else "", kind))
    ordered = [found[key] for key in sorted(found)]
    if running:
        for part in ordered:
            last_step = part.steps[-1]
            if last_step.kind == "done" and "done" not in last_step.text.lower():
                last_step.kind = "run"
    return ordered


def _title(first: int, last: int) -> str:
    if not last:
        return ""
    return _("Pages %(first)d to %(last)d") % {"first": first, "last": max(first, last - 1)}
