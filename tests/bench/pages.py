"""How long a page takes beside the upstream calls that it makes."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tests.bench import rows
from tests.bench.app import App, Upstream
from tests.bench.report import Figure

# The delays recorded from a real server: 8 ms for datasets, 41 for documents (contract captures)
RECORDED = {"datasets": 0.008, "documents": 0.041, "small": 0.004, "chats": 0.012, "sessions": 0.006}
SIZE = 100


class Caller:
    """One kept-alive connection."""

    def __init__(self, port: int, headers: dict[str, str] | None = None) -> None:
        self.port, self.headers = port, headers or {}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __call__(self, target: str) -> float:
        """Milliseconds until the whole answer is here. Raises RuntimeError unless it is a 200."""
        milliseconds = self.any(target)
        if self.status != 200:
            raise RuntimeError(f"GET {target} answered {self.status}: {self.body[:200]!r}")
        return milliseconds

    def any(self, target: str) -> float:
        """The same for answers of any status, which is in ``status``, the body in ``body``."""
        started = time.perf_counter()
        try:
            self._ask(target)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # an idle connection that the server has closed meanwhile; the time counts
            self.connection.close()
            self._ask(target)
        return (time.perf_counter() - started) * 1000

    def _ask(self, target: str) -> None:
        self.connection.request("GET", target, headers=self.headers)
        answer = self.connection.getresponse()
        self.status, self.body = answer.status, answer.read()


def measure(app: App, upstream: Upstream, *, quick: bool) -> Iterator[Figure]:
    pages = {
        "datasets": f"{app.base}datasets/?page_size={SIZE}",
        "documents": f"{app.base}datasets/{rows.DATASET}/documents/?page_size={SIZE}",
    }
    for speed, delays in (("at once", {}), ("as recorded", RECORDED)):
        upstream.play(datasets=SIZE, documents=SIZE, delays=delays)
        for name, page in pages.items():
            yield _compare(
                app, upstream, page, f"{name} page, {SIZE} rows, upstream answers {speed}", 15 if quick else 60
            )


def _compare(app: App, upstream: Upstream, page: str, name: str, times: int) -> Figure:
    """Visits, each followed by the calls that it made upstream: caches make them differ from visit to visit."""
    visit = Caller(app.port, {"Cookie": app.cookies})
    for _ in range(6):  # both workers, their templates and their connections
        visit(page)
    shown = visit.body.count(b"<tr")
    if shown < SIZE:
        raise RuntimeError(f"{page} shows {shown} rows, not {SIZE}")
    visit.headers["Accept-Encoding"] = "gzip"  # as every browser says
    callers = [Caller(upstream.port) for _ in range(12)]
    whole, bare, seen = [], [], []
    for _ in range(times):
        upstream.received()
        whole.append(visit(page))
        groups = side_by_side(upstream.received())
        bare.append(sum(_together(callers, group) for group in groups))
        seen.append(sum(map(len, groups)))
    direct = statistics.median(bare)
    return Figure(
        "pages",
        name,
        statistics.median(whole),
        "ms",
        direct=direct,
        limit=1.5 * direct + 20,
        note=f"p95 {statistics.quantiles(whole, n=20)[18]:.0f} ms; {min(seen)} to {max(seen)} calls upstream",
    )


def side_by_side(received: Sequence[dict[str, Any]]) -> list[list[str]]:
    """The targets in the order received, those that were under way at the same time in one group."""
    groups: list[list[str]] = []
    until = 0.0
    for one in sorted(received, key=lambda one: one["started"]):
        if not groups or one["started"] >= until:
            groups.append([])
        groups[-1].append(one["target"])
        until = max(until, one["ended"])
    return groups


def _together(callers: Sequence[Caller], targets: Sequence[str]) -> float:
    if len(targets) == 1:
        return callers[0](targets[0])
    started = time.perf_counter()
    threads = [threading.Thread(target=call, args=(target,)) for call, target in zip(callers, targets, strict=False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - started) * 1000
