"""The Django project: settings, root URLs and processes. The product itself is in ``dashboard``."""

from __future__ import annotations

from ragflow_admin.celery import app as celery_app

__all__ = ["__version__", "celery_app"]
# The only place with the version: pyproject.toml and the account menu read it here.
__version__ = "0.2.0"
