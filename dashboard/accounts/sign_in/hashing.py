"""Hashes passwords outside gevent's loop, a few at a time: one hash takes a third of a second of CPU time.

The hash itself is Django's. In a web process a native thread computes it. OpenSSL releases the GIL meanwhile, so the
loop keeps serving requests. Elsewhere (commands, tests) the hash is computed in the calling thread.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from gevent import monkey, threadpool

# The longest queue: about five seconds of hashing.
WAITING: Final = 16

_pool: threadpool.ThreadPool | None = None
_under_way = 0


class TooManySignIns(Exception):
    """The queue of passwords to check is full."""


class PBKDF2BesideTheLoop(PBKDF2PasswordHasher):
    """Django's hasher; the hashes are identical."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """The hash in its stored form. Raises TooManySignIns."""
        return str(beside_the_loop(super().encode, password, salt, iterations))


def beside_the_loop(work: Any, *arguments: Any) -> Any:
    """Return ``work(*arguments)``, computed in a native thread if this process runs gevent's loop."""
    global _pool, _under_way  # noqa: PLW0603 - one pool per process, created on first use
    if not monkey.is_module_patched("threading"):
        return work(*arguments)
    if _under_way >= settings.SIGN_IN_PARALLEL + WAITING:
        raise TooManySignIns
    _pool = _pool or threadpool.ThreadPool(settings.SIGN_IN_PARALLEL)
    _under_way += 1
    try:
        return _pool.apply(work, arguments)
    finally:
        _under_way -= 1
