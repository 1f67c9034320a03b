"""What `make run` says about the RAGFlow of the environment: one line with what to do, or nothing."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ragflow_admin import env
from ragflow_admin.local.ragflow_check import problem

Serve = Callable[..., str]


def certificate(folder: Path) -> Path:
    """One for 127.0.0.1 that nobody vouches for, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(encoding))
    return path


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server that answers everything with one page, with or without TLS; returns host and port."""
    running: list[ThreadingHTTPServer] = []

    def start(status: int = 200, *, tls: bool = False) -> str:
        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = b"<html>a page</html>"
                self.send_response(status)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate(tmp_path))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return f"127.0.0.1:{server.server_port}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def test_a_server_that_takes_the_key_needs_no_word(standin, tenant_key) -> None:
    assert problem(standin.base_url, tenant_key, verify=True) == ""


def test_a_wrong_key_is_named(standin) -> None:
    said = problem(standin.base_url, "ragflow-wrong", verify=True)
    assert "rejected the API key" in said
    assert "RAGFLOW_API_KEY" in said
    assert "ragflow-wrong" not in said


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
    said = problem(f"http://{host}", "key", verify=True)
    assert f"{host} refused the connection" in said
    assert "RAGFLOW_BASE_URL" in said
    assert "could not be resolved" in problem("http://ragflow.invalid", "key", verify=True)


def test_https_spoken_to_a_server_of_plain_http_is_named(serve) -> None:
    host = serve()
    assert problem(f"https://{host}", "key", verify=True) == (
        f"{host} uses plain HTTP: set RAGFLOW_BASE_URL=http://{host}"
    )


def test_plain_http_spoken_to_a_server_of_https_is_named(serve) -> None:
    host = serve(tls=True)
    assert problem(f"http://{host}", "key", verify=True) == f"{host} uses HTTPS: set RAGFLOW_BASE_URL=https://{host}"


def test_a_certificate_that_nobody_vouches_for_is_named(serve) -> None:
    said = problem(f"https://{serve(tls=True)}", "key", verify=True)
    assert "certificate" in said
    assert "RAGFLOW_VERIFY_TLS=false" in said


@pytest.mark.parametrize("status", [200, 404])
def test_something_that_is_not_ragflow_is_named(serve, status) -> None:
    assert "is not RAGFlow's API" in problem(f"http://{serve(status)}", "key", verify=True)


def test_a_server_that_fails_is_named(standin, tenant_key) -> None:
    standin.fault("error500", path="/api/v1/datasets")
    said = problem(standin.base_url, tenant_key, verify=True)
    assert "returned an error" in said


@pytest.mark.parametrize(
    "written", ["http://h:9380/api/v1", "http://h:9380/api/v1/", "http://h:9380/", " http://h:9380"]
)
def test_the_path_of_the_api_is_taken_off_the_end_of_the_address(monkeypatch, written) -> None:
    monkeypatch.setenv("X", written)
    assert env.address("X", without="/api/v1") == "http://h:9380"


def test_every_sentence_is_one_line(serve, standin) -> None:
    for address in (f"http://{serve(tls=True)}", f"https://{serve()}", f"http://{serve()}", standin.base_url):
        assert "\n" not in problem(address, "key", verify=True)
