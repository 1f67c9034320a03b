"""What jobs tell the rest of the dashboard."""

from __future__ import annotations

from django.dispatch import Signal

# A job changed documents of ``dataset_id`` on ``server``.
documents_changed = Signal()
