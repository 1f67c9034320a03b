"""Many chat answers at once: what the relay adds to each piece's way, what breaks, what it costs."""

from __future__ import annotations

import json
import re
import statistics
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from typing import Any

import requests

from tests.bench import memory
from tests.bench.app import App, Upstream
from tests.bench.areas.pages import Caller
from tests.bench.load import rows
from tests.bench.processes import Children, ask
from tests.bench.report import Figure

QUESTION = "How often is the main pump serviced, and how is the seal put in?"
# Where the answer to a question tells the browser to read its stream
STREAM = re.compile(r'data-stream="([^"]+)"')


@dataclass(frozen=True)
class Load:
    """So many streams at once, each of ``frames`` pieces at ``rate`` per second."""

    streams: int
    rate: float
    frames: int
    open_over: float


# By the number of streams: share of the throughput straight to upstream, milliseconds of added delay, of a plain page
# meanwhile (p99), and MB of all of gunicorn's processes (docs/performance.md).
LIMITS: dict[int, dict[str, float]] = {
    1: {"p50": 5},
    50: {"p50": 3, "p99": 75},
    200: {"throughput": 0.98, "p50": 25, "p99": 200, "page": 600},
    1000: {"memory": 400},
}
FULL = (Load(1, 50, 200, 0.1), Load(50, 50, 350, 1), Load(200, 50, 600, 4), Load(1000, 5, 150, 15))
QUICK = (Load(1, 50, 100, 0.1), Load(50, 50, 150, 0.5))


def measure(app: App, upstream: Upstream, children: Children, *, quick: bool) -> Iterator[Figure]:
    for load in QUICK if quick else FULL:
        upstream.play(datasets=10, frames=load.frames, rate=load.rate)
        straight = [direct_request(n, upstream.release) for n in range(load.streams)]
        direct = read(children, upstream.port, straight, load)
        asked = _ask_all(app, load)
        with memory.Peak(app.web(), every=0.5) as held, PlainPage(app) as page:
            through = read(children, app.port, asked, load)
        yield from _figures(load, direct, through, page, held)


def direct_request(number: int, release: str) -> str:
    """A question straight to upstream, as the dashboard asks it of this release."""
    sent = {"question": QUESTION, "stream": True, "session_id": rows.session_id(number)}
    path = f"/api/v1/chats/{rows.CHAT}/completions"
    if release != "0.24":
        path, sent = "/api/v1/chat/completions", {**sent, "chat_id": rows.CHAT}
    body = json.dumps(sent)
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer bench\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def _ask_all(app: App, load: Load) -> list[str]:
    """Asks the question in a number of sessions; returns the requests for the streams of the answers, not yet sent."""
    address = f"{app.address}{app.base}assistants/{rows.CHAT}/sessions"
    headers = {"Cookie": app.cookies, "X-CSRFToken": app.csrf, "HX-Request": "true"}

    def ask_in(numbers: range) -> list[str]:
        with requests.Session() as http:
            return [_ask(http, f"{address}/{rows.session_id(number)}/ask/", headers) for number in numbers]

    with ThreadPoolExecutor(4) as pool:
        found = pool.map(ask_in, [range(first, load.streams, 4) for first in range(4)])
    accept = ["Accept: text/event-stream"]
    return [app.raw("GET", link, accept) for links in found for link in links]


def _ask(http: requests.Session, address: str, headers: dict[str, str]) -> str:
    answer = http.post(address, data={"question": QUESTION}, headers=headers, timeout=60)
    link = STREAM.search(answer.text)
    if not link:
        raise RuntimeError(f"POST {address} answered {answer.status_code} without a stream: {answer.text[:300]}")
    return unescape(link.group(1))


def read(children: Children, port: int, streams: list[str], load: Load) -> dict[str, Any]:
    patience = load.frames / load.rate + load.open_over + 60
    plan = {
        "port": port,
        "streams": streams,
        "frames": load.frames,
        "open_over": load.open_over,
        "timeout": patience,
    }
    reading: dict[str, Any] = ask(children.module("load.reader"), plan, patience + 30)
    return reading


class PlainPage:
    """Asks for a page of ten datasets again and again while the ``with`` block runs."""

    def __init__(self, app: App) -> None:
        self.visit = Caller(app.port, {"Cookie": app.cookies})
        self.target = f"{app.base}datasets/"
        self.times: list[float] = []
        self._ended = threading.Event()
        self._visitor = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> PlainPage:
        self._visitor.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._visitor.join()

    def _run(self) -> None:
        while not self._ended.wait(0.05):
            self.times.append(self.visit(self.target))

    def percentile(self, part: int) -> float:
        return statistics.quantiles(self.times, n=100)[part - 1] if len(self.times) > 1 else float("nan")


def _figures(
    load: Load, direct: dict[str, Any], through: dict[str, Any], page: PlainPage, held: memory.Peak
) -> Iterator[Figure]:
    area = f"{load.streams:,} streams of {load.rate:.0f}/s"
    limits = LIMITS.get(load.streams, {})
    why = "; ".join(f"{count} {reason}" for reason, count in through["why"].items())
    yield Figure(area, "broken", through["broken"], direct=direct["broken"], limit=0, note=why)
    yield Figure(
        area,
        "throughput",
        through["throughput"],
        "pieces/s",
        direct=direct["throughput"],
        limit=limits.get("throughput"),
        at_least=True,
        of_ratio=True,
        note=f"{through['pieces']:,} pieces in {through['reads']:,} reads, in {through['seconds']:.0f} s",
    )
    for name in ("p50", "p99"):
        added = through[name] - direct[name]
        note = f"{through[name]:.1f} ms through, {direct[name]:.1f} ms direct"
        if name == "p99":
            note += f"; with opening and ending {through['p99_with_ends']:.0f} ms"
        yield Figure(area, f"added delay {name}", added, "ms", limit=limits.get(name), note=note)
    yield Figure(
        area,
        "plain page meanwhile, p99",
        page.percentile(99),
        "ms",
        limit=limits.get("page"),
        note=f"p50 {page.percentile(50):.0f} ms, {len(page.times)} visits",
    )
    note = f"PSS of gunicorn's processes; RSS summed {held.rss:.0f} MB"
    yield Figure(area, "server memory", held.pss, "MB", limit=limits.get("memory"), note=note)
