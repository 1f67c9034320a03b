"""A dataset whose chunks are a line each, and documents in it."""

from __future__ import annotations

from tests.chunks.conftest import dataset, upload

__all__ = ["dataset", "upload"]
