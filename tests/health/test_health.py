"""What load balancers ask: alive with our own database alone, ready with cache and broker too."""

from __future__ import annotations

from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings
from kombu import Connection

from dashboard.models import Server
from ragflow_admin.celery import app
from ragflow_admin.standin.testing import StandinProcess


def test_a_healthy_installation_is_alive_and_ready(client: Client, db) -> None:
    alive = client.get("/health/")
    assert (alive.status_code, alive.content) == (200, b"OK")
    ready = client.get("/ready/")
    assert (ready.status_code, ready.json()) == (200, {"database": "ok", "cache": "ok", "broker": "ok"})
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
    with mock.patch.object(connection, "cursor", side_effect=OperationalError("gone")):
        alive, ready = client.get("/health/"), client.get("/ready/")
    assert alive.status_code == ready.status_code == 503
    assert ready.json() == {"database": "failed", "cache": "ok", "broker": "ok"}
    assert b"gone" not in alive.content + ready.content, "details are for the log"


@pytest.mark.parametrize("part", ["cache", "broker"])
def test_without_cache_or_broker_it_is_alive_but_not_ready(client: Client, db, part: str) -> None:
    with mock.patch(f"dashboard.health.views._{part}", side_effect=ConnectionError("gone")):
        assert client.get("/health/").status_code == 200
        ready = client.get("/ready/")
    assert ready.status_code == 503
    assert ready.json()[part] == "failed"
    assert list(ready.json().values()).count("ok") == 2


def test_a_broker_that_is_not_there_is_found_out(client: Client, db) -> None:
    nowhere = Connection("redis://127.0.0.1:9/0")
    with mock.patch.object(app, "connection_for_write", return_value=nowhere):
        ready = client.get("/ready/")
    assert ready.status_code == 503
    assert ready.json() == {"database": "ok", "cache": "ok", "broker": "failed"}
