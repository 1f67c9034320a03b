"""Requests upstream while one browser, or many, watch the same dataset being parsed."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from html import unescape

from tests.bench import rows
from tests.bench.app import App, Upstream
from tests.bench.pages import Caller
from tests.bench.report import Figure

MANY = 200
# RAGFlow moves its rows every six seconds: whole periods only
PERIOD = 6


def measure(app: App, upstream: Upstream, *, quick: bool) -> Iterator[Figure]:
    seconds = PERIOD * (2 if quick else 8)
    upstream.play(documents=50, running=3)
    page = f"{app.base}datasets/{rows.DATASET}/documents/"
    found = {}
    for many in (1, MANY):
        with Watchers(app, page, many) as watchers:
            time.sleep(PERIOD)  # the watch begins
            upstream.received()
            watchers.times.clear()
            time.sleep(seconds)
            found[many] = _per_minute(upstream, seconds)
        if watchers.failed:
            raise RuntimeError(f"{len(watchers.failed)} asks failed, such as: {watchers.failed[0]}")
        times = sorted(watchers.times)
        note = f"{len(times) / seconds:.0f} asks/s answered in p50 {times[len(times) // 2]:.1f} ms" if times else ""
        if many == 1:
            yield Figure("watchers", "upstream requests with 1", found[1], "/min", note=note)
    off = abs(found[MANY] / found[1] - 1) * 100 if found[1] else float("nan")
    yield Figure("watchers", f"upstream requests with {MANY}", found[MANY], "/min", direct=found[1], note=note)
    yield Figure("watchers", "difference", off, "%", limit=10)


def _per_minute(upstream: Upstream, seconds: float) -> float:
    return len([one for one in upstream.received() if rows.DATASET in one["target"]]) * 60 / seconds


class Watchers:
    """Browsers that look at ``page``, each loads it once and then asks what its markup tells it to ask."""

    def __init__(self, app: App, page: str, many: int) -> None:
        self.app, self.page = app, page
        self.times: list[float] = []
        self.failed: list[str] = []
        self._ended = threading.Event()
        self._browsers = [threading.Thread(target=self._watch, args=(n / many,), daemon=True) for n in range(many)]

    def __enter__(self) -> Watchers:
        for browser in self._browsers:
            browser.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        for browser in self._browsers:
            browser.join()

    def _watch(self, phase: float) -> None:
        """One browser's life; ``phase`` (0 to 1) spreads the browsers over the pause between two asks."""
        ask = Caller(self.app.port, {"Cookie": self.app.cookies, "HX-Request": "true"})
        try:
            self._ended.wait(phase * 2)
            ask(self.page)
            target, every = poll_of(ask.body.decode())
            while not self._ended.wait(every):
                started = time.perf_counter()
                ask.any(target)
                self.times.append((time.perf_counter() - started) * 1000)
                target = poll_of(ask.body.decode())[0] if b"hx-get" in ask.body else target
        except (RuntimeError, OSError) as error:
            self.failed.append(str(error))


def poll_of(html: str) -> tuple[str, float]:
    """(address, seconds) of what the page polls. Raises RuntimeError when it polls nothing."""
    for tag in re.findall(r"<[^>]*hx-get=\"[^\"]*progress[^>]*>", html):
        address = re.search(r'hx-get="([^"]+)"', tag)
        every = re.search(r'hx-trigger="[^"]*(?:every|delay:) ?(\d+)s', tag)
        if address:
            return unescape(address.group(1)), float(every.group(1)) if every else 2.0
    raise RuntimeError("the documents page polls no progress")
