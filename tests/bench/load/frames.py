"""Answers whose pieces carry the moment they were sent, so that whoever reads them can tell the delay.

A mark is plain letters and digits, which Markdown, sanitiser and escaping leave as they are. Times are microseconds of
the machine's monotonic clock: all processes of a run are on one machine.
"""

from __future__ import annotations

import json
import time

MARK = b"Qf"
# What a model writes: pieces of sixteen tokens or so, paragraphs, a list, now and then a citation.
PIECES = (
    "The service interval of the **main pump** is twelve months, or",
    " 4,000 hours of work, whichever comes first [ID:0]. Before opening",
    " the housing, close both valves and wait until the gauge shows",
    " less than 0.2 bar; the seal may otherwise be pressed out of its",
    " seat. Use only the grease that the table in section 3 names,",
    " because others attack the seal within weeks [ID:1].\n\n",
    "1. Undo the four screws, crosswise, half a turn at a time, and",
    " keep the washers.\n2. Lift the cover straight up.\n3. Clean the",
    " face with a cloth that does not shed, never with a scraper: a",
    " scratch of 0.1 mm leaks. A new seal must lie flat all round",
    " [ID:2]. `torque = 18 Nm` in two passes, then once more after",
    " the first warm run. Write date and hours into the log.\n\n",
)


def now_us() -> int:
    return time.monotonic_ns() // 1000


def piece(number: int) -> bytes:
    """The JSON text of piece ``number``'s beginning: all but its mark."""
    return json.dumps(PIECES[number % len(PIECES)])[1:-1].encode()


def mark(number: int) -> bytes:
    return b"%s%dt%de " % (MARK, number, now_us())


def marks_after(data: bytes, last: int) -> list[tuple[int, int]]:
    """The (number, sent) pairs in ``data`` with a number above ``last``, lowest first, each number once.

    A reader may get the same text again and again, as a growing paragraph: the search goes backwards and stops
    at the first mark it knows.
    """
    found: dict[int, int] = {}
    end = len(data)
    while (at := data.rfind(MARK, 0, end)) >= 0:
        end = at
        number, _, rest = data[at + 2 : at + 40].partition(b"t")
        sent, closed, _ = rest.partition(b"e")
        if not closed or not number.isdigit() or not sent.isdigit():
            continue
        if int(number) <= last:
            break
        found.setdefault(int(number), int(sent))
    return sorted(found.items())
