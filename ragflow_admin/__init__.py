"""The Django project: settings, root URLs and processes. The product itself is in ``dashboard``."""

from __future__ import annotations

from ragflow_admin.celery import app as celery_app

__all__ = ["celery_app"]
