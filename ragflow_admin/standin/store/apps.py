"""The store as a Django app; installed in the stand-in's settings only."""

from __future__ import annotations

from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "ragflow_admin.standin.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
