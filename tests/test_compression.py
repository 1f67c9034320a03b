from __future__ import annotations

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from dashboard.middleware import CompressionMiddleware


@pytest.mark.django_db
def test_a_page_is_sent_compressed_to_a_browser_that_takes_it(client: Client):
    plain = client.get("/sign-in/")
    packed = client.get("/sign-in/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert len(packed.content) < len(plain.content) / 2
    assert b'name="password"' in gzip.decompress(packed.content)


@pytest.mark.parametrize("content_type", ["text/event-stream", "application/octet-stream"])
def test_what_streams_is_passed_on_piece_by_piece_as_it_is(content_type: str):
    pieces = [b"data:one\n\n" * 100, b"data:two\n\n"]
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})

    def respond(request: object) -> HttpResponse | StreamingHttpResponse:
        return StreamingHttpResponse(iter(pieces), content_type=content_type)

    response = CompressionMiddleware(respond)(request)
    assert "Content-Encoding" not in response
    assert list(response) == pieces
