"""Control of a running stand-in for tests and demos: faults, pace, keys, and the record of requests."""

from __future__ import annotations
