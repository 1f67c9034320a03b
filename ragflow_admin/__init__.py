"""The Django project: settings, addresses, processes. Wiring only; the product is in ``dashboard``."""

from __future__ import annotations

from ragflow_admin.celery import app as celery_app

__all__ = ["celery_app"]
