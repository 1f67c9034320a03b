"""*Test connection* says what is wrong, in words that tell what to do, and sends the key to nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from django.utils.html import escape

from dashboard.models import AuditEntry
from dashboard.ragflow.releases.detection import LANGUAGE, OLD_VERSION, VERSION
from dashboard.servers import diagnosis
from tests.support.ragflow.certificates import Authority
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Reply, closed_port, dripping

pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")

Said = Callable[..., str]
REFUSED = {"code": 401, "data": None, "message": "<Unauthorized '401: Unauthorized'>"}
HTML = {"body": b"<html>Welcome</html>", "content_type": "text/html"}


def test_a_connection_that_works_says_release_and_datasets(said: Said) -> None:
    answer = said()
    assert "Connected to RAGFlow 0.27.0" in answer
    assert "The key can see 3 datasets." in answer
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail["outcome"]) == ("server.test", "works")
    assert KEY not in f"{vars(entry)}"


def test_the_address_of_nothing_is_explained(said: Said) -> None:
    assert "The host name ragflow.invalid was not found" in said(base_url="http://ragflow.invalid")
    port = closed_port()
    assert f"127.0.0.1:{port} refused the connection" in said(base_url=f"http://127.0.0.1:{port}")


def test_a_server_that_does_not_respond_is_waited_for_a_few_seconds_only(
    said: Said, fake: FakeServer, monkeypatch
) -> None:
    monkeypatch.setattr(diagnosis, "IN_ALL", 0.3)
    gate = threading.Event()
    fake.on("GET", VERSION, Reply({"code": 0, "data": "v0.27.0"}, silent=gate))
    started = time.monotonic()
    assert "did not respond in time" in said()
    assert time.monotonic() - started < 5
    gate.set()


@pytest.mark.parametrize(
    ("certificate", "sentence"),
    [
        ({"days": -1}, "has expired"),
        ({"host": "ragflow.example.org"}, "is for another host name"),
        ({"host": "192.0.2.7"}, "is for another host name"),
    ],
)
def test_the_check_of_a_certificate_that_fails_is_named(
    said: Said, fake: FakeServer, authority: Authority, certificate: dict[str, object], sentence: str
) -> None:
    address = authority.serve(fake, **certificate)  # type: ignore[arg-type]
    assert sentence in said(base_url=address, tls="own", ca_file=str(authority.file))


def test_an_own_authority_is_trusted_by_its_file(said: Said, fake: FakeServer, authority: Authority) -> None:
    address = authority.serve(fake)
    assert "is from an unknown authority" in said(base_url=address)
    assert "Connected to RAGFlow" in said(base_url=address, tls="own", ca_file=str(authority.file))
    assert "Connected to RAGFlow" in said(base_url=address, tls="off")


def test_http_and_https_are_told_apart(said: Said, fake: FakeServer, authority: Authority) -> None:
    with dripping(b"HTTP/1.1 400 Bad Request\r\n\r\n", interval=0.01, at_once=40) as plain:
        assert "does not answer with TLS" in said(base_url=plain.replace("http:", "https:"))
    address = authority.serve(fake)
    assert "expects an encrypted connection" in said(base_url=address.replace("https:", "http:"))
    assert "authorization" not in fake.received[-1].headers if fake.received else True


def test_a_redirect_is_not_followed_and_nobody_gets_the_key(said: Said, fake: FakeServer) -> None:
    elsewhere = Reply(status=301, body=b"", headers={"Location": "https://ragflow.example.org/api/v1/system/version"})
    fake.on("GET", VERSION, elsewhere)
    answer = said()
    assert "redirects to another address" in answer
    assert "https://ragflow.example.org/api/v1/system/version" in answer
    host, port = fake.server_address[0], fake.server_address[1]
    fake.on("GET", VERSION, Reply(status=308, body=b"", headers={"Location": f"https://{host}:{port + 1}/api/v1/x"}))
    assert f"Enter https://{host}:{port + 1}." in said()
    assert all("authorization" not in request.headers for request in fake.received)


def test_something_else_than_ragflow_does_not_get_the_key(said: Said, fake: FakeServer) -> None:
    for status in (200, 404):
        fake.on("GET", VERSION, Reply(status=status, **HTML))  # type: ignore[arg-type]
        fake.on("GET", "/v1/system/healthz", Reply(status=status, **HTML))  # type: ignore[arg-type]
        assert "Something else than RAGFlow answers" in said()
    fake.on("GET", VERSION, Reply(status=502, **HTML))  # type: ignore[arg-type]
    assert "A proxy answers at" in said()
    assert all("authorization" not in request.headers for request in fake.received)


def test_api_v1_at_the_end_is_taken_off_and_said(said: Said, fake: FakeServer) -> None:
    answer = said(base_url=f" {fake.base_url}/api/v1/ ")
    assert "Connected to RAGFlow" in answer
    assert "/api/v1 was removed from the end of the address" in answer


def test_a_refused_key_is_told(said: Said, fake: FakeServer) -> None:
    fake.on("GET", "/api/v1/datasets", Reply(REFUSED, status=401))
    assert "RAGFlow rejected the API key" in said()
    fake.release = "v0.24.0"
    fake.on("GET", "/v1/system/healthz", Reply({"db": "ok", "redis": "ok"}))
    fake.on("GET", OLD_VERSION, Reply(REFUSED, status=401))
    assert "RAGFlow rejected the API key" in said()


def test_the_key_of_a_user_who_cannot_work_is_told(said: Said, fake: FakeServer) -> None:
    fake.on("GET", "/api/v1/models/default", Reply({"code": 102, "data": None, "message": "Tenant not found!"}))
    assert "The user of this API key has no tenant" in said()
    fake.release = "v0.24.0"
    fake.on("GET", "/v1/system/healthz", Reply({"db": "ok", "redis": "nok"}, status=500))
    fake.on("GET", OLD_VERSION, Reply(REFUSED, status=401))
    assert "has never signed in to RAGFlow" in said()


@pytest.mark.parametrize(
    ("release", "sentence"),
    [
        ("v0.23.1", "RAGFlow 0.23.1 is too old"),
        ("v0.28.0", "This release is newer than 0.27"),
        ("3f1c9ab", "was built from source"),
    ],
)
def test_a_release_that_was_never_tested_is_told(said: Said, fake: FakeServer, release: str, sentence: str) -> None:
    fake.on("GET", VERSION, Reply({"code": 0, "data": release, "message": "success"}))
    fake.on("GET", LANGUAGE, Reply({"code": 0, "data": {"language": "python"}}))
    assert sentence in said()


def test_the_api_server_in_go_is_told(said: Said, fake: FakeServer) -> None:
    fake.on("GET", LANGUAGE, Reply({"code": 0, "data": {"language": "go"}}))
    assert escape("This is RAGFlow's API server in Go, which is not supported") in said()


@pytest.mark.releases
def test_a_real_one_works_and_refuses_a_wrong_key(said: Said, standin, tenant_key: str, release: str) -> None:
    assert f"Connected to RAGFlow {release}" in said(base_url=standin.base_url, api_key=tenant_key)
    assert "RAGFlow rejected the API key" in said(base_url=standin.base_url, api_key="ragflow-wrong")
    assert "The key can see 0 datasets." in said(base_url=standin.base_url, api_key=tenant_key)
