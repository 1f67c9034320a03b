"""Passwords are hashed beside gevent's loop, a few at a time: hashing takes a third of a second of processor.

The hash itself is Django's. In a web process a native thread computes it, and OpenSSL lets go of the interpreter's
lock for that, so the loop goes on answering. Elsewhere (commands, tests) it is computed where it is asked for.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from gevent import monkey, threadpool

# So many wait for their turn at most: some five seconds' worth.
WAITING: Final = 16

_pool: threadpool.ThreadPool | None = None
_under_way = 0


class TooManySignIns(Exception):
    """So many passwords wait to be checked that one more would wait too long."""


class PBKDF2BesideTheLoop(PBKDF2PasswordHasher):
    """Django's hasher, with hashes that are the same."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """The hash as it is stored. Raises TooManySignIns."""
        return str(beside_the_loop(super().encode, password, salt, iterations))


def beside_the_loop(work: Any, *arguments: Any) -> Any:
    """What ``work(*arguments)`` returns, computed in a native thread when this process runs on gevent's loop."""
    global _pool, _under_way  # noqa: PLW0603 - one pool for each process, made when it is first needed
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
