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

from dashboard.core.access.rights import Role, rights_of
from dashboard.models import Server, Watch
from dashboard.servers.bootstrap import ensure_administrator, ensure_ragflow, ensure_standin, release_environment

ROOT = Path(__file__).parents[2]
KEY = "ragflow-a-very-secret-key"


def bootstrap(*arguments: str) -> str:
    out = io.StringIO()
    call_command("bootstrap", *arguments, stdout=out)
    return out.getvalue()


def test_the_first_start_makes_an_administrator_whose_password_is_shown_once(db) -> None:
    shown = bootstrap("--show-password")
    password = shown.split("Password:")[1].split()[0]
    user = authenticate(RequestFactory().post("/sign-in/"), username="admin", password=password)
    assert user is not None
    assert rights_of(user).highest is Role.ADMINISTRATOR
    assert len(password) >= 12
    assert bootstrap("--show-password") == ""
    assert User.objects.count() == 1


@override_settings(ADMIN_USERNAME="boss", ADMIN_PASSWORD="from the environment")
def test_name_and_password_come_from_the_environment_and_the_password_is_never_shown(db) -> None:
    shown = bootstrap("--show-password")
    assert "boss" in shown
    assert "from the environment" not in shown
    assert bootstrap() == ""
    assert authenticate(RequestFactory().post("/"), username="boss", password="from the environment")


def test_where_the_output_is_no_terminal_no_password_is_made_or_shown(db) -> None:
    shown = bootstrap()
    user = User.objects.get()
    assert not user.has_usable_password()
    assert "python manage.py changepassword admin" in shown
    assert "ADMIN_PASSWORD_FILE" in shown
    assert bootstrap() == shown, "until there is one, each start says so"


def test_an_administrator_without_a_password_gets_one_from_the_first_start_that_can(db) -> None:
    bootstrap()
    password = bootstrap("--show-password").split("Password:")[1].split()[0]
    assert authenticate(RequestFactory().post("/"), username="admin", password=password)
    User.objects.update(password="!")  # none again
    with override_settings(ADMIN_PASSWORD="from the environment"):
        assert "set by ADMIN_PASSWORD" in bootstrap()
    assert authenticate(RequestFactory().post("/"), username="admin", password="from the environment")
    assert User.objects.count() == 1


def test_what_is_a_terminal_shows_the_password(db) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    call_command("bootstrap", stdout=terminal)
    assert "(shown this once)" in terminal.getvalue()


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("a", "too short"),
        ("password123", "too common"),
        ("8392018471", "entirely numeric"),
        ("administrator", "too similar to the username"),
    ],
)
def test_a_weak_password_in_the_environment_stops_the_start_and_makes_nobody(db, settings, password, reason) -> None:
    settings.ADMIN_USERNAME, settings.ADMIN_PASSWORD = "administrator1", password
    with pytest.raises(ImproperlyConfigured) as refused:
        bootstrap()
    assert str(refused.value).startswith("ADMIN_PASSWORD cannot be used.")
    assert reason in str(refused.value)
    assert not User.objects.exists()


def test_a_weak_password_is_nobodys_business_once_the_administrator_is_there(person, settings) -> None:
    person(Role.ADMINISTRATOR, "somebody")
    settings.ADMIN_PASSWORD = "a"
    assert bootstrap() == ""


def test_an_administrator_who_is_there_is_enough(person) -> None:
    person(Role.ADMINISTRATOR, "somebody")
    assert ensure_administrator(may_show=True) is None


def test_an_administrator_who_may_not_sign_in_any_more_does_not_count(person) -> None:
    gone = person(Role.ADMINISTRATOR, "gone")
    gone.is_active = False
    gone.save()
    made = ensure_administrator(may_show=True)
    assert made is not None
    assert made.username == "admin"


def test_a_name_that_belongs_to_somebody_else_is_refused(person) -> None:
    person(Role.VIEWER, "admin")
    with pytest.raises(ImproperlyConfigured, match="ADMIN_USERNAME='admin' is a user who is not an administrator"):
        ensure_administrator(may_show=True)
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


def test_the_own_authority_of_the_environment_is_trusted_and_later_not(db) -> None:
    with override_settings(RAGFLOW_BASE_URL="https://ragflow", RAGFLOW_API_KEY=KEY, RAGFLOW_CA_BUNDLE="/etc/own.pem"):
        bootstrap()
    assert (Server.objects.get().ca_file, Server.objects.get().verify) == ("/etc/own.pem", "/etc/own.pem")
    with override_settings(RAGFLOW_BASE_URL="https://ragflow", RAGFLOW_API_KEY=KEY):
        bootstrap()
    assert Server.objects.get().verify is True


def test_a_server_that_was_added_by_hand_with_another_key_is_not_the_one_with_the_same_key(db) -> None:
    ensure_ragflow("http://ragflow", KEY)
    first = Server.objects.get()
    other = Server(name="Other tenant", slug="other", base_url="http://ragflow/", position=1)
    other.api_key = "the other tenant's key"
    other.save()
    release_environment()
    assert ensure_ragflow("http://ragflow", KEY) == first
    release_environment()
    assert ensure_ragflow("http://ragflow", "the other tenant's key") == other
    assert Server.objects.get(from_environment=True) == other


def test_another_address_is_another_server_and_the_former_keeps_its_history(db) -> None:
    former = ensure_ragflow("http://old.example.org:9380", KEY)
    Server.objects.update(name="Our RAGFlow")
    Watch.objects.create(server=former, dataset_id="d1")
    new = ensure_ragflow("http://new.example.org:9380", "another-key")
    former.refresh_from_db()
    assert (former.slug, former.name, former.base_url) == ("ragflow", "Our RAGFlow", "http://old.example.org:9380")
    assert (former.api_key, former.is_default, Watch.objects.get().server) == (KEY, False, former)
    assert (new.slug, new.name, new.is_default) == ("new-example-org", "RAGFlow on new.example.org", True)
    assert new.api_key == "another-key"


def test_going_back_to_a_former_address_finds_its_row_again(db) -> None:
    former = ensure_ragflow("http://old.example.org", KEY)
    ensure_ragflow("http://new.example.org", KEY)
    assert ensure_ragflow("http://OLD.example.org:80/", "fresh").pk == former.pk
    assert Server.objects.count() == 2
    assert Server.objects.get(is_default=True).api_key == "fresh"


def test_servers_of_one_host_differ_in_name_and_short_name(db) -> None:
    made = [ensure_ragflow(f"http://ragflow.example.org:{port}", KEY) for port in (9380, 9381, 9382)]
    assert [server.slug for server in made] == ["ragflow", "ragflow-example-org", "ragflow-example-org-2"]
    assert [server.name for server in made] == [
        "RAGFlow on ragflow.example.org",
        "RAGFlow on ragflow.example.org:9381",
        "RAGFlow on ragflow.example.org:9382",
    ]


@override_settings(STANDIN_API_KEYS=["first-key", "second-key"])
def test_the_stand_in_becomes_the_default_server(db) -> None:
    ensure_ragflow("http://ragflow:9380", KEY)
    bootstrap("--standin", "http://127.0.0.1:9380")
    assert Server.objects.get(is_default=True).slug == "demo"
    assert Server.objects.get(slug="demo").api_key == "first-key"
    assert Server.objects.count() == 2


def test_a_stand_in_without_a_key_is_refused(db) -> None:
    with pytest.raises(CommandError, match="requires STANDIN_API_KEYS"):
        bootstrap("--standin", "http://127.0.0.1:9380")


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_starts_at_once_make_one_administrator_and_one_server(database: str, tmp_path: Path) -> None:
    environment = {**os.environ, "VAR_DIR": str(tmp_path), "STANDIN_API_KEYS": KEY, "ADMIN_USERNAME": "admin"}
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'db.sqlite3'}" if database == "sqlite" else new_database()
    environment["DJANGO_SETTINGS_MODULE"] = "ragflow_admin.settings"

    def manage(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", *words]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    assert manage("migrate").wait() == 0
    starts = [
        manage("bootstrap", "--show-password", "--standin", f"http://127.0.0.1:{port}") for port in range(9000, 9004)
    ]
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
    server = ensure_standin("http://127.0.0.1:9380", KEY)
    stored = bytes(Server.objects.values_list("encrypted_api_key", flat=True).get())
    assert KEY.encode() not in stored
    assert server.api_key == KEY
    assert KEY not in f"{server} {server!r} {vars(server)}"


def test_after_a_change_of_the_secret_key_the_former_one_still_opens_it(db, settings) -> None:
    server = ensure_standin("http://127.0.0.1:9380", KEY)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another secret key of more than 32 characters"
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FALLBACKS"):
        _ = server.api_key
    settings.SECRET_KEY_FALLBACKS = [former]
    assert server.api_key == KEY
    server.api_key = KEY
    settings.SECRET_KEY_FALLBACKS = []
    assert server.api_key == KEY


def test_rotating_the_keys_encrypts_that_of_every_server_with_the_new_secret_key(db, settings) -> None:
    former, new = settings.SECRET_KEY, "another secret key of more than 32 characters"
    ensure_standin("http://127.0.0.1:9380", "key of the demo")
    ensure_ragflow("http://old.example.org", "key of the old one")
    ensure_ragflow("http://new.example.org", "key of the new one")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = new, [former]
    out = io.StringIO()
    call_command("rotate_keys", stdout=out)
    assert "Encrypted with SECRET_KEY: 3 API keys." in out.getvalue()
    assert "key of" not in out.getvalue()
    settings.SECRET_KEY_FALLBACKS = []
    assert {server.api_key for server in Server.objects.all()} == {
        "key of the demo",
        "key of the old one",
        "key of the new one",
    }


def test_a_key_that_cannot_be_read_is_named_and_does_not_keep_the_others_from_being_rotated(db, settings) -> None:
    former = settings.SECRET_KEY
    ensure_ragflow("http://new.example.org", KEY)
    settings.SECRET_KEY = "a secret key that is lost by now, sadly"
    ensure_standin("http://127.0.0.1:9380", KEY)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another secret key of more than 32 characters", [former]
    out = io.StringIO()
    with pytest.raises(CommandError, match="can decrypt the API key of Demo"):
        call_command("rotate_keys", stdout=out)
    settings.SECRET_KEY_FALLBACKS = []
    assert Server.objects.get(slug="ragflow").api_key == KEY
