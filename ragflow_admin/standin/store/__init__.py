"""What the stand-in remembers: tenants, datasets, documents, chunks, assistants, sessions."""

from __future__ import annotations
