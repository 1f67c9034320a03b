"""Pages and fragments on the wire: zstd for browsers that take it, gzip for the others."""

from __future__ import annotations

import io
import secrets
import struct
from typing import Final

import zstandard
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from zlib_ng import gzip_ng

SMALLEST: Final = 200
GZIP_LEVEL: Final = 6
ZSTD_LEVEL: Final = 3
# Up to so many random bytes are added: the length of a page that repeats a word of its address would otherwise tell
# whether that word occurs on it (BREACH).
PADDING: Final = 100
# A frame of zstd that readers leap over (RFC 8878 §3.1.2).
SKIPPED: Final = 0x184D2A50


class CompressionMiddleware(MiddlewareMixin):
    """Compresses what is whole. What streams passes as it is: answers at once, files in the size announced."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not isinstance(response, HttpResponse) or response.has_header("Content-Encoding"):
            return response
        if len(response.content) < SMALLEST:
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        taken = accepted(request.headers.get("Accept-Encoding", ""))
        encoding = next((name for name in ("zstd", "gzip") if name in taken), None)
        if encoding is None:
            return response
        packed = zstd(response.content) if encoding == "zstd" else gzip(response.content)
        if len(packed) < len(response.content):
            response.content = packed
            response["Content-Length"] = str(len(packed))
            response["Content-Encoding"] = encoding
            # Of the same page, but not the same bytes
            etag = response.get("ETag")
            if etag and etag.startswith('"'):
                response["ETag"] = f"W/{etag}"
        return response


def accepted(header: str) -> set[str]:
    """The encodings that an ``Accept-Encoding`` header names and does not refuse (``gzip;q=0``)."""
    found = set()
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "").rstrip("0") not in ("q=", "q=0."):
            found.add(name.strip())
    return found


def zstd(content: bytes) -> bytes:
    """``content`` in one frame, and padding in another."""
    padding = secrets.token_bytes(secrets.randbelow(PADDING))
    frame = zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(content)
    return frame + struct.pack("<II", SKIPPED, len(padding)) + padding


def gzip(content: bytes) -> bytes:
    """``content`` as a file whose name is padding."""
    packed = io.BytesIO()
    name = "a" * secrets.randbelow(PADDING)
    options = {"mode": "wb", "compresslevel": GZIP_LEVEL, "fileobj": packed, "mtime": 0}
    with gzip_ng.GzipNGFile(filename=name, **options) as file:  # type: ignore[no-untyped-call]
        file.write(content)  # type: ignore[no-untyped-call]
    return packed.getvalue()
