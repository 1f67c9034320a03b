"""A cache that cannot be reached is an empty one, but for what must be known for certain."""

from __future__ import annotations

import logging
import socket
import sqlite3
import time

import pytest
from django.core.cache import cache as whole
from django.core.cache import caches
from django.test import Client

from dashboard.core.web import once
from dashboard.core.web.outages import CacheDown
from dashboard.models import Server
from ragflow_admin.local.diskcache import DiskCache
from ragflow_admin.services import cache as backends
from ragflow_admin.services.cache import Circuit, RedisCache


@pytest.fixture
def silent_redis():
    """Takes connections and answers nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(50)
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


@pytest.fixture
def gone(monkeypatch):
    """The cache of the product, unreachable."""
    circuit = Circuit()
    circuit.resting_until = time.monotonic() + 1000
    for name in ("default", "shared", "sessions"):
        monkeypatch.setattr(caches[name], "circuit", circuit)


def nothing_is_known(cache) -> None:
    assert cache.get("key") is None
    assert cache.get("key", "otherwise") == "otherwise"
    assert cache.get_many(["key", "other"]) == {}
    assert "key" not in cache
    assert cache.set("key", 1) is None
    assert cache.delete("key") is False
    assert cache.touch("key") is False
    cache.set_many({"key": 1})
    cache.delete_many(["key"])
    for uncertain in (cache.add, cache.incr):
        with pytest.raises(CacheDown):
            uncertain("key", 1)


def test_a_redis_that_refuses_is_an_empty_cache(caplog) -> None:
    cache = RedisCache("redis://127.0.0.1:9/0", {})
    nothing_is_known(cache)
    assert [record.levelname for record in caplog.records] == ["ERROR"], "said once, not for every key"


def test_asking_for_nothing_is_no_failure() -> None:
    cache = RedisCache("redis://127.0.0.1:9/1", {})
    assert cache.get_many([]) == {}
    assert not cache.circuit.resting_until


def test_a_redis_that_does_not_answer_is_waited_for_once(silent_redis) -> None:
    cache = RedisCache(silent_redis, {})
    began = time.monotonic()
    nothing_is_known(cache)
    for number in range(50):
        cache.get(f"key {number}")
    assert time.monotonic() - began < 10 * backends.PATIENCE


def test_a_cache_that_failed_is_asked_again_by_one_and_used_when_it_answers(monkeypatch, caplog) -> None:
    circuit, asked = Circuit(), []

    def fail() -> None:
        asked.append("failed")
        raise sqlite3.OperationalError("database or disk is full")

    def work() -> str:
        asked.append("worked")
        with pytest.raises(CacheDown):  # meanwhile, the others
            circuit.run((sqlite3.Error,), lambda: asked.append("too many"))
        return "found"

    with pytest.raises(CacheDown):
        circuit.run((sqlite3.Error,), fail)
    with pytest.raises(CacheDown):
        circuit.run((sqlite3.Error,), fail)
    assert asked == ["failed"]
    circuit.resting_until = time.monotonic() - 1
    with caplog.at_level(logging.WARNING):
        assert circuit.run((sqlite3.Error,), work) == "found"
    assert asked == ["failed", "worked"]
    assert circuit.run((sqlite3.Error,), lambda: "at once") == "at once"
    assert "is reachable again" in caplog.text


def fill(cache: DiskCache) -> None:
    """Let the files of the cache grow no more, as on a full disk."""
    with cache.file.open() as connection:
        [(pages,)] = connection.execute("PRAGMA page_count").fetchall()
        connection.execute(f"PRAGMA max_page_count={pages}").fetchall()


def test_a_full_disk_neither_stops_the_cache_nor_spoils_it(tmp_path) -> None:
    cache = DiskCache(str(tmp_path), {})
    cache.set("before", "kept")
    fill(cache)
    began = time.monotonic()
    cache.set("large", b"x" * 200_000)
    assert time.monotonic() - began < 10
    assert cache.circuit.resting_until, "it was noticed"

    # The limit went with the connection that failed: there is room again.
    cache.circuit.resting_until = time.monotonic() - 1
    cache.set("large", b"x" * 200_000)
    assert cache.get("large") == b"x" * 200_000
    assert cache.get("before") == "kept"


def test_what_fails_halfway_leaves_no_open_transaction(tmp_path) -> None:
    cache = DiskCache(str(tmp_path), {})
    cache.set("key", "text")
    with pytest.raises(TypeError):
        cache.incr("key")  # a transaction of two statements
    cache.set("key", 2)
    with sqlite3.connect(tmp_path / "cache.sqlite3") as another:
        another.execute("PRAGMA busy_timeout = 0")
        another.execute("BEGIN IMMEDIATE")
    assert cache.get("key") == 2


def test_a_cache_that_cannot_be_opened_is_an_empty_one(tmp_path, monkeypatch) -> None:
    def full(*args: object, **options: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    cache = DiskCache(str(tmp_path / "cache"), {})
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", full)
        nothing_is_known(cache)
    cache.circuit.resting_until = time.monotonic() - 1
    cache.set("key", 1)
    assert cache.get("key") == 1


def test_without_the_cache_nobody_is_first_but_nothing_fails(gone) -> None:
    assert once.first("key", 10) is False


def test_a_session_outlives_the_cache(viewer_client: Client, ragflow_server: Server, gone) -> None:
    page = viewer_client.get(ragflow_server.url("datasets:list"))
    assert page.status_code == 200
    assert "/sign-out/" in page.content.decode()
    viewer_client.post("/sign-out/")
    assert viewer_client.get(ragflow_server.url("datasets:list")).status_code == 302


def test_who_signed_out_while_the_cache_was_away_is_not_signed_in_again_for_long(
    viewer_client: Client, ragflow_server: Server, monkeypatch
) -> None:
    kept: list[float] = []

    class Noting(Circuit):
        def run(self, failures, call, *given, **named):
            if call.__name__ == "set":
                kept.append(given[2])
            return super().run(failures, call, *given, **named)

    monkeypatch.setattr(caches["sessions"], "circuit", Noting())
    whole.clear()
    viewer_client.get(ragflow_server.url("datasets:list"))
    assert kept
    assert max(kept) <= 60
