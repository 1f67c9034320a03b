"""Files on their way up and down."""

from __future__ import annotations

import io
import re
import threading
import tracemalloc

import pytest
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.multipartparser import MultiPartParser

from dashboard.ragflow import RAGFlow, WriteRecord
from dashboard.ragflow.errors import InvalidResponse, NotFound, Rejected, ServerError, Unreachable, UploadAborted
from dashboard.ragflow.transfer.multipart import BLOCK, FileBody
from tests.support.ragflow import things
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Received, Reply, dripping

STORED = Reply({"code": 0, "data": [{"id": things.DOCUMENT_ID, "dataset_id": things.DATASET_ID, "name": "a(1).txt"}]})


def parsed(request: Received) -> tuple[str, bytes]:
    """The name and content that a server's parser finds in the body."""
    meta = {"CONTENT_TYPE": request.headers["content-type"], "CONTENT_LENGTH": request.headers["content-length"]}
    handlers = [MemoryFileUploadHandler()]
    _, files = MultiPartParser(meta, io.BytesIO(request.body), handlers).parse()
    (uploaded,) = files.getlist("file")
    return uploaded.name, uploaded.read()


@pytest.mark.parametrize(
    ("name", "received"),
    [
        ("report.txt", "report.txt"),
        ("日本語 é 🌍.txt", "日本語 é 🌍.txt"),
        ('say "hi"; filename="evil.sh".txt', 'say "hi"; filename="evil.sh".txt'),
        ("it's 100% a; b=c.txt", "it's 100% a; b=c.txt"),
        ("two\r\nlines\x00.txt", "two  lines .txt"),
        ("folder/sub/a.txt", "a.txt"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
    ],
)
def test_the_name_of_a_file_arrives_as_it_is(name: str, received: str, fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", f"/api/v1/datasets/{things.DATASET_ID}/documents", STORED)
    content = bytes(range(256)) * 10
    stored = client.documents.upload(things.dataset(), name, io.BytesIO(content), len(content))
    assert parsed(fake.received[0]) == (received, content)
    assert stored.name == "a(1).txt"


def test_an_empty_file_can_be_uploaded(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", ".*", STORED)
    client.documents.upload(things.dataset(), "a.txt", io.BytesIO(), 0)
    assert parsed(fake.received[0]) == ("a.txt", b"")


def test_an_upload_announces_its_exact_length(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", ".*", STORED)
    client.documents.upload(things.dataset(), "ä.txt", io.BytesIO(b"x" * 300_000 + b"beyond"), 300_000)
    request = fake.received[0]
    assert int(request.headers["content-length"]) == len(request.body)
    assert "transfer-encoding" not in request.headers
    assert parsed(request) == ("ä.txt", b"x" * 300_000)


def test_a_body_goes_in_blocks_of_64_kilobytes() -> None:
    class Reader:
        def __init__(self) -> None:
            self.sizes: list[int] = []

        def read(self, size: int, /) -> bytes:
            self.sizes.append(size)
            return b"x" * size

    reader = Reader()
    blocks = list(FileBody("a.txt", reader, 2 * BLOCK + 5))
    assert reader.sizes == [BLOCK, BLOCK, 5]
    assert [len(block) for block in blocks[1:-1]] == [BLOCK, BLOCK, 5]


class Endless:
    def read(self, size: int, /) -> bytes:
        return b"x" * size


def test_an_upload_takes_the_memory_of_a_few_blocks() -> None:
    body = FileBody("a.txt", Endless(), 256 * BLOCK)
    tracemalloc.start()
    sent = sum(len(block) for block in body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent == len(body)
    assert peak < 4 * BLOCK


class BreaksOff:
    """A browser that leaves after the first block: with an end, or with the error of its connection."""

    def __init__(self, error: OSError | None) -> None:
        self._error = error
        self._first = True

    def read(self, size: int, /) -> bytes:
        if self._first:
            self._first = False
            return b"x" * size
        if self._error is not None:
            raise self._error
        return b""


@pytest.mark.parametrize("error", [None, ConnectionResetError("gone"), BrokenPipeError()])
def test_a_file_that_breaks_off_is_never_stored_as_if_it_were_whole(
    error: OSError | None, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    fake.on("POST", ".*", STORED)
    with pytest.raises(UploadAborted):
        client.documents.upload(things.dataset(), "a.txt", BreaksOff(error), 3 * BLOCK)
    assert [(one.action, one.outcome) for one in records] == [("document.upload", "failed")]
    assert all(len(request.body) < 3 * BLOCK for request in fake.received)


@pytest.mark.parametrize("name", ["", "  ", "folder/", "é" * 126 + ".txt"])
def test_a_file_without_usable_name_is_refused_before_it_is_sent(
    name: str, fake: FakeServer, client: RAGFlow, records: list[WriteRecord]
) -> None:
    with pytest.raises(Rejected):
        client.documents.upload(things.dataset(), name, Endless(), 10)
    assert fake.received == []
    assert records == []


def test_what_was_stored_must_be_told(fake: FakeServer, client: RAGFlow, records: list[WriteRecord]) -> None:
    fake.on("POST", ".*", Reply({"code": 0, "data": []}))
    with pytest.raises(ServerError):
        client.documents.upload(things.dataset(), "a.txt", Endless(), 1)
    assert [one.outcome for one in records] == ["unknown"]


def file(content: bytes, disposition: str = "", chunked: bool = False) -> Reply:
    headers = {"Content-Disposition": disposition} if disposition else {}
    if chunked:
        return Reply(pieces=[content[:5], content[5:]], content_type="application/octet-stream", headers=headers)
    return Reply(body=content, content_type="application/octet-stream", headers=headers)


@pytest.mark.parametrize("chunked", [True, False])
def test_a_stored_json_file_is_a_file_and_not_an_answer(chunked: bool, fake: FakeServer, client: RAGFlow) -> None:
    content = b'{"code": 102, "message": "You do not own the dataset"}'
    fake.on("GET", ".*", file(content, chunked=chunked))
    with client.documents.download(things.document(name="a.json")) as download:
        assert b"".join(download) == content
        assert (download.name, download.size) == ("a.json", None if chunked else len(content))


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("", "alpha.txt"),
        ("attachment; filename=plain.txt", "plain.txt"),
        ('attachment; filename="two words.txt"', "two words.txt"),
        ("attachment; filename*=UTF-8''gr%C3%BC%C3%9Fe.txt", "grüße.txt"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="' + "日本.txt".encode().decode("latin-1") + '"', "日本.txt"),
    ],
)
def test_a_download_is_named_as_the_server_says(disposition: str, name: str, fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", file(b"x", disposition))
    with client.documents.download(things.document()) as download:
        assert download.name == name


def test_a_download_refused_is_an_error_and_not_a_file(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply({"code": 102, "message": "The dataset not own the document x."}))
    with pytest.raises(NotFound):
        client.documents.download(things.document())
    fake.on("GET", ".*", Reply({"code": 102, "message": "This file is empty."}))
    with pytest.raises(Rejected, match="This file is empty"):
        client.documents.download(things.document())
    fake.on("GET", ".*", Reply(body=b"<html>index</html>", content_type="text/html; charset=utf-8"))
    with pytest.raises(InvalidResponse):
        client.documents.download(things.document())


def test_a_download_that_breaks_off_raises(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply(pieces=[b"half"], content_type="application/octet-stream", drop=True))
    with client.documents.download(things.document()) as download:
        pieces = iter(download)
        assert next(pieces) == b"half"
        with pytest.raises(Unreachable):
            next(pieces)


def test_a_download_that_stops_short_of_its_length_raises(fake: FakeServer, client: RAGFlow) -> None:
    short = Reply(
        pieces=[b"half"],
        content_type="application/octet-stream",
        headers={"Content-Length": "8"},
        chunked=False,
    )
    fake.on("GET", ".*", short)
    with client.documents.download(things.document()) as download, pytest.raises(Unreachable):
        b"".join(download)


def test_a_download_hands_on_what_arrives(fake: FakeServer, client: RAGFlow) -> None:
    first, second = threading.Event(), threading.Event()
    first.set()
    slow = Reply(pieces=[b"one", b"two"], content_type="application/octet-stream", gates=(first, second))
    fake.on("GET", ".*", slow)
    with client.documents.download(things.document()) as download:
        pieces = iter(download)
        assert next(pieces) == b"one"
        second.set()
        assert list(pieces) == [b"two"]


IN_CHUNKS = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_chunks_are_joined_wherever_the_network_cuts_them() -> None:
    sent = IN_CHUNKS + b"6;name=value\r\ndata:1\r\n1\r\n\n\r\n0b\r\ndata:\r\nmore\r\n0\r\nX-After: all\r\n\r\n"
    with (
        dripping(sent, interval=0.001, at_once=len(IN_CHUNKS)) as base_url,
        RAGFlow(base_url, KEY).documents.download(things.document()) as download,
    ):
        assert b"".join(download) == b"data:1\ndata:\r\nmore"


@pytest.mark.parametrize("line", [b"data:{}\r\n", b"-1\r\n", b"\r\n", b"1" * 70_000])
def test_a_download_whose_chunks_cannot_be_read_raises(line: bytes) -> None:
    with (
        dripping(IN_CHUNKS + line, interval=0, at_once=len(IN_CHUNKS + line)) as base_url,
        RAGFlow(base_url, KEY).documents.download(things.document()) as download,
        pytest.raises(Unreachable),
    ):
        b"".join(download)


def test_the_boundary_differs_each_time() -> None:
    kinds = {FileBody("a.txt", Endless(), 1).content_type for _ in range(3)}
    assert len(kinds) == 3
    assert all(re.fullmatch(r"multipart/form-data; boundary=[0-9a-f]{32}", kind) for kind in kinds)
