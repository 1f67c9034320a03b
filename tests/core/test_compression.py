from __future__ import annotations

import gzip
import re

import pytest
import zstandard
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from dashboard.core.web.compression import CompressionMiddleware

PAGE = "".join(f"<p>Line {number}: “quoted”</p>" for number in range(500)).encode()


def unpacked(response: HttpResponse) -> bytes:
    if response["Content-Encoding"] == "gzip":
        return gzip.decompress(response.content)
    # as browsers do: one frame after the other, leaping over what is no content
    return zstandard.ZstdDecompressor().stream_reader(response.content, read_across_frames=True).read()


def answered(encodings: str, content: bytes = PAGE, **headers: str) -> HttpResponse:
    request = RequestFactory().get("/", headers={"Accept-Encoding": encodings} if encodings else {})
    response = CompressionMiddleware(lambda request: HttpResponse(content, headers=headers))(request)
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.django_db
@pytest.mark.parametrize(("encodings", "chosen"), [("gzip", "gzip"), ("gzip, deflate, br, zstd", "zstd")])
def test_a_page_is_sent_compressed_to_a_browser_that_takes_it(client: Client, encodings: str, chosen: str):
    plain = client.get("/sign-in/")
    packed = client.get("/sign-in/", headers={"Accept-Encoding": encodings})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == chosen
    assert "Accept-Encoding" in packed["Vary"]
    assert len(packed.content) < len(plain.content) / 2
    assert int(packed["Content-Length"]) == len(packed.content)
    assert b'name="password"' in unpacked(packed)


@pytest.mark.parametrize("encodings", ["gzip", "zstd", "GZIP;q=1.0, zstd;q=0", "zstd; q=0.5, gzip;q=0.000"])
def test_what_arrives_is_what_was_sent(encodings: str):
    assert unpacked(answered(encodings)) == PAGE


@pytest.mark.parametrize(
    ("encodings", "chosen"),
    [("GZIP;q=1.0, zstd;q=0", "gzip"), ("zstd; q=0.5, gzip;q=0.000", "zstd"), ("br", None), ("", None)],
)
def test_an_encoding_that_is_refused_is_not_used(encodings: str, chosen: str | None):
    assert answered(encodings).get("Content-Encoding") == chosen


@pytest.mark.parametrize("encodings", ["gzip", "zstd"])
def test_the_length_of_a_page_says_little_of_what_is_on_it(encodings: str):
    assert len({len(answered(encodings).content) for _ in range(40)}) > 10


def test_what_is_short_or_compressed_already_is_left_alone():
    assert "Content-Encoding" not in answered("gzip", b"short")
    assert answered("zstd", **{"Content-Encoding": "br"}).content == PAGE


def test_a_compressed_page_has_a_weak_etag():
    assert re.fullmatch(r'W/"x"', answered("gzip", ETag='"x"')["ETag"])


@pytest.mark.parametrize("content_type", ["text/event-stream", "application/octet-stream"])
@pytest.mark.parametrize("encodings", ["gzip", "zstd"])
def test_what_streams_is_passed_on_piece_by_piece_as_it_is(content_type: str, encodings: str):
    pieces = [b"data:one\n\n" * 100, b"data:two\n\n"]
    request = RequestFactory().get("/", headers={"Accept-Encoding": encodings})

    def respond(request: object) -> HttpResponse | StreamingHttpResponse:
        return StreamingHttpResponse(iter(pieces), content_type=content_type)

    response = CompressionMiddleware(respond)(request)
    assert "Content-Encoding" not in response
    assert list(response) == pieces
