"""No answer can hold a worker for ever or fill its memory."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.test import Client

from dashboard.core.web import error_help
from dashboard.models import Server
from dashboard.ragflow import Limits, RAGFlow, Timeouts, WriteRecord
from dashboard.ragflow.errors import RAGFlowError, TimedOut, TooLarge, TooSlow
from dashboard.ragflow.releases import detection
from dashboard.ragflow.releases.release import Release
from tests.support.ragflow import things
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Reply, dripping

MB = 1024 * 1024
SMALL = Limits(json=MB, text=MB // 8)
LIST = b'{"code":0,"data":[],"total_datasets":0}'
PACKED: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}


def bomb(name: str, size: int, content_type: str = "application/json") -> Reply:
    """An answer of ``size`` bytes, packed into next to nothing."""
    content = b'{"code":0,"data":[' + b" " * (size - 39) + b'],"total_datasets":0}'
    packed = PACKED[name](content)
    return Reply(body=packed, headers={"Content-Encoding": name}, content_type=content_type)


def small(fake: FakeServer, **timeouts: float) -> RAGFlow:
    return RAGFlow(fake.base_url, KEY, limits=SMALL, timeouts=Timeouts(**timeouts))


@pytest.mark.parametrize("name", PACKED)
def test_a_bomb_is_refused_before_it_is_unpacked(name: str, fake: FakeServer) -> None:
    reply = bomb(name, 100 * MB)
    assert len(reply.content()) < MB
    fake.on("GET", ".*", reply)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="larger than 1 MB") as caught:
            small(fake).datasets.list()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * MB
    assert (caught.value.method, caught.value.path) == ("GET", "/api/v1/datasets")
    assert len(fake.received) == 1


def test_a_bomb_is_refused_with_the_usual_limits(fake: FakeServer) -> None:
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(b" " * MB) for _ in range(256)) + packer.flush()
    fake.on("GET", ".*", Reply(body=packed, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(TooLarge, match="larger than 64 MB"):
        RAGFlow(fake.base_url, KEY).datasets.list()


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_answer_within_the_limit_is_read(name: str, fake: FakeServer) -> None:
    fake.on("GET", ".*", bomb(name, MB))
    assert small(fake).datasets.list().total == 0
    assert small(fake).datasets.list().total == 0
    assert len({request.port for request in fake.received}) == 1, "the connection is used again"


@pytest.mark.parametrize(("size", "fits"), [(MB, True), (MB + 1, False)])
@pytest.mark.parametrize("chunked", [True, False])
def test_the_limit_holds_to_the_byte_however_the_answer_is_sent(
    chunked: bool, size: int, fits: bool, fake: FakeServer
) -> None:
    body = b'{"code":0,"data":[' + b" " * (size - 39) + b'],"total_datasets":0}'
    assert len(body) == size
    fake.on("GET", ".*", Reply(pieces=[body[:700_000], body[700_000:]]) if chunked else Reply(body=body))
    if fits:
        assert small(fake).datasets.list().total == 0
    else:
        with pytest.raises(TooLarge):
            small(fake).datasets.list()


def test_a_page_that_is_no_json_has_the_smaller_limit(fake: FakeServer) -> None:
    fake.on("GET", ".*", Reply(body=b"<p>" * MB, content_type="text/html"))
    with pytest.raises(TooLarge, match="131072 bytes"):
        small(fake).datasets.list()
    with pytest.raises(TooLarge, match="131072 bytes"):
        small(fake).system.health()
    for ask in (small(fake).documents.download, small(fake).documents.stop):
        fake.on("DELETE", ".*", Reply(status=400, body=b"<p>" * MB, content_type="text/html"))
        with pytest.raises(TooLarge):
            ask(things.document())


def test_a_write_whose_answer_is_too_large_may_have_happened(fake: FakeServer, records: list[WriteRecord]) -> None:
    fake.on("POST", ".*", bomb("gzip", 2 * MB))
    client = RAGFlow(fake.base_url, KEY, limits=SMALL, on_write=records.append)
    with pytest.raises(TooLarge) as caught:
        client.documents.parse(things.document())
    assert caught.value.maybe_done
    assert [one.outcome for one in records] == ["unknown"]


def head(length: int, *lines: bytes) -> bytes:
    about = [b"HTTP/1.1 200 OK", b"Content-Type: application/json", *lines]
    return b"\r\n".join([*about, b"Content-Length: %d" % length, b"", b""])


OLD = Release("v0.24.0", (0, 24, 0))
WHOLE = head(1000) + LIST.ljust(1000)
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 1000
)
DRIPS = {
    "the head": (WHOLE, 0),
    "the body": (WHOLE, len(head(1000))),
    "a body in chunks": (CHUNKED, CHUNKED.index(b"1\r\n \r\n")),
    "a packed body": (head(1000, b"Content-Encoding: gzip") + gzip.compress(LIST).ljust(1000, b"\0"), 150),
    "a body without length": (WHOLE.replace(b"Content-Length: 1000", b"Connection: close"), 80),
    "heads that go before": (b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0),
}


@pytest.mark.parametrize("what", DRIPS)
def test_an_answer_that_drips_is_given_up_at_its_deadline(what: str) -> None:
    content, at_once = DRIPS[what]
    started = time.monotonic()
    with dripping(content, interval=0.05, at_once=at_once) as base_url:
        client = RAGFlow(base_url, KEY, timeouts=Timeouts(read=0.5, whole=0.8))
        with pytest.raises(TooSlow, match="did not finish its response within 1 seconds") as caught:
            client.datasets.list()
    assert time.monotonic() - started < 10, "the whole of it would take 50 seconds"
    assert isinstance(caught.value, TimedOut)
    assert caught.value.path == "/api/v1/datasets"


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    now = datetime.now(UTC)
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    path = tmp_path / "both.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.sign(key, SHA256()).public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_an_answer_that_drips_through_tls_is_given_up_too(tls: ssl.SSLContext) -> None:
    with dripping(WHOLE, interval=0.05, at_once=100, tls=tls) as base_url:
        client = RAGFlow(base_url, KEY, verify=False, timeouts=Timeouts(read=0.5, whole=0.8))
        with pytest.raises(TooSlow):
            client.datasets.list()
    with dripping(head(len(LIST)) + LIST, interval=0.001, at_once=60, tls=tls) as base_url:
        client = RAGFlow(base_url, KEY, verify=False, timeouts=Timeouts(read=5, whole=30))
        assert client.datasets.list().total == 0


def test_a_write_that_drips_may_have_happened(records: list[WriteRecord]) -> None:
    with dripping(WHOLE, interval=0.05, at_once=100) as base_url:
        client = RAGFlow(base_url, KEY, timeouts=Timeouts(write=0.5, whole=0.5), on_write=records.append)
        with pytest.raises(TooSlow) as caught:
            client.documents.parse(things.document())
    assert caught.value.maybe_done
    assert [one.outcome for one in records] == ["unknown"]


def test_a_slow_answer_that_ends_in_time_is_taken() -> None:
    with dripping(head(len(LIST)) + LIST, interval=0.01, at_once=60) as base_url:
        client = RAGFlow(base_url, KEY, timeouts=Timeouts(read=0.5, whole=30))
        assert client.datasets.list().total == 0


def test_an_answer_that_never_begins_is_late_and_not_slow(fake: FakeServer) -> None:
    gate = threading.Event()
    fake.on("GET", ".*", Reply(silent=gate, json={}))
    with pytest.raises(TimedOut) as caught:
        small(fake, read=0.3, whole=0.3).datasets.list()
    gate.set()
    assert not isinstance(caught.value, TooSlow)


def test_refusals_in_place_of_a_stream_have_a_deadline_too() -> None:
    refused = head(1000) + b'{"code":102,"message":"no"}'.ljust(1000)
    for ask in (
        lambda client: client.documents.download(things.document()),
        lambda client: client.sessions.ask(things.session(), "why?"),
    ):
        with dripping(refused, interval=0.05, at_once=len(head(1000))) as base_url:
            client = RAGFlow(base_url, KEY, timeouts=Timeouts(stream=1, whole=0.5))
            with pytest.raises(TooSlow):
                ask(client)


def test_downloads_take_the_time_they_take() -> None:
    content = b"x" * 40
    about = head(40).replace(b"application/json", b"application/octet-stream")
    with dripping(about + content, interval=0.02, at_once=len(about)) as base_url:
        client = RAGFlow(base_url, KEY, timeouts=Timeouts(stream=0.5, whole=0.1))
        with client.documents.download(things.document()) as download:
            assert b"".join(download) == content


def test_a_picture_of_a_chunk_is_given_up_at_the_deadline() -> None:
    about = head(1000).replace(b"application/json", b"image/png")
    with dripping(about + b"x" * 1000, interval=0.05, at_once=len(about)) as base_url:
        detection.remember(base_url, OLD)
        client = RAGFlow(base_url, KEY, timeouts=Timeouts(stream=1, whole=0.5))
        with pytest.raises(TooSlow):
            client.chunks.image(things.DATASET_ID, f"{things.DATASET_ID}-{things.CHUNK_ID}")


def test_what_follows_the_end_of_an_answer_holds_nobody() -> None:
    about = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + b'data:{"code":0,"data":true}\n\n'
    started = time.monotonic()
    with dripping(about + b":" * 1000, interval=0.05, at_once=len(about)) as base_url:
        detection.remember(base_url, OLD)
        client = RAGFlow(base_url, KEY, timeouts=Timeouts(stream=1))
        with client.sessions.ask(things.session(), "why?") as conversation:
            conversation.read_to_end()
    assert time.monotonic() - started < 20, "the whole of it would take 50 seconds"


@pytest.fixture
def pointed(fake: FakeServer, ragflow_server: Server) -> Server:
    """The server row, pointing to the fake."""
    ragflow_server.base_url = fake.base_url
    ragflow_server.save()
    return ragflow_server


def test_a_page_whose_answer_is_a_bomb_is_a_page_that_says_so(
    fake: FakeServer, pointed: Server, viewer_client: Client, settings: Any
) -> None:
    settings.RAGFLOW_JSON_MAX_MB = 1
    fake.on("GET", ".*", bomb("gzip", 50 * MB))
    response = viewer_client.get(pointed.url("documents:list", things.DATASET_ID))
    page = response.content.decode()
    assert response.status_code == 502
    assert "response is too large" in page
    assert "RAGFLOW_JSON_MAX_MB" in page


def test_a_page_whose_answer_drips_is_a_page_that_says_so(
    ragflow_server: Server, viewer_client: Client, settings: Any
) -> None:
    settings.RAGFLOW_READ_TIMEOUT = settings.RAGFLOW_ANSWER_TIMEOUT = 1
    with dripping(WHOLE, interval=0.05, at_once=100) as base_url:
        ragflow_server.base_url = base_url
        ragflow_server.save()
        response = viewer_client.get(ragflow_server.url("documents:list", things.DATASET_ID))
    page = response.content.decode()
    assert response.status_code == 504
    assert "response is too slow" in page
    assert "RAGFLOW_ANSWER_TIMEOUT" in page


def test_every_error_of_the_tree_has_words() -> None:
    kinds: list[type[RAGFlowError]] = [RAGFlowError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert {TooLarge, TooSlow} < set(kinds)
    other = error_help.explain(RAGFlowError("x"))
    assert [kind for kind in kinds if error_help.explain(kind("x")) == other] == [RAGFlowError]
