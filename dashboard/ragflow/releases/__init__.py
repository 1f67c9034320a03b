"""Which RAGFlow a server is: its release, and what that release offers."""

from __future__ import annotations
