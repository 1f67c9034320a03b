"""What tests and demos change in a running stand-in: faults, pace, keys; and the record of requests."""

from __future__ import annotations
