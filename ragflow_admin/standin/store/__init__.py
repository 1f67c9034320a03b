"""The store of the stand-in: tenants, datasets, documents, chunks, assistants, sessions."""

from __future__ import annotations
