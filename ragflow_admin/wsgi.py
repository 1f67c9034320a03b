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
    """The application under ``prefix``, whether or not the proxy has removed the prefix from paths."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == prefix or path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path[len(prefix) :]
        return application(environ, start_response)

    return answer


application: WSGIApplication = get_wsgi_application()
if settings.SCRIPT_NAME:
    application = below(settings.SCRIPT_NAME, application)
    # gunicorn would reject paths without the prefix, and remove it itself
    os.environ.pop("SCRIPT_NAME", None)
# Import all views at start, so that the first request does not wait for it and `gc.freeze` covers them.
get_resolver().url_patterns  # noqa: B018
