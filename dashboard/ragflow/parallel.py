"""Runs independent reads in parallel."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Any, Final, TypeVar, overload

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")

WORKERS: Final = 8


@overload
def parallel(a: Callable[[], A], b: Callable[[], B], /) -> tuple[A, B]: ...
@overload
def parallel(a: Callable[[], A], b: Callable[[], B], c: Callable[[], C], /) -> tuple[A, B, C]: ...
@overload
def parallel(
    a: Callable[[], A], b: Callable[[], B], c: Callable[[], C], d: Callable[[], D], /
) -> tuple[A, B, C, D]: ...
@overload
def parallel(*calls: Callable[[], A]) -> tuple[A, ...]: ...
def parallel(*calls: Callable[[], Any]) -> tuple[Any, ...]:
    """Run the calls in parallel, at most WORKERS at once; returns their results in order.

    The first error is raised at once: calls that have not started are dropped, and running ones are not awaited, so use
    it for reads only. Runs in threads, or greenlets if gevent has patched them, with one pool per call, so that nested
    calls can't deadlock.
    """
    if len(calls) < 2:
        return tuple(call() for call in calls)
    pool = ThreadPoolExecutor(max_workers=min(len(calls), WORKERS), thread_name_prefix="ragflow-read")
    try:
        futures = [pool.submit(copy_context().run, call) for call in calls]
        done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        for future in futures:
            if future in done and (error := future.exception()):
                raise error
        return tuple(future.result() for future in futures)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
