"""RAGFlow 0.24's HTTP API, one module per noun."""

from __future__ import annotations
