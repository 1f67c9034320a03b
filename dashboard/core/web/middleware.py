"""Middleware for every request: compression, request id, outages, RAGFlow's errors, and toasts."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import cast

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.template.loader import render_to_string

from dashboard.core.web import request_id as requestid
from dashboard.core.web.error_pages import out_of_order, typed_into
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.outages import outage_of
from dashboard.ragflow import errors

logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponseBase]
KNOWN_ID = re.compile(r"[0-9A-Za-z-]{6,64}")


class PageCompression(GZipMiddleware):
    """Django's gzip, with its padding against BREACH, for complete responses.

    Streams are not compressed: events must not wait in a buffer, and a file keeps the announced size.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The response, compressed if it is complete and the browser accepts gzip."""
        return response if response.streaming else super().process_response(request, response)


class RequestIdMiddleware:
    """Gives the request an id (a proxy's ``X-Request-Id`` is kept) and logs one line at its end."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if KNOWN_ID.fullmatch(given) else requestid.new()
        cast("DashboardRequest", request).request_id = request_id
        token = requestid.current.set(request_id)
        started = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-Id"] = request_id
            if not request.path_info.startswith("/static/"):
                logger.info(
                    "%s %s %s %d ms",
                    request.method,
                    request.path,
                    response.status_code,
                    (time.monotonic() - started) * 1000,
                )
            return response
        finally:
            requestid.current.reset(token)


class OutageMiddleware:
    """Answers views that failed because a service of the dashboard is down.

    Failures outside views, such as loading the user, reach ``error_pages.server_error``.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        outage = outage_of(error)
        if outage is None:
            return None
        logger.error("Outage: %s: %s: %s", outage.part, type(error).__name__, error)
        return out_of_order(request, outage)


class RagflowErrorMiddleware:
    """Answers every ``RAGFlowError`` that no view handled: with a page, a fragment, or a toast."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: DashboardRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, errors.RAGFlowError):
            return None
        logger.warning("RAGFlow: %s %s: %s: %s", error.method, error.path, type(error).__name__, error.message)
        status = status_of(error)
        context = {
            "error": error,
            "kind": type(error).__name__,
            "server": request.server,
            "request_id": requestid.current.get(),
        }
        if not wants_fragment(request):
            return render(request, "errors/ragflow.html", context | {"typed": typed_into(request)}, status=status)
        if request.method == "GET":
            # 200, since htmx does not swap error responses
            return render(request, "errors/_ragflow_fragment.html", context)
        response = HttpResponse(render_to_string("errors/_ragflow_toast.html", context, request))
        response["HX-Reswap"] = "none"
        return response


def status_of(error: errors.RAGFlowError) -> int:
    """The status of our response.

    404 for a missing object, 403 for what the person may not change, 409 after an upgrade, 504 for a timeout, else 502.
    """
    if isinstance(error, errors.NotFound):
        return 404
    if isinstance(error, errors.NotPermitted):
        return 403
    if isinstance(error, errors.Upgraded):
        return 409
    return 504 if isinstance(error, errors.TimedOut) else 502


class ToastMiddleware:
    """Appends waiting messages to htmx responses as out-of-band toasts. Redirects leave them for the next page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            not getattr(request, "htmx", False)
            or not isinstance(response, HttpResponse)
            or not response.get("Content-Type", "").startswith("text/html")
            or response.status_code in (204, 503)  # 503: messages may be unreadable, and nobody would see them
            or 300 <= response.status_code < 400
            or "HX-Redirect" in response
            or "HX-Location" in response
            or "HX-Refresh" in response
        ):
            return response
        waiting = list(get_messages(request))
        if waiting:
            response.write(render_to_string("core/toasts_oob.html", {"toasts": waiting}, request))
        return response
