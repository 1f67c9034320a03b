"""What a start sets up: once, safely when two start at once, and with a key that nobody gets to see."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import RequestFactory, override_settings

from dashboard.models import Server
from dashboard.roles import Role, role_of
from dashboard.servers.bootstrap import ensure_administrator, ensure_server

ROOT = Path(__file__).parents[2]
KEY = "ragflow-a-very-secret-key"


def bootstrap(*arguments: str) -> str:
    out = io.StringIO()
    call_command("bootstrap", *arguments, stdout=out)
    return out.getvalue()


def test_the_first_start_makes_an_administrator_whose_password_is_shown_once(db) -> None:
    shown = bootstrap()
    password = shown.split("Password:")[1].split()[0]
    user = authenticate(RequestFactory().post("/sign-in/"), username="admin", password=password)
    assert user is not None
    assert role_of(user) is Role.ADMINISTRATOR
    assert len(password) >= 12
    assert bootstrap() == ""
    assert User.objects.count() == 1


@override_settings(ADMIN_USERNAME="boss", ADMIN_PASSWORD="from the environment")
def test_name_and_password_come_from_the_environment_and_are_shown_once(db) -> None:
    shown = bootstrap()
    assert "boss" in shown
    assert "from the environment" in shown
    assert bootstrap() == ""
    assert authenticate(RequestFactory().post("/"), username="boss", password="from the environment")


def test_an_administrator_who_is_there_is_enough(person) -> None:
    person(Role.ADMINISTRATOR, "somebody")
    assert ensure_administrator() is None


def test_an_administrator_who_may_not_sign_in_any_more_does_not_count(person) -> None:
    gone = person(Role.ADMINISTRATOR, "gone")
    gone.is_active = False
    gone.save()
    made = ensure_administrator()
    assert made is not None
    assert made.username == "admin"


def test_a_name_that_belongs_to_somebody_else_is_refused(person) -> None:
    person(Role.VIEWER, "admin")
    with pytest.raises(ImproperlyConfigured, match="ADMIN_USERNAME='admin' is somebody who is no administrator"):
        ensure_administrator()
    assert not User.objects.filter(is_superuser=True).exists()


@override_settings(RAGFLOW_BASE_URL="https://ragflow.example.org", RAGFLOW_API_KEY=KEY, RAGFLOW_VERIFY_TLS=False)
def test_the_server_of_the_environment_is_made_and_later_kept_up_to_date(db) -> None:
    assert KEY not in bootstrap()
    server = Server.objects.get()
    assert (server.slug, server.name) == ("ragflow", "RAGFlow on ragflow.example.org")
    assert (server.api_key, server.verify_tls, server.is_default) == (KEY, False, True)
    Server.objects.update(name="Our RAGFlow")
    with override_settings(RAGFLOW_API_KEY="another-key"):
        bootstrap()
    server = Server.objects.get()
    assert (server.name, server.api_key) == ("Our RAGFlow", "another-key")


@override_settings(STANDIN_API_KEYS=["first-key", "second-key"])
def test_the_stand_in_becomes_the_default_server(db) -> None:
    ensure_server("ragflow", "Former", "http://ragflow:9380", KEY)
    bootstrap("--standin", "http://127.0.0.1:9380")
    assert Server.objects.get(is_default=True).slug == "demo"
    assert Server.objects.get(slug="demo").api_key == "first-key"
    assert Server.objects.count() == 2


def test_a_stand_in_without_a_key_is_refused(db) -> None:
    with pytest.raises(CommandError, match="STANDIN_API_KEYS is not set"):
        bootstrap("--standin", "http://127.0.0.1:9380")


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_starts_at_once_make_one_administrator_and_one_server(database: str, tmp_path: Path) -> None:
    environment = {**os.environ, "VAR_DIR": str(tmp_path), "STANDIN_API_KEYS": KEY}
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'db.sqlite3'}" if database == "sqlite" else new_database()
    environment["DJANGO_SETTINGS_MODULE"] = "ragflow_admin.settings"

    def manage(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", *words]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    assert manage("migrate").wait() == 0
    starts = [manage("bootstrap", "--standin", f"http://127.0.0.1:{port}") for port in range(9000, 9004)]
    shown = [process.communicate()[0] for process in starts]
    assert [process.returncode for process in starts] == [0, 0, 0, 0]
    assert sum("Password:" in text for text in shown) == 1, "one password, shown by the start that made it"
    count = "from dashboard.models import *; from django.contrib.auth.models import User"
    count += "; print(User.objects.count(), Server.objects.count(), Server.objects.filter(is_default=True).count())"
    assert manage("shell", "--no-imports", "-c", count).communicate()[0].split() == ["1", "1", "1"]


def new_database() -> str:
    """The address of a fresh PostgreSQL database."""
    server, name = os.environ["POSTGRES_URL"].rpartition("/")[0], f"bootstrap_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(os.environ["POSTGRES_URL"], autocommit=True) as postgres:
        postgres.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"


def test_the_key_is_encrypted_at_rest_and_in_no_text_about_the_server(db) -> None:
    server = ensure_server("demo", "Demo", "http://127.0.0.1:9380", KEY)
    stored = bytes(Server.objects.values_list("encrypted_api_key", flat=True).get())
    assert KEY.encode() not in stored
    assert server.api_key == KEY
    assert KEY not in f"{server} {server!r} {vars(server)}"


def test_after_a_change_of_the_secret_key_the_former_one_still_opens_it(db, settings) -> None:
    server = ensure_server("demo", "Demo", "http://127.0.0.1:9380", KEY)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another secret key of more than 32 characters"
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FALLBACKS"):
        _ = server.api_key
    settings.SECRET_KEY_FALLBACKS = [former]
    assert server.api_key == KEY
    server.api_key = KEY
    settings.SECRET_KEY_FALLBACKS = []
    assert server.api_key == KEY
