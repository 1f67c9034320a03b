"""The product's settings for processes that tests start: with static files as they are, which need not be collected."""

from __future__ import annotations

from ragflow_admin.settings import *  # noqa: F403
from ragflow_admin.settings import STORAGES as OF_THE_PRODUCT

STORAGES = OF_THE_PRODUCT | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
