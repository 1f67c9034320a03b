"""Pages and fragments are sent compressed; what streams is not."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class PageCompression(GZipMiddleware):
    """Django's gzip, with its padding against BREACH, for answers that are whole.

    A stream passes as it is: an event must not wait in a compressor, and a file has the size that was announced.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The response, compressed where it is whole and the browser accepts gzip."""
        return response if response.streaming else super().process_response(request, response)
