from __future__ import annotations

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """The one application; its areas are folders, not applications of their own."""

    name = "dashboard"
    default_auto_field = "django.db.models.BigAutoField"
