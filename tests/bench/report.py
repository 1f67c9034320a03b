"""Figures with their targets, as a table and as JSON."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.processes import ROOT


@dataclass
class Figure:
    """One measured value. ``direct`` is the bare upstream call's, measured in the same run.

    ``limit`` is the target: an upper bound, or a lower one when ``at_least``; of the value itself, or of its ratio to
    ``direct`` when ``of_ratio``.
    """

    area: str
    name: str
    value: float
    unit: str = ""
    direct: float | None = None
    limit: float | None = None
    at_least: bool = False
    of_ratio: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.direct if self.direct else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        measured = self.ratio if self.of_ratio else self.value
        if self.limit is None:
            return None
        if measured is None or math.isnan(measured):
            return False
        return measured >= self.limit if self.at_least else measured <= self.limit


def table(figures: Sequence[Figure]) -> str:
    """The figures as text, one line each."""
    head = ("", "figure", "measured", "direct", "ratio", "target", "", "note")
    lines = [head]
    area = ""
    for one in figures:
        target = ""
        if one.limit is not None:
            sign = "≥" if one.at_least else "≤"
            target = f"{sign} {_number(one.limit)} {'x' if one.of_ratio else one.unit}"
        lines.append(
            (
                one.area if one.area != area else "",
                one.name,
                f"{_number(one.value)} {one.unit}",
                "" if one.direct is None else _number(one.direct),
                "" if one.ratio is None else f"{one.ratio:.2f}",
                target,
                {None: "", True: "met", False: "MISSED"}[one.met],
                one.note,
            )
        )
        area = one.area
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    numbers = (2, 3, 4, 5)
    padded = (
        cell.rjust(width) if column in numbers else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join(padded).rstrip()


def write(path: Path, figures: Sequence[Figure], settings: dict[str, Any]) -> None:
    """``path`` gets the figures, the machine and the settings of the run."""
    asked = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    run = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": commit.stdout.strip(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "settings": settings,
        "figures": [asdict(one) | {"ratio": one.ratio, "met": one.met} for one in figures],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _number(value: float) -> str:
    if math.isnan(value):
        return "?"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")
