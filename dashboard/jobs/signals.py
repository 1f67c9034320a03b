"""Signals that jobs send to other areas."""

from __future__ import annotations

from django.dispatch import Signal

# A job changed documents of ``dataset_id`` on ``server``.
documents_changed = Signal()
