"""What a page weighs in Chromium, and how soon its rows are to be seen."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Error, Page

from tests.bench.app import App, Upstream
from tests.bench.load import rows
from tests.bench.report import Figure
from tests.support.browser import chromium, driver

SIZE = 50
# When the rows have a size and a frame has been drawn since; frames are drawn only once style sheets are there.
ROWS_SEEN = """
window.rowsSeen = new Promise(resolve => {
  const look = () => {
    const rows = document.querySelectorAll('tbody tr');
    if (rows.length >= %d && rows[0].getBoundingClientRect().height > 0)
      requestAnimationFrame(() => resolve(performance.now()));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
});
"""
# Milliseconds after the start until the answer was there, what hinders drawing, and the first thing was drawn
MOMENTS = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const hinders = performance.getEntriesByType("resource").filter(one => one.renderBlockingStatus === "blocking");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return {
    came: page.responseEnd,
    hindered: Math.max(page.responseEnd, ...hinders.map(one => one.responseEnd)),
    drawn: paint ? paint.startTime : 0,
  };
}"""
# Of Chromium's own metrics: what the page's main thread did, in seconds
WORK = {"ScriptDuration": "scripts", "RecalcStyleDuration": "styles", "LayoutDuration": "layout", "TaskDuration": "all"}


@contextmanager
def plain_errors() -> Iterator[None]:
    """The browser's errors as RuntimeError, so that the other measurements go on."""
    try:
        yield
    except Error as error:
        raise RuntimeError(error.message.partition("\n")[0]) from error


def measure(app: App, upstream: Upstream, *, quick: bool) -> Iterator[Figure]:
    upstream.play(documents=SIZE)
    page = f"{app.address}{app.base}datasets/{rows.DATASET}/documents/?page_size={SIZE}"
    first: list[Visit] = []
    following: list[Visit] = []
    with plain_errors(), driver.started() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=list(chromium.QUIET))
        for _ in range(2 if quick else 5):
            context = browser.new_context()
            context.add_cookies(
                [{"name": one.name, "value": one.value or "", "url": app.address} for one in app.session.cookies]
            )
            context.add_init_script(ROWS_SEEN % SIZE)
            tab = context.new_page()
            first.append(Visit(tab, page))
            following.append(Visit(tab, page))
            context.close()
        browser.close()
    for name, visits, kilobytes, requests in (("first", first, 200, 20), ("next", following, 20, None)):
        area = f"documents page, {SIZE} rows, {name} visit"
        heaviest = max(visits, key=lambda visit: visit.kilobytes)
        note = ", ".join(f"{name} {size / 1000:.1f}" for name, size in heaviest.parts[:5])
        yield Figure(area, "weight", heaviest.kilobytes, "KB", limit=kilobytes, note=note)
        yield Figure(area, "requests", max(len(visit.parts) for visit in visits), limit=requests)
        seen = statistics.median(visit.rows_seen for visit in visits)
        slowest = max(visit.rows_seen for visit in visits)
        came, hindered, drawn = (
            statistics.median(visit.moments[name] for visit in visits) / 1000 for name in ("came", "hindered", "drawn")
        )
        work = ", ".join(
            f"{name} {statistics.median(visit.work[name] for visit in visits) * 1000:.0f}" for name in WORK.values()
        )
        note = (
            f"slowest {slowest / 1000:.2f} s; answer after {came:.2f}, what hinders drawing {hindered:.2f}, "
            f"first drawn {drawn:.2f}; main thread in ms: {work}"
        )
        yield Figure(area, "rows visible after", seen / 1000, "s", limit=0.6, note=note)


class Visit:
    """One visit with its requests as the network saw them: ``parts`` are (name, bytes with headers), largest first."""

    def __init__(self, page: Page, address: str) -> None:
        self._names: dict[str, str] = {}
        self._sizes: dict[str, float] = {}
        self._listen(page)
        page.goto(address, wait_until="load")
        self.rows_seen: float = page.evaluate("window.rowsSeen")
        found = {one["name"]: one["value"] for one in self._devtools.send("Performance.getMetrics")["metrics"]}
        self.work: dict[str, float] = {name: found[key] for key, name in WORK.items()}
        page.wait_for_timeout(700)  # what scripts fetch after the page is there counts too
        self._devtools.detach()
        self.moments: dict[str, float] = page.evaluate(MOMENTS)
        self.parts = sorted(((self._names[one], size) for one, size in self._sizes.items()), key=lambda part: -part[1])
        self.kilobytes = sum(self._sizes.values()) / 1000

    def _listen(self, page: Page) -> None:
        devtools = self._devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Performance.enable")
        devtools.on("Network.requestWillBeSent", self._sent)
        devtools.on("Network.responseReceived", self._answered)
        devtools.on("Network.requestServedFromCache", self._cached)
        devtools.on("Network.loadingFinished", self._finished)

    def _sent(self, event: dict[str, Any]) -> None:
        if not event["request"]["url"].startswith("data:"):
            self._names[event["requestId"]] = event["request"]["url"].split("?")[0].rpartition("/")[2] or "page"
            self._sizes[event["requestId"]] = 0

    def _answered(self, event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            self._sizes.pop(event["requestId"], None)

    def _cached(self, event: dict[str, Any]) -> None:
        self._sizes.pop(event["requestId"], None)

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._sizes:
            self._sizes[event["requestId"]] = event["encodedDataLength"]
