"""Requests upstream while one browser, or many, watch the same dataset being parsed."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Any

from tests.bench.app import App, Upstream
from tests.bench.areas.pages import Caller
from tests.bench.load import rows
from tests.bench.report import Figure

MANY = 200
# Seconds for the worker to notice what the browsers want
SETTLE = 6
# Seconds between two asks of a browser, while something moves and while nothing does (static/js/documents/documents.js)
QUICK, QUIET = 2.0, 10.0


def measure(app: App, upstream: Upstream, *, quick: bool) -> Iterator[Figure]:
    seconds = 15 if quick else 45
    upstream.play(documents=50, running=3)
    page = f"{app.base}datasets/{rows.DATASET}/documents/"
    Caller(app.port, {"Cookie": app.cookies})(page)  # from now on the worker follows the dataset
    time.sleep(SETTLE / 2)
    found, recounts = {}, {}
    for many in (1, MANY):
        with Watchers(app, page, many) as watchers:
            watchers.wait_until_loaded()
            time.sleep(SETTLE)
            upstream.received()
            watchers.times.clear()
            time.sleep(seconds)
            received = upstream.received()
            found[many] = per_minute(received)
            recounts[many] = sum(is_recount(one) for one in received)
        if watchers.failed:
            raise RuntimeError(f"{len(watchers.failed)} asks failed, such as: {watchers.failed[0]}")
        times = sorted(watchers.times)
        note = f"{len(times) / seconds:.0f} asks/s answered in p50 {times[len(times) // 2]:.1f} ms; " if times else ""
        note += f"{recounts[many]} more to count all in {seconds} s"
        if many == 1:
            yield Figure("watchers", "upstream requests with 1", found[1], "/min", note=note)
    off = abs(found[MANY] / found[1] - 1) * 100 if found[1] else float("nan")
    yield Figure("watchers", f"upstream requests with {MANY}", found[MANY], "/min", direct=found[1], note=note)
    yield Figure("watchers", "difference", off, "%", limit=10)


def is_recount(one: dict[str, Any]) -> bool:
    """Whether the request is one of those that count all documents once a minute: beside them, 45 seconds hold one
    round of these or none, whoever watches.
    """
    counting = ("page_size=1&", "update_time", "type=filter")
    return rows.DATASET in one["target"] and any(part in one["target"] for part in counting)


def per_minute(received: Sequence[dict[str, Any]]) -> float:
    """From the mean time between two requests for the dataset: a count would be off by one at either end."""
    times = sorted(one["started"] for one in received if rows.DATASET in one["target"] and not is_recount(one))
    return (len(times) - 1) * 60 / (times[-1] - times[0]) if len(times) > 1 else 0.0


class Watchers:
    """Browsers that look at ``page``, each loads it once and then asks what its markup tells it to ask."""

    def __init__(self, app: App, page: str, many: int) -> None:
        self.app, self.page = app, page
        self.times: list[float] = []
        self.failed: list[str] = []
        self._loaded = threading.Semaphore(0)
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

    def wait_until_loaded(self) -> None:
        """Until every browser has its page: what that costs upstream is not watching."""
        for _ in self._browsers:
            if not self._loaded.acquire(timeout=60):
                raise RuntimeError(f"the pages of {len(self._browsers)} watchers did not load: {self.failed[:1]}")

    def _watch(self, phase: float) -> None:
        """One browser's life; ``phase`` (0 to 1) spreads the browsers over the pause between two asks."""
        ask = Caller(self.app.port, {"Cookie": self.app.cookies, "Accept-Encoding": "identity"})
        try:
            self._ended.wait(phase * QUICK)
            ask(self.page)
            target, every, shown = poll_of(ask.body.decode())
            self._loaded.release()
            while not self._ended.wait(every):
                milliseconds = ask.any(f"{target}&rows={shown}")
                self.times.append(milliseconds)
                if ask.status == 200:
                    target, every, _ = poll_of(ask.body.decode())
                elif ask.status != 204:
                    self.failed.append(f"{target} answered {ask.status}")
                    return
        except (RuntimeError, OSError) as error:
            self.failed.append(str(error))


def poll_of(html: str) -> tuple[str, float, str]:
    """(address, seconds until then, rows shown): what static/js/documents/documents.js asks, by the page's state.

    Raises RuntimeError when the page has no such state.
    """
    state = re.search(r'<div[^>]*id="progress-state"[^>]*>', html)
    if not state:
        raise RuntimeError("the documents page has no progress state")
    address = re.search(r'data-url="([^"]+)"', state[0])
    version = re.search(r'data-version="(\d+)"', state[0])
    if not address or not version:
        raise RuntimeError(f"the progress state is not understood: {state[0]}")
    shown = ".".join(re.findall(r'<tr[^>]* id="row-(\w{8})', html))
    url = unescape(address[1])
    every = QUICK if re.search(r"\bdata-active\b", state[0]) else QUIET
    return f"{url}{'&' if '?' in url else '?'}since={version[1]}", every, shown
