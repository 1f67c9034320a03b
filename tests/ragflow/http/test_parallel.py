"""Independent reads at the same time."""

from __future__ import annotations

import threading
from contextvars import ContextVar

import pytest

from dashboard.ragflow.parallel import WORKERS, parallel


def test_results_come_in_the_order_of_the_calls() -> None:
    later = threading.Event()

    def slow() -> str:
        assert later.wait(5)
        return "slow"

    def fast() -> int:
        later.set()
        return 7

    assert parallel(slow, fast) == ("slow", 7)


def test_nothing_and_one_need_no_threads() -> None:
    assert parallel() == ()
    assert parallel(threading.get_ident) == (threading.get_ident(),)


def test_calls_really_overlap() -> None:
    meeting = threading.Barrier(3, timeout=5)
    assert sorted(parallel(meeting.wait, meeting.wait, meeting.wait)) == [0, 1, 2]


def test_the_first_error_is_raised_without_waiting_for_the_rest() -> None:
    released = threading.Event()

    def fails() -> None:
        raise LookupError("first")

    def waits() -> bool:
        return released.wait(5)

    try:
        with pytest.raises(LookupError, match="first"):
            parallel(waits, fails)
        assert not released.is_set()
    finally:
        released.set()


def test_no_more_than_eight_run_at_once() -> None:
    lock = threading.Lock()
    running = 0
    most = 0
    together = threading.Barrier(WORKERS, timeout=5)

    def call() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait()
        with lock:
            running -= 1

    parallel(*[call] * (3 * WORKERS))
    assert most == WORKERS


def test_nesting_does_not_lock_up() -> None:
    def inner() -> tuple[int, ...]:
        return parallel(*[lambda: 1] * 10)

    assert parallel(*[inner] * 20) == ((1,) * 10,) * 20


def test_the_context_is_handed_on() -> None:
    request_id: ContextVar[str] = ContextVar("request_id", default="none")
    request_id.set("r-1")
    assert parallel(request_id.get, request_id.get) == ("r-1", "r-1")
