"""Reads many event streams at once, in a process of its own, and reports when each marked piece came.

``python -m tests.bench.load.reader`` takes one JSON object from its input (a ``Plan``) and prints one (a ``Reading``).
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from typing import cast

from tests.bench.load import frames

CLEAN_END = b"0\r\n\r\n"
SETTLED = 1.0


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
    """Times are in milliseconds. All but ``broken`` and ``p99_with_ends`` count only what was sent while all streams
    were open: from ``SETTLED`` seconds after the last one began until the first one ended.

    ``throughput`` is in pieces received per second of that time.
    """

    streams: int
    broken: int
    why: dict[str, int]
    pieces: int
    reads: int
    throughput: float
    seconds: float
    p50: float
    p99: float
    longest: float
    p99_with_ends: float


class Stream(asyncio.Protocol):
    """One stream on one connection."""

    def __init__(self, plan: Plan, request: str, done: asyncio.Future[str]) -> None:
        self.plan, self.request, self.done = plan, request, done
        self.last = -1
        self.came: list[tuple[int, int]] = []  # (sent, received)
        self.reads: list[int] = []
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
        data = self.tail + data
        whole = data.rfind(b"\n") + 1
        self.tail = data[whole:]
        now = frames.now_us()
        self.reads.append(now)
        for number, sent in frames.marks_after(data[:whole], self.last):
            self.came.append((sent, now))
            self.last = number
        if data.endswith(CLEAN_END):
            self._finish("" if len(self.came) >= self.plan.frames else f"ended after {len(self.came)} pieces")

    def connection_lost(self, error: Exception | None) -> None:
        self._finish(f"cut off after {len(self.came)} pieces")

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
    why: dict[str, int] = {}
    for outcome in filter(None, outcomes):
        why[outcome] = why.get(outcome, 0) + 1
    return reading([stream.came for stream in streams], [stream.reads for stream in streams], why)


def reading(came: list[list[tuple[int, int]]], reads: list[list[int]], why: dict[str, int]) -> Reading:
    """Of (sent, received) pairs and of times of reads, in microseconds and by stream."""
    some = [pairs for pairs in came if pairs]
    start = max((pairs[0][0] for pairs in some), default=0) + round(SETTLED * 1e6)
    end = min((pairs[-1][0] for pairs in some), default=0)
    seconds = max(0.0, (end - start) / 1e6)
    delays = sorted(received - sent for pairs in some for sent, received in pairs if start <= sent < end)
    received_then = sum(start <= received < end for pairs in some for _, received in pairs)
    return Reading(
        streams=len(came),
        broken=sum(why.values()),
        why=why,
        pieces=len(delays),
        reads=sum(start <= at < end for times in reads for at in times),
        throughput=received_then / seconds if seconds else float("nan"),
        seconds=seconds,
        p50=percentile(delays, 0.5),
        p99=percentile(delays, 0.99),
        longest=percentile(delays, 1.0),
        p99_with_ends=percentile(sorted(received - sent for pairs in some for sent, received in pairs), 0.99),
    )


def percentile(sorted_values: list[int], part: float) -> float:
    """Microseconds in, milliseconds out; not a number when there are none."""
    if not sorted_values:
        return float("nan")
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * part))] / 1000


if __name__ == "__main__":
    import uvloop

    print(json.dumps(asdict(uvloop.run(read(Plan(**json.load(sys.stdin)))))))
