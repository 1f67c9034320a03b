"""The WSGI entry point, for gunicorn."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragflow_admin.settings")

application = get_wsgi_application()
# All views now, not when the first visitor comes: nobody waits for it, and what is loaded counts as such.
get_resolver().url_patterns  # noqa: B018
