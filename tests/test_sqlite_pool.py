"""Connections to our own SQLite database are kept, and never shared or carried over where that would be wrong."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest

from ragflow_admin import env
from ragflow_admin.sqlite import base
from ragflow_admin.sqlite.base import DatabaseWrapper


@pytest.fixture
def wrapper(tmp_path: Path, monkeypatch, django_db_blocker):
    """Makes a wrapper for a database of its own, as each request has one."""
    monkeypatch.setattr(base, "_idle", {})
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def make() -> DatabaseWrapper:
        config = env.database("DATABASE_URL", tmp_path / "db.sqlite3")
        defaults = {"TIME_ZONE": None, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "AUTOCOMMIT": True}
        return DatabaseWrapper(
            {**defaults, "ATOMIC_REQUESTS": False, "TEST": {}, **config, "NAME": str(config["NAME"])}
        )

    with django_db_blocker.unblock():
        yield make
    for kept in base._idle.values():
        for connection in kept:
            connection.close()


def test_the_next_request_gets_the_connection_of_the_one_before(wrapper):
    first, second = wrapper(), wrapper()
    first.ensure_connection()
    used = first.connection
    first.close()
    assert first.connection is None
    second.ensure_connection()
    assert second.connection is used
    with second.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_two_requests_at_once_never_share_one(wrapper):
    one, other = wrapper(), wrapper()
    one.ensure_connection()
    other.ensure_connection()
    assert one.connection is not other.connection
    one.close()
    other.close()
    kept = [connection for found in base._idle.values() for connection in found]
    assert len({id(connection) for connection in kept}) == 2


def test_one_in_the_middle_of_a_transaction_is_closed_and_its_changes_are_gone(wrapper):
    one, other = wrapper(), wrapper()
    with one.cursor() as cursor:
        cursor.execute("CREATE TABLE note (text)")
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO note VALUES ('half')")
    used = one.connection
    one.close()
    with pytest.raises(sqlite3.ProgrammingError):
        used.execute("SELECT 1")
    with other.cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM note").fetchone() == (0,)


def test_a_connection_given_back_checks_foreign_keys_again(wrapper):
    one, other = wrapper(), wrapper()
    one.disable_constraint_checking()
    one.close()
    with other.cursor() as cursor:
        assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_a_database_that_was_replaced_gets_new_connections(wrapper, tmp_path):
    one = wrapper()
    one.ensure_connection()
    file = Path(one.settings_dict["NAME"])
    one.close()
    file.rename(tmp_path / "old.sqlite3")
    with wrapper().cursor() as cursor:
        assert Path(cursor.execute("PRAGMA database_list").fetchone()[2]) == file
        cursor.execute("CREATE TABLE fresh (text)")
    assert b"fresh" in file.read_bytes() + Path(f"{file}-wal").read_bytes()


def test_what_one_thread_left_another_may_use(wrapper):
    one, other = wrapper(), wrapper()
    one.ensure_connection()
    one.close()
    found: list[tuple[int]] = []

    def read() -> None:
        other.inc_thread_sharing()
        with other.cursor() as cursor:
            found.append(cursor.execute("SELECT 1").fetchone())

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert found == [(1,)]


def test_a_child_process_does_not_inherit_connections(wrapper):
    one = wrapper()
    one.ensure_connection()
    one.close()
    child = os.fork()
    if not child:
        os._exit(sum(len(kept) for kept in base._idle.values()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sum(len(kept) for kept in base._idle.values()) == 1
