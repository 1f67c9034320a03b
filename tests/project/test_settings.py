"""Settings: strict about bad values, secure by default, and each variable documented."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings

from ragflow_admin import env, settings
from ragflow_admin.secret_file import kept_secret
from ragflow_admin.services import addresses

ROOT = Path(__file__).parents[2]
SHOW = """
import json, sys
from ragflow_admin import settings
print(json.dumps({name: str(getattr(settings, name, None)) for name in sys.argv[1:]}))
"""
SECURE = ("HTTPS_ONLY", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT")


def started_with(names: list[str], **environment: str) -> dict[str, str]:
    """The values that a fresh process sees."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "VAR_DIR")}
    process = subprocess.run(
        [sys.executable, "-c", SHOW, *names],
        cwd=ROOT,
        env={**keep, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(process.stdout)


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (lambda: env.boolean("X", default=True), "ja", "X='ja' is not valid: use true or false."),
        (lambda: env.integer("X", 1, low=1, high=9), "10", "X='10' is not valid: use a whole number from 1 to 9."),
        (lambda: env.integer("X", 1, low=1, high=9), "1.5", "use a whole number from 1 to 9."),
        (lambda: env.days("X", 90), "-1", "X='-1' is not valid: use a whole number from 0 to 36525."),
        (lambda: env.choice("X", "A", ("A", "B")), "c", "X='c' is not valid: use one of A, B."),
        (lambda: env.time_zone("X", "UTC"), "Berlin", "X='Berlin' is not valid: use the name of a time zone, such as"),
        (lambda: env.existing_file("X"), "/nowhere.pem", "X='/nowhere.pem' is not valid: use the path of an existing"),
        (lambda: env.address("X"), "ragflow:9380", "X is not valid: it must begin with one of http://, https://."),
        (lambda: env.address("X"), "http://", "X has no host"),
        (lambda: env.address("X"), "http://ragflow:port", "X has no host or an invalid port"),
        (lambda: env.address("X"), "http://me:secret@ragflow", "X must not contain a username, a password"),
        (
            lambda: env.origins("X"),
            "admin.example.org",
            "X='admin.example.org' is not valid: use schemes and hosts, such as",
        ),
        (lambda: env.origins("X"), "https://a.example.org/path", "is not valid: use schemes and hosts, such as"),
        (
            lambda: addresses.database("X", Path("/f")),
            "mysql://h/n",
            "X is not valid: it must begin with one of sqlite://",
        ),
        (lambda: addresses.database("X", Path("/f")), "postgresql://u:p@h", "X names no database"),
        (lambda: addresses.database("X", Path("/f")), "postgresql:///name", "X has no host"),
        (lambda: addresses.database("X", Path("/f")), "sqlite://", "X names no file"),
        (
            lambda: addresses.cache("X", ""),
            "memcached://h",
            "X is not valid: it must begin with one of disk://, redis://",
        ),
        (lambda: addresses.cache("X", ""), "redis://", "X has no host"),
        (lambda: addresses.broker("X", ""), "kafka://h", "X is not valid: it must begin with one of filesystem://"),
        (lambda: addresses.broker("X", ""), "redis://h:x/0", "X has no host or an invalid port"),
        (lambda: env.secret_key("X", Path("/f")), "short", "X is too short: use at least 32 characters."),
        (lambda: env.directory("X", Path("/f")), "/proc/nothing/here", "X='/proc/nothing/here' cannot be created"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_and_what_would_be_right(monkeypatch, read, value, sentence) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured) as refused:
        read()
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "address", ["postgresql://u:hidden-password@", "postgresql://u:hidden-password@host:port/name"]
)
def test_a_password_in_a_wrong_address_is_not_repeated(monkeypatch, address) -> None:
    monkeypatch.setenv("X", address)
    with pytest.raises(ImproperlyConfigured) as refused:
        addresses.database("X", Path("/f"))
    assert "hidden-password" not in str(refused.value)


def test_a_variable_may_come_from_a_file(monkeypatch, tmp_path) -> None:
    (tmp_path / "key").write_text("ragflow-123\n")
    monkeypatch.delenv("X", raising=False)
    monkeypatch.setenv("X_FILE", str(tmp_path / "key"))
    assert env.text("X") == "ragflow-123"
    monkeypatch.setenv("X", "")
    assert env.text("X") == "ragflow-123"
    monkeypatch.setenv("X", "other")
    with pytest.raises(ImproperlyConfigured, match="Set X or X_FILE, not both"):
        env.text("X")


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "cannot be read: No such file"), (b"\n", "is empty"), (b"\xff", "not UTF-8")]
)
def test_a_file_that_says_nothing_is_refused(monkeypatch, tmp_path, content, sentence) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("X_FILE", str(path))
    with pytest.raises(ImproperlyConfigured, match=sentence):
        env.text("X")


def test_set_to_nothing_counts_as_not_set(monkeypatch) -> None:
    monkeypatch.setenv("X", "")
    assert env.text("X", "default") == "default"
    assert env.integer("X", 5, low=1, high=9) == 5
    assert env.boolean("X", default=True) is True


def test_manage_py_says_what_is_wrong_in_one_line() -> None:
    environment = {**os.environ, "LOG_LEVEL": "loud"}
    process = subprocess.run(
        [sys.executable, "manage.py", "migrate"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert process.returncode == 1
    assert process.stderr == "Cannot start: LOG_LEVEL='loud' is not valid: use one of DEBUG, INFO, WARNING, ERROR.\n"


def test_processes_that_start_at_once_agree_on_one_secret_key_that_only_the_owner_reads(tmp_path) -> None:
    path = tmp_path / "secret_key"
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: kept_secret(path), range(64)))
    assert len(found) == 1
    assert len(found.pop()) >= 50
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_bare_installation_is_strict() -> None:
    found = started_with(["DEBUG", "SECURE_HSTS_SECONDS", *SECURE])
    assert found == {"DEBUG": "False", "SECURE_HSTS_SECONDS": "31536000", **dict.fromkeys(SECURE, "True")}


def test_forwarded_headers_are_believed_only_behind_a_proxy() -> None:
    assert started_with(["SECURE_PROXY_SSL_HEADER"]) == {"SECURE_PROXY_SSL_HEADER": "None"}
    trusting = started_with(["SECURE_PROXY_SSL_HEADER"], BEHIND_PROXY="true")
    assert trusting == {"SECURE_PROXY_SSL_HEADER": "('HTTP_X_FORWARDED_PROTO', 'https')"}


def test_sqlite_waits_for_its_turn_instead_of_failing() -> None:
    options = addresses.database("NOT_SET", Path("/srv/my data/db#1.sqlite3"))
    assert options["NAME"] == "/srv/my data/db#1.sqlite3"
    assert options["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["OPTIONS"]["init_command"]


@override_settings(
    SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=31536000, SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True
)
def test_a_page_over_https_has_every_protective_header(db) -> None:
    client = Client()
    assert client.get("/sign-in/")["Location"] == "https://testserver/sign-in/"
    response = client.get("/sign-in/", secure=True)
    assert response["Strict-Transport-Security"] == "max-age=31536000"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert client.cookies["csrftoken"]["secure"]


def test_the_content_policy_allows_nothing_inline_and_nothing_from_elsewhere(db) -> None:
    policy = Client().get("/sign-in/")["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["base-uri"] == "'none'"
    assert directives["frame-src"] == directives["frame-ancestors"] == "'self'"
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http:" not in policy


def test_every_variable_that_is_read_is_documented() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE))
    read = {"WEB_CONCURRENCY"}
    for path in (ROOT / "ragflow_admin").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in ("env", "addresses")
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                read.add(node.args[0].value)
    assert len(read) > 20
    assert read - documented == set(), "not documented"
    assert documented - read == set(), "documented, but nobody reads it"


def test_no_default_of_the_documentation_is_out_of_date() -> None:
    text = (ROOT / "docs/configuration.md").read_text()
    for name in (
        "RAGFLOW_CONNECT_TIMEOUT",
        "RAGFLOW_READ_TIMEOUT",
        "UPLOAD_MAX_MB",
        "PARSE_STALLED_SECONDS",
        "PORT",
        "SIGN_IN_MAX_PER_PAIR",
        "SIGN_IN_MAX_PER_ADDRESS",
        "SIGN_IN_MAX_PER_ACCOUNT",
        "SIGN_IN_LOCK_MINUTES",
        "SIGN_IN_PARALLEL",
    ):
        row = re.search(rf"^\| `{name}` \| ([^|]+) \|", text, re.MULTILINE)
        assert row, name
        assert row[1].strip() == f"`{getattr(settings, name)}`", name
