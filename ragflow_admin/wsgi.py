"""The WSGI entry point, for gunicorn."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragflow_admin.settings")


def below(prefix: str, application: WSGIApplication) -> WSGIApplication:
    """The application for paths that begin with ``prefix``, and for those of a proxy that took it off already."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == prefix or path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path[len(prefix) :]
        return application(environ, start_response)

    return answer


application: WSGIApplication = get_wsgi_application()
if settings.SCRIPT_NAME:
    application = below(settings.SCRIPT_NAME, application)
    # gunicorn would refuse paths without it, and take it off itself
    os.environ.pop("SCRIPT_NAME", None)
# All views now, not when the first visitor comes: nobody waits for it, and what is loaded counts as such.
get_resolver().url_patterns  # noqa: B018
