"""Reads many event streams at once, in a process of its own, and reports when each marked piece came.

``python -m tests.bench.reader`` takes one JSON object from its input (a ``Plan``) and prints one (a ``Reading``).
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from typing import cast

from tests.bench import frames

CLEAN_END = b"0\r\n\r\n"


@dataclass
class Plan:
    """``streams`` are raw requests, one for each stream; opening them is spread over ``open_over`` seconds."""

    port: int
    streams: list[str]
    frames: int
    open_over: float
    timeout: float


@dataclass
class Reading:
    """Delays are in milliseconds. ``throughput`` is in pieces per second, from the first sent to the last received."""

    streams: int
    broken: int
    why: dict[str, int]
    pieces: int
    events: int
    throughput: float
    seconds: float
    p50: float
    p99: float
    longest: float


class Stream(asyncio.Protocol):
    """One stream on one connection."""

    def __init__(self, plan: Plan, request: str, done: asyncio.Future[str]) -> None:
        self.plan, self.request, self.done = plan, request, done
        self.last = -1
        self.delays: list[int] = []
        self.events = 0
        self.first_sent = self.last_received = 0
        self.head = self.tail = b""
        self.reading = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self.request.encode())

    def data_received(self, data: bytes) -> None:
        if not self.reading:
            self.head += data
            head, found, data = self.head.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 200 " not in head[:16] or b"text/event-stream" not in head:
                self._finish(f"answered {head[:40].decode('latin-1')!r}")
                return
            self.reading = True
        self.events += 1
        data = self.tail + data
        whole = data.rfind(b"\n") + 1
        self.tail = data[whole:]
        now = frames.now_us()
        for number, sent in frames.marks_after(data[:whole], self.last):
            self.first_sent = self.first_sent or sent
            self.delays.append(now - sent)
            self.last, self.last_received = number, now
        if data.endswith(CLEAN_END):
            self._finish("" if len(self.delays) >= self.plan.frames else f"ended after {len(self.delays)} pieces")

    def connection_lost(self, error: Exception | None) -> None:
        self._finish(f"cut off after {len(self.delays)} pieces")

    def _finish(self, why: str) -> None:
        if not self.done.done():
            self.done.set_result(why)
            self.transport.close()


async def read(plan: Plan) -> Reading:
    loop = asyncio.get_running_loop()
    streams: list[Stream] = []

    async def one(number: int, request: str) -> str:
        await asyncio.sleep(plan.open_over * number / len(plan.streams))
        done: asyncio.Future[str] = loop.create_future()
        stream = Stream(plan, request, done)
        streams.append(stream)
        try:
            async with asyncio.timeout(plan.timeout):
                await loop.create_connection(lambda: stream, "127.0.0.1", plan.port)
                return await done
        except TimeoutError:
            return f"not ended in {plan.timeout:.0f} s"
        except OSError as error:
            return f"not connected: {error.strerror}"

    outcomes = await asyncio.gather(*(one(n, request) for n, request in enumerate(plan.streams)))
    delays = sorted(delay for stream in streams for delay in stream.delays)
    firsts = [stream.first_sent for stream in streams if stream.first_sent]
    seconds = (max(stream.last_received for stream in streams) - min(firsts)) / 1e6 if firsts else 0.0
    why: dict[str, int] = {}
    for outcome in filter(None, outcomes):
        why[outcome] = why.get(outcome, 0) + 1

    def percentile(part: float) -> float:
        return delays[min(len(delays) - 1, int(len(delays) * part))] / 1000 if delays else float("nan")

    return Reading(
        streams=len(streams),
        broken=sum(why.values()),
        why=why,
        pieces=len(delays),
        events=sum(stream.events for stream in streams),
        throughput=len(delays) / seconds if seconds else 0.0,
        seconds=seconds,
        p50=percentile(0.5),
        p99=percentile(0.99),
        longest=percentile(1.0),
    )


if __name__ == "__main__":
    import uvloop

    print(json.dumps(asdict(uvloop.run(read(Plan(**json.load(sys.stdin)))))))
