"""The HTTP API of RAGFlow 0.24, one module per noun."""

from __future__ import annotations
