"""What load balancers ask: alive with our own database alone, ready with cache and broker too. Within a second."""

from __future__ import annotations

import threading
import time
from unittest import mock

import pytest
from django.db import OperationalError
from django.test import Client, override_settings
from kombu import Connection

from dashboard.core.web import outages
from dashboard.health import checks
from dashboard.models import Server
from ragflow_admin.celery import app
from ragflow_admin.standin.testing import StandinProcess

ALL_WELL = {"database": "ok", "cache": "ok", "broker": "ok", "disk": "ok"}


def failing(part: str, error: Exception):
    """Lets the check of a part fail."""
    return mock.patch.dict(checks.CHECKS, {part: mock.Mock(side_effect=error)})


def test_a_healthy_installation_is_alive_and_ready(client: Client, db) -> None:
    alive = client.get("/health/")
    assert (alive.status_code, alive.content) == (200, b"OK")
    ready = client.get("/ready/")
    assert (ready.status_code, ready.json()) == (200, ALL_WELL)
    assert "no-store" in ready["Cache-Control"]


@override_settings(SECURE_SSL_REDIRECT=True)
def test_probes_need_no_https_and_no_session(client: Client, db) -> None:
    assert client.get("/health/").status_code == 200
    assert client.get("/ready/").status_code == 200
    assert client.head("/ready/").status_code == 200
    assert not client.cookies


def test_a_ragflow_that_is_down_makes_us_neither_dead_nor_unready(
    client: Client, ragflow_server: Server, standin: StandinProcess
) -> None:
    standin.fault("drop")
    assert client.get("/health/").status_code == 200
    assert client.get("/ready/").status_code == 200
    assert standin.requests() == []


def test_without_the_database_it_is_neither_alive_nor_ready(client: Client, db) -> None:
    with failing("database", OperationalError("gone")):
        alive, ready = client.get("/health/"), client.get("/ready/")
    assert alive.status_code == ready.status_code == 503
    assert ready.json() == ALL_WELL | {"database": "failed"}
    assert alive.content == b"The database does not answer.", "details are for the log"


@pytest.mark.parametrize("part", ["cache", "broker"])
def test_without_cache_or_broker_it_is_alive_but_not_ready(client: Client, db, part: str) -> None:
    with failing(part, ConnectionError("gone")):
        assert client.get("/health/").status_code == 200
        ready = client.get("/ready/")
    assert ready.status_code == 503
    assert ready.json() == ALL_WELL | {part: "failed"}


def test_a_broker_that_is_not_there_is_found_out(client: Client, db) -> None:
    nowhere = Connection("redis://127.0.0.1:9/0")
    with mock.patch.object(app, "connection_for_write", return_value=nowhere):
        ready = client.get("/ready/")
    assert ready.status_code == 503
    assert ready.json() == ALL_WELL | {"broker": "failed"}


@override_settings(DATA_ON_DISK=True)
def test_a_full_disk_is_named(client: Client, db, monkeypatch) -> None:
    monkeypatch.setattr(outages, "ROOM", 1 << 62)
    alive, ready = client.get("/health/"), client.get("/ready/")
    assert (alive.status_code, alive.content) == (503, b"The disk is full.")
    assert ready.json()["disk"] == "failed"


@override_settings(DATA_ON_DISK=False)
def test_a_full_disk_that_holds_nothing_of_ours_does_not_matter(client: Client, db, monkeypatch) -> None:
    monkeypatch.setattr(outages, "ROOM", 1 << 62)
    assert client.get("/health/").status_code == 200


def test_who_probes_does_not_wait_for_parts_that_hang(client: Client, db) -> None:
    over = threading.Event()
    hanging = mock.Mock(side_effect=over.wait)
    with mock.patch.dict(checks.CHECKS, {"database": hanging, "cache": hanging, "broker": hanging}):
        began = time.monotonic()
        ready = client.get("/ready/")
        took = time.monotonic() - began
    over.set()
    assert ready.json() == {"database": "failed", "cache": "failed", "broker": "failed", "disk": "ok"}
    assert took < 2 * checks.PATIENCE, "the parts are asked at the same time"


def test_a_probe_with_somebodys_cookie_needs_no_database_for_them(viewer_client: Client, monkeypatch) -> None:
    def nobody(request: object) -> None:
        raise OperationalError("who is signed in is asked of the database")

    monkeypatch.setattr("django.contrib.auth.middleware.get_user", nobody)
    assert viewer_client.get("/health/").status_code == 200
