"""A dataset whose chunks are a line each, and documents in it."""

from __future__ import annotations

from tests.chunks.conftest import dataset, office_pdf, upload

__all__ = ["dataset", "office_pdf", "upload"]
