"""How long a page takes beside the upstream calls that it makes."""

from __future__ import annotations

import http.client
import queue
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dashboard.ragflow.parallel import WORKERS
from tests.bench.app import App, Upstream
from tests.bench.load import rows
from tests.bench.quiet import LITTLE, quietest
from tests.bench.report import Figure

# The delays recorded from a real server: 8 ms for datasets, 41 for documents (contract captures)
RECORDED = {"datasets": 0.008, "documents": 0.041, "small": 0.004, "chats": 0.012, "sessions": 0.006}
SIZE = 100
# Milliseconds that a page may take beyond one and a half times its calls (docs/performance.md).
SPARE = 50
SPARE_BY_DOCUMENTS = {50: 30, 100: 40}


class Caller:
    """One kept-alive connection."""

    def __init__(self, port: int, headers: dict[str, str] | None = None) -> None:
        self.port, self.headers = port, headers or {}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __call__(self, target: str, body: str = "") -> float:
        """Milliseconds until the whole answer is here; a ``body`` is posted. Raises RuntimeError unless it is a 200."""
        milliseconds = self.any(target, body)
        if self.status != 200:
            raise RuntimeError(f"{target} answered {self.status}: {self.body[:200]!r}")
        return milliseconds

    def any(self, target: str, body: str = "") -> float:
        """The same for answers of any status, which is in ``status``, the body in ``body``."""
        started = time.perf_counter()
        try:
            self._ask(target, body)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # an idle connection that the server has closed; the time counts
            self.connection.close()
            self._ask(target, body)
        return (time.perf_counter() - started) * 1000

    def _ask(self, target: str, body: str) -> None:
        self.connection.request("POST" if body else "GET", target, body.encode() or None, headers=self.headers)
        answer = self.connection.getresponse()
        self.status, self.body = answer.status, answer.read()


def measure(app: App, upstream: Upstream, *, quick: bool) -> Iterator[Figure]:
    documents = f"{app.base}datasets/{rows.DATASET}/documents/?page_size="
    pages = [("datasets", f"{app.base}datasets/?page_size={SIZE}", SIZE, SPARE)]
    pages += [("documents", f"{documents}{count}", count, spare) for count, spare in SPARE_BY_DOCUMENTS.items()]
    for speed, delays in (("at once", {}), ("as recorded", RECORDED)):
        upstream.play(datasets=SIZE, documents=SIZE, delays=delays)
        for name, page, count, spare in pages:
            named = f"{name} page, {count} rows, upstream answers {speed}"
            yield compare(app, upstream, page, named, 15 if quick else 60, shows=("<tr", count), spare=spare)


def compare(
    app: App,
    upstream: Upstream,
    page: str,
    name: str,
    times: int,
    *,
    shows: tuple[str, int],
    area: str = "pages",
    spare: float = SPARE,
) -> Figure:
    """Visits, each followed by the calls that it made upstream: caches make them differ from visit to visit.

    ``shows`` is a piece of markup and how often the page must have it at least; ``spare`` the milliseconds that it may
    take beyond one and a half times its calls.
    """
    visit = Caller(app.port, {"Cookie": app.cookies})
    for _ in range(6):  # both workers, their templates and their connections
        visit(page)
    shown = visit.body.count(shows[0].encode())
    if shown < shows[1]:
        raise RuntimeError(f"{page} shows {shown} times {shows[0]}, not {shows[1]}")
    visit.headers["Accept-Encoding"] = "gzip, deflate, br"  # as browsers say
    callers = [Caller(upstream.port) for _ in range(WORKERS)]

    def visits() -> tuple[list[float], list[float], list[int]]:
        whole, bare, seen = [], [], []
        for _ in range(times):
            upstream.received()
            whole.append(visit(page))
            groups = side_by_side(upstream.received())
            bare.append(sum(_together(callers, group) for group in groups))
            seen.append(sum(map(len, groups)))
        return whole, bare, seen

    (whole, bare, seen), stolen = quietest(visits)
    direct = statistics.median(bare)
    taken = f"; the host took {stolen:.0%} meanwhile" if stolen > LITTLE else ""
    return Figure(
        area,
        name,
        statistics.median(whole),
        "ms",
        direct=direct,
        limit=1.5 * direct + spare,
        note=f"p95 {statistics.quantiles(whole, n=20)[18]:.0f} ms; {min(seen)} to {max(seen)} calls upstream{taken}",
    )


def side_by_side(received: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The requests in the order received, those that were under way at the same time in one group."""
    groups: list[list[dict[str, Any]]] = []
    until = 0.0
    for one in sorted(received, key=lambda one: one["started"]):
        if not groups or one["started"] >= until:
            groups.append([])
        groups[-1].append(one)
        until = max(until, one["ended"])
    return groups


def _together(callers: Sequence[Caller], group: Sequence[dict[str, Any]]) -> float:
    """Milliseconds for the group's requests, as many at once as the product makes."""
    calls = [(one["target"], one.get("body", "")) for one in group]
    if len(calls) == 1:
        return callers[0](*calls[0])
    free = queue.SimpleQueue[Caller]()
    for caller in callers:
        free.put(caller)

    def ask(call: tuple[str, str]) -> None:
        caller = free.get()
        try:
            caller(*call)
        finally:
            free.put(caller)

    started = time.perf_counter()
    with ThreadPoolExecutor(min(len(calls), len(callers))) as pool:
        list(pool.map(ask, calls))
    return (time.perf_counter() - started) * 1000
