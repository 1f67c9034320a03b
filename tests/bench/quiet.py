"""Whether the machine had time for the measurement: what others use of it, and what its host takes away."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

NOISE = 0.1
LITTLE = 0.02
TRIES = 4

T = TypeVar("T")


@dataclass(frozen=True)
class Ticks:
    """Processor time since the start of the machine, all cores together."""

    busy: int
    stolen: int
    all: int

    @classmethod
    def now(cls) -> Ticks:
        names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
        first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]
        part = dict(zip(names, map(int, first), strict=True))
        idle = part["idle"] + part["iowait"]
        whole = sum(part.values())
        return cls(whole - idle - part["steal"], part["steal"], whole)

    def since(self, before: Ticks) -> tuple[float, float]:
        """(busy, stolen) as shares of the processors' time."""
        whole = max(1, self.all - before.all)
        return (self.busy - before.busy) / whole, (self.stolen - before.stolen) / whole


def quietest(measure: Callable[[], T]) -> tuple[T, float]:
    """What ``measure`` gives, and the share that the host took meanwhile: the best of some tries, if there was none in
    which it took but little. A host that has other things to do shows in seconds, and in every figure of them.
    """
    best: tuple[T, float] | None = None
    for _ in range(TRIES):
        before = Ticks.now()
        found = measure()
        _, stolen = Ticks.now().since(before)
        if best is None or stolen < best[1]:
            best = found, stolen
        if stolen <= LITTLE:
            break
    assert best is not None
    return best


def others(seconds: float = 2.0) -> float:
    """The share of the processors that others use right now."""
    before = Ticks.now()
    time.sleep(seconds)
    return sum(Ticks.now().since(before))


def complaint(by_others: float, stolen: float) -> str:
    """What makes the figures doubtful; "" when nothing does."""
    reasons = []
    if by_others > NOISE:
        reasons.append(f"others used {by_others:.0%} of the processors before it began")
    if stolen > NOISE / 2:
        reasons.append(f"the machine's host took {stolen:.0%} of their time")
    return f"These figures are too high: {' and '.join(reasons)}." if reasons else ""
