"""What a tree of processes holds: memory, and files on disk, deleted ones included."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Sequence
from pathlib import Path

PROC = Path("/proc")


def tree(pid: int) -> list[int]:
    """The process and all that descend from it."""
    found = [pid]
    for one in found:
        for task in _listing(PROC / str(one) / "task"):
            found += [int(child) for child in _text(task / "children").split()]
    return found


def resident(pids: Sequence[int], field: str = "Pss") -> float:
    """Megabytes in memory, summed. ``Pss`` counts a shared page in parts, ``Rss`` in full in each process."""
    return sum(_kilobytes(_text(PROC / str(pid) / "smaps_rollup"), field) for pid in pids) / 1024


class Peak:
    """The exact highest RSS of each process while the ``with`` block runs, as growth over its beginning (megabytes).

    Beside it, sampled: what ``folders`` and open files without a name grow by, so that a temporary copy is seen.
    """

    def __init__(self, pids: Sequence[int], folders: Sequence[Path] = (), every: float = 0.1) -> None:
        self.pids, self.folders, self.every = pids, folders, every
        self.pss = self.rss = self.disk = 0.0
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Peak:
        self._before = {}
        for pid in self.pids:
            (PROC / str(pid) / "clear_refs").write_text("5")  # the high-water mark begins anew
            self._before[pid] = _kilobytes(_text(PROC / str(pid) / "status"), "VmRSS")
        self._disk_before = on_disk(self.pids, self.folders)
        self._sampler.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._sampler.join()
        self.growth = (
            sum(
                max(0, _kilobytes(_text(PROC / str(pid) / "status"), "VmHWM") - before)
                for pid, before in self._before.items()
            )
            / 1024
        )

    def _sample(self) -> None:
        while not self._ended.wait(self.every):
            self.pss = max(self.pss, resident(self.pids))
            self.rss = max(self.rss, resident(self.pids, "Rss"))
            self.disk = max(self.disk, on_disk(self.pids, self.folders) - self._disk_before)


def on_disk(pids: Sequence[int], folders: Sequence[Path]) -> float:
    """Megabytes of regular files: in ``folders``, and open in the processes with no name left."""
    total = 0
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                total += _size(Path(place, name))
    for pid in pids:
        for link in _listing(PROC / str(pid) / "fd"):
            try:
                nameless = os.readlink(link).endswith(" (deleted)")
            except OSError:
                continue
            if nameless:
                total += _size(link)
    return total / 1024 / 1024


def _size(path: Path) -> int:
    try:
        status = path.stat()
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _listing(path: Path) -> list[Path]:
    try:
        return list(path.iterdir())
    except OSError:
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _kilobytes(text: str, field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found.group(1)) if found else 0
