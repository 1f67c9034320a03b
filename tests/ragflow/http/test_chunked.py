from __future__ import annotations

import pytest

from dashboard.ragflow.errors import InvalidResponse
from dashboard.ragflow.http.chunked import LONGEST_LINE, Chunks

SENT = b"6;name=value\r\ndata:1\r\n1\r\n\n\r\n0b\r\ndata:\r\nmore\r\n0\r\nX-After: all\r\n\r\n"
MEANT = b"data:1\ndata:\r\nmore"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_chunks_are_joined_wherever_they_were_cut(size: int) -> None:
    chunks = Chunks()
    assert b"".join(chunks.feed(SENT[at : at + size]) for at in range(0, len(SENT), size)) == MEANT
    assert chunks.has_ended()


def test_a_chunk_is_handed_on_before_all_of_it_is_there() -> None:
    chunks = Chunks()
    assert chunks.feed(b"10\r\nabcdef") == b"abcdef"
    assert chunks.feed(b"ghijklmnop\r") == b"ghijklmnop"
    assert chunks.feed(b"\n2\r\nqr") == b"qr"
    assert not chunks.has_ended()


def test_several_chunks_come_in_one_piece() -> None:
    assert Chunks().feed(b"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n") == b"abc"


def test_the_end_is_the_empty_line_after_the_last_chunk() -> None:
    chunks = Chunks()
    chunks.feed(b"1\r\na\r\n0\r\n")
    assert not chunks.has_ended()
    chunks.feed(b"\r\n")
    assert chunks.has_ended()


@pytest.mark.parametrize("line", [b"data:{}\r\n", b"-1\r\n", b"\r\n", b"1" * (LONGEST_LINE + 1)])
def test_what_is_no_chunk_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidResponse):
        Chunks().feed(line)
