"""Measurements of the real product against a scripted RAGFlow. ``python -m tests.bench`` runs them."""

from __future__ import annotations
