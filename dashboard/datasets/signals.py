"""Signals that datasets send to the areas above them."""

from __future__ import annotations

from django.dispatch import Signal

# The settings of ``dataset`` on ``server`` were saved.
dataset_saved = Signal()
