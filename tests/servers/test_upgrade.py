"""The database of an installation: made by this version, or brought to it with all that it holds."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parent.parent.parent
# Databases with a row in each table, as these versions made them.
BEFORE = {
    "0.1.0": "database_0_1_0.sql",
    "the last before 0.2.0": "database_0_1_main.sql",
    "0.2.0": "database_0_2_0.sql",
}
RENAMED = {"next_poll_at": "next_at", "next_step_at": "next_at", "trouble": "last_error", "mark": "precondition"}


def migrate(file: Path) -> subprocess.CompletedProcess[str]:
    own = {"DATABASE_URL": f"sqlite:///{file}", "DJANGO_SETTINGS_MODULE": "ragflow_admin.settings"}
    command = [sys.executable, "manage.py", "migrate", "--no-input"]
    return subprocess.run(command, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, check=False)


def rows(file: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of the dashboard's own tables."""
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        return {table: [dict(row) for row in database.execute(f"SELECT * FROM {table}")] for table in tables(database)}


def tables(database: sqlite3.Connection) -> list[str]:
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'dashboard%'")
    return sorted(name for (name,) in found)


def schema(file: Path) -> dict[str, Any]:
    """Columns, checks, keys and indices of each table, in whatever order they were made."""
    found: dict[str, Any] = {}
    with closing(sqlite3.connect(file)) as database:
        for table in tables(database):
            columns = {row[1:] for row in database.execute(f"SELECT name, * FROM pragma_table_info('{table}')")}
            columns = {(name, kind, notnull, pk) for _, name, kind, notnull, _, pk in columns}
            keys = {row[2:5] for row in database.execute(f"PRAGMA foreign_key_list({table})")}
            [sql] = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
            constraints = set(re.findall(r'CONSTRAINT "\w+" .*?(?=, CONSTRAINT|\)$)', sql))
            indices = database.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", [table])
            named = {re.sub(r'"dashboard_\w+_[0-9a-f]{8}(_uniq)?"', '"generated"', sql) for (sql,) in indices if sql}
            found[table] = (columns, keys, constraints, named)
    return found


@pytest.fixture(params=[name if name == "0.2.0" else pytest.param(name, marks=pytest.mark.thorough) for name in BEFORE])
def former(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / "former.sqlite3"
    with closing(sqlite3.connect(file)) as database:
        database.executescript((ROOT / "tests/support" / BEFORE[request.param]).read_text(encoding="utf-8"))
    return file


def test_a_former_database_keeps_its_rows_and_gets_the_schema_of_a_new_one(former, tmp_path) -> None:
    before = rows(former)
    assert len(before) >= 13
    assert all(before.values())
    made = migrate(former)
    assert made.returncode == 0, made.stderr
    after = rows(former)
    for table, [row] in before.items():
        kept = {RENAMED.get(column, column): value for column, value in row.items()}
        assert [kept.items() <= now.items() for now in after[table]] == [True], table
    fresh = tmp_path / "fresh.sqlite3"
    made = migrate(fresh)
    assert made.returncode == 0, made.stderr
    assert schema(former) == schema(fresh)
    with closing(sqlite3.connect(fresh)) as database:
        groups = {name for (name,) in database.execute("SELECT name FROM auth_group")}
    assert groups == {"Viewer", "Curator", "Administrator"}


def test_a_database_that_is_too_old_is_left_alone_and_told(former) -> None:
    with closing(sqlite3.connect(former)) as database:
        later = "name > '0005' OR name = '0001_squashed'"
        database.execute(f"DELETE FROM django_migrations WHERE app = 'dashboard' AND ({later})")
        database.commit()
    made = migrate(former)
    assert made.returncode != 0
    assert "The database is too old to be upgraded by this version." in made.stderr
    assert "Start version 0.1.0" in made.stderr


def test_no_migration_is_missing(db) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
