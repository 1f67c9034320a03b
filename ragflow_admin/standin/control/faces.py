"""The releases of RAGFlow that the stand-in can be: one set of paths each, over one store."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ragflow_admin.standin.control import state

URLS = {"0.24": "ragflow_admin.standin.face024.urls", "0.27": "ragflow_admin.standin.face027.urls"}


def by_release(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: chooses the paths of the current release."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        request.urlconf = URLS[state.release]
        return get_response(request)

    return respond
