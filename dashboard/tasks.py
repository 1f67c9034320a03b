"""Celery's tasks: ids in, a call into the area that knows, nothing else."""

from __future__ import annotations
