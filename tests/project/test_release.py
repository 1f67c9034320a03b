"""What a release pickles into the cache is read by that release alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache, caches
from django.test import Client

from dashboard.assistants.chat import turns
from dashboard.models import Server
from dashboard.ragflow.types import Session
from ragflow_admin import __version__, settings
from ragflow_admin.local.diskcache import DiskCache
from ragflow_admin.release import fingerprint

ROOT = Path(__file__).parents[2]


def test_the_account_menu_and_the_changelog_say_the_version(viewer_client: Client, ragflow_server: Server) -> None:
    page = viewer_client.get("/help/", follow=True).content.decode()
    assert f"Version {__version__}" in page
    newest = re.search(r"^## \[?(\d[\d.]*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest
    assert newest[1] == __version__


def test_the_fingerprint_follows_the_program(tmp_path) -> None:
    (tmp_path / "area").mkdir()
    (tmp_path / "area" / "things.py").write_text("class Thing: old = 1")
    first = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == first
    (tmp_path / "area" / "notes.txt").write_text("no program")
    assert fingerprint(tmp_path) == first
    (tmp_path / "area" / "things.py").write_text("class Thing: new = 1")
    changed = fingerprint(tmp_path)
    assert changed != first
    (tmp_path / "area" / "things.py").rename(tmp_path / "area" / "others.py")
    assert fingerprint(tmp_path) not in (first, changed)


def test_all_processes_of_a_release_agree() -> None:
    show = "from ragflow_admin.release import fingerprint; print(fingerprint())"
    told = subprocess.run([sys.executable, "-c", show], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == settings.CACHES["default"]["VERSION"] == fingerprint()


class Thing:
    """Something of a release that another one does not know."""


def test_an_object_of_another_release_is_never_read(tmp_path) -> None:
    older, newer = (DiskCache(str(tmp_path), {"VERSION": release}) for release in ("aaaaaaaaaaaa", "bbbbbbbbbbbb"))
    older.set("thing", Thing())
    assert isinstance(older.get("thing"), Thing)
    assert newer.get("thing") is None
    assert newer.add("thing", 1)
    assert isinstance(older.get("thing"), Thing), "nor is it overwritten"


def test_two_releases_beside_each_other_do_not_ask_in_one_session_at_once(ragflow_server: Server, monkeypatch) -> None:
    session = Session(id="s" * 32, assistant_id="a" * 32, name="One", messages=(), created_at=None, updated_at=None)
    turns.register(ragflow_server, session, "Asked with the one release")
    monkeypatch.setattr(caches["default"], "version", "other-release")
    assert turns.current(ragflow_server, session.id) is None
    with pytest.raises(turns.Busy):
        turns.register(ragflow_server, session, "Asked with the other")


def test_what_releases_share_is_made_of_texts_and_numbers(viewer_client, ragflow_server: Server, monkeypatch) -> None:
    shared: list[object] = []
    monkeypatch.setattr(caches["sessions"], "set", lambda key, value, timeout: shared.append(value))
    cache.clear()
    viewer_client.get(ragflow_server.url("datasets:list"))
    assert shared
    assert all(json.loads(json.dumps(value)) == value for value in shared)
