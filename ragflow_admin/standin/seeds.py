"""`--seed`: what an empty stand-in is filled with."""

from __future__ import annotations


def sow(name: str, key: str) -> None:
    """Fills the tenant of `key`. `demo` only once, `large:N` adds one dataset of N documents."""
    raise SystemExit(f"unknown seed {name!r}: use demo or large:N")
