from __future__ import annotations

import gzip
import re

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from dashboard.core.web.middleware import PageCompression

PAGE = "".join(f"<p>Line {number}: “quoted”</p>" for number in range(500)).encode()


def answered(encodings: str, content: bytes = PAGE, **headers: str) -> HttpResponse:
    request = RequestFactory().get("/", headers={"Accept-Encoding": encodings} if encodings else {})
    response = PageCompression(lambda request: HttpResponse(content, headers=headers))(request)
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.django_db
@pytest.mark.parametrize("encodings", ["gzip", "gzip, deflate, br, zstd"])
def test_a_page_is_sent_compressed_to_a_browser_that_takes_it(client: Client, encodings: str):
    plain = client.get("/sign-in/")
    packed = client.get("/sign-in/", headers={"Accept-Encoding": encodings})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert len(packed.content) < len(plain.content) / 2
    assert int(packed["Content-Length"]) == len(packed.content)
    assert b'name="password"' in gzip.decompress(packed.content)


def test_what_arrives_is_what_was_sent():
    assert gzip.decompress(answered("gzip").content) == PAGE


@pytest.mark.parametrize("encodings", ["zstd, br", ""])
def test_an_encoding_that_is_not_accepted_is_not_used(encodings: str):
    response = answered(encodings)
    assert "Content-Encoding" not in response
    assert response.content == PAGE


def test_the_length_of_a_page_says_little_of_what_is_on_it():
    assert len({len(answered("gzip").content) for _ in range(40)}) > 10


def test_what_is_short_or_compressed_already_is_left_alone():
    assert "Content-Encoding" not in answered("gzip", b"short")
    assert answered("gzip", **{"Content-Encoding": "br"}).content == PAGE


def test_a_compressed_page_has_a_weak_etag():
    assert re.fullmatch(r'W/"x"', answered("gzip", ETag='"x"')["ETag"])


@pytest.mark.parametrize("content_type", ["text/event-stream", "application/octet-stream"])
def test_what_streams_is_passed_on_piece_by_piece_as_it_is(content_type: str):
    pieces = [b"data:one\n\n" * 100, b"data:two\n\n"]
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})

    def respond(request: object) -> StreamingHttpResponse:
        return StreamingHttpResponse(iter(pieces), content_type=content_type)

    response = PageCompression(respond)(request)
    assert isinstance(response, StreamingHttpResponse)
    assert "Content-Encoding" not in response
    assert list(response) == pieces
