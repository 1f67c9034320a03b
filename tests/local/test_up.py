"""`make run` from outside: what it prints, whether it answers, and that nothing is left when it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import requests

from tests.support.processes.ports import free_port

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes through /proc")


class Run:
    """One run of the supervisor, whose processes are found again by a mark in their environment."""

    def __init__(self, var_dir: Path, *, under_make: bool = False, **environment: str) -> None:
        self.port = free_port()
        self.mark = uuid.uuid4().hex
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        env = {**keep, "VAR_DIR": str(var_dir), "PORT": str(self.port), "RUN_MARK": self.mark, **environment}
        command = [sys.executable, "-m", "ragflow_admin.local.up"]
        if under_make:
            env["MAKELEVEL"] = "1"
            command = ["sh", "-c", '"$@"; exit $?', "make", *command]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.output += line

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def until_ready(self) -> Run:
        assert within(90, lambda: "is ready" in self.output or self.process.poll() is not None), self.output
        assert "Ctrl-C to stop" in self.output or within(2, lambda: "Ctrl-C" in self.output), self.output
        return self

    def end(self, seconds: float = 30) -> int:
        """Waits for the supervisor itself to end and returns its exit code."""
        code = self.process.wait(timeout=seconds)
        self._reader.join(timeout=5)
        return code

    def processes(self) -> dict[int, str]:
        """Every living process that was started by this run: number → command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes():
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
        return found

    def nothing_left(self) -> bool:
        return within(15, lambda: not self.processes())


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@pytest.fixture(scope="module")
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data that the runs of this module share, as the runs of one installation do."""
    return tmp_path_factory.mktemp("installation") / "var"


@pytest.fixture
def start(var_dir: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def make(**options: object) -> Run:
        runs.append(Run(options.pop("var_dir", var_dir), **options))  # type: ignore[arg-type]
        return runs[-1]

    yield make
    for run in runs:
        for number in run.processes():
            os.kill(number, signal.SIGKILL)


def sign_in(address: str, username: str, password: str) -> requests.Response:
    session = requests.Session()
    page = session.get(f"{address}/sign-in/", timeout=10)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, page.text[:500]
    form = {"username": username, "password": password, "csrfmiddlewaretoken": token[1]}
    return session.post(f"{address}/sign-in/", data=form, headers={"Referer": address}, timeout=10)


def test_the_first_start_shows_a_password_that_works_and_the_second_shows_none(start, var_dir) -> None:
    first = start(ADMIN_USERNAME="admin").until_ready()
    password = re.search(r"Password:\s+(\S+)", first.output)
    assert password, first.output
    assert first.address in first.output
    assert requests.get(f"{first.address}/ready/", timeout=10).json() == {
        "database": "ok",
        "cache": "ok",
        "broker": "ok",
        "disk": "ok",
    }
    page = sign_in(first.address, "admin", password[1])
    assert page.status_code == 200
    assert page.url == f"{first.address}/servers/demo/"
    for path in (var_dir, var_dir / "secret_key", var_dir / "db.sqlite3", var_dir / "log" / "web.log"):
        assert path.stat().st_mode & 0o077 == 0, path
    for path in var_dir.glob("log/*"):
        assert password[1] not in path.read_text()
        assert (var_dir / "standin_key").read_text() not in path.read_text()
    # as Ctrl-C does it
    first.process.send_signal(signal.SIGINT)
    assert first.end() == 0
    assert first.nothing_left(), first.processes()

    second = start().until_ready()
    assert "Password" not in second.output
    assert sign_in(second.address, "admin", password[1]).url == f"{second.address}/servers/demo/"
    second.process.send_signal(signal.SIGHUP)
    assert second.end() == 0
    assert second.nothing_left(), second.processes()


@pytest.mark.thorough
def test_a_second_run_on_the_same_data_is_refused_and_killing_the_first_leaves_nothing(start) -> None:
    first = start().until_ready()
    assert len(first.processes()) >= 6
    second = start()
    assert second.end() == 2
    assert f"as process {first.process.pid}." in second.output
    first.process.kill()
    assert first.nothing_left(), first.processes()


@pytest.mark.thorough
def test_a_worker_that_dies_is_named_and_everything_else_ends(start) -> None:
    run = start(RAGFLOW_BASE_URL="http://127.0.0.1:9/api/v1", RAGFLOW_API_KEY="none").until_ready()
    assert "RAGFlow:                 http://127.0.0.1:9\n" in run.output
    assert "to do:                 Remove /api/v1 from RAGFLOW_BASE_URL. It was ignored.\n" in run.output
    assert re.search(r"to do: +127.0.0.1:9 refused the connection.*RAGFLOW_BASE_URL", run.output), run.output
    worker = min(number for number, command in run.processes().items() if "celery" in command)
    os.kill(worker, signal.SIGKILL)
    assert run.end() == 1
    assert "worker exited with code -9. Its last lines:" in run.output
    assert run.nothing_left(), run.processes()


@pytest.mark.thorough
def test_killing_make_itself_leaves_nothing(start) -> None:
    run = start(under_make=True, RAGFLOW_BASE_URL="http://127.0.0.1:9", RAGFLOW_API_KEY="none").until_ready()
    run.process.kill()
    assert run.nothing_left(), run.processes()


@pytest.mark.thorough
def test_being_terminated_while_starting_leaves_nothing(start, tmp_path) -> None:
    run = start(var_dir=tmp_path / "var")
    assert within(30, lambda: len(run.processes()) >= 3), run.output
    run.process.terminate()
    assert run.end() == 0
    assert run.nothing_left(), run.processes()


@pytest.mark.thorough
def test_a_weak_password_stops_the_start_with_one_clear_line(start, tmp_path) -> None:
    run = start(var_dir=tmp_path / "var", ADMIN_PASSWORD="a")
    assert run.end(90) == 1  # once the database is there
    lines = [line for line in run.output.splitlines() if line and not line.startswith("Starting")]
    assert len(lines) == 1, run.output
    assert lines[0].startswith("Cannot start: ADMIN_PASSWORD cannot be used. This password is too short.")
    assert run.nothing_left(), run.processes()


def test_without_any_variable_the_first_start_prints_the_address_of_the_wizard(start, tmp_path) -> None:
    first = start(var_dir=tmp_path / "fresh").until_ready()
    found = re.search(r"First start:\s+(\S+)", first.output)
    assert found, first.output
    assert found[1].startswith(f"{first.address}/welcome/")
    assert "Create the administrator" in requests.get(found[1], timeout=10).text


@pytest.mark.thorough
def test_preparing_by_hand_shows_no_password_where_there_is_no_terminal(tmp_path) -> None:
    environment = {name: os.environ[name] for name in ("PATH", "HOME")}
    environment |= {"VAR_DIR": str(tmp_path), "ADMIN_USERNAME": "admin"}
    shown = subprocess.run(
        [sys.executable, "manage.py", "prepare"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert "python manage.py changepassword admin" in shown
    assert "shown this once" not in shown


@pytest.mark.redis
@pytest.mark.postgres
def test_it_runs_on_postgresql_and_redis(start, tmp_path) -> None:
    name = f"run_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(os.environ["POSTGRES_URL"], autocommit=True) as postgres:
        postgres.execute(f"CREATE DATABASE {name}")
    redis = os.environ["REDIS_URL"]
    run = start(
        var_dir=tmp_path / "var",
        ADMIN_PASSWORD="from the environment",
        DATABASE_URL=f"{os.environ['POSTGRES_URL'].rpartition('/')[0]}/{name}",
        CACHE_URL=redis,
        CELERY_BROKER_URL=redis,
    ).until_ready()
    assert requests.get(f"{run.address}/ready/", timeout=10).status_code == 200
    assert sign_in(run.address, "admin", "from the environment").url == f"{run.address}/servers/demo/"
    assert not (tmp_path / "var" / "db.sqlite3").exists()
    assert not (tmp_path / "var" / "cache").exists()
    assert not (tmp_path / "var" / "queue").exists()
    time.sleep(2.5)  # beat ticks, the worker works
    for log in tmp_path.glob("var/log/*.log"):
        assert "ERROR" not in log.read_text(), log
    run.process.terminate()
    assert run.end() == 0
    assert run.nothing_left(), run.processes()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "http"}, "PORT='http' is not valid: use a whole number from 1 to 65535."),
        ({"DEBUG": "maybe"}, "DEBUG='maybe' is not valid: use true or false."),
        ({"RAGFLOW_BASE_URL": "http://127.0.0.1:9"}, "RAGFLOW_BASE_URL requires RAGFLOW_API_KEY"),
        ({"DATABASE_URL": "mysql://localhost/x"}, "DATABASE_URL is not valid: it must begin with one of"),
        ({"HOST": "no.such.host.invalid"}, "Cannot listen on HOST=no.such.host.invalid"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_clear_line(start, tmp_path, environment, sentence) -> None:
    run = start(var_dir=tmp_path / "var", **environment)
    assert run.end() == 2
    lines = [line for line in run.output.splitlines() if not line.startswith("Accepting the hosts")]
    assert len(lines) == 1
    assert lines[0].startswith("Cannot start: ")
    assert sentence in lines[0]


def test_a_port_that_is_taken_is_refused_with_a_way_out(start, tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        run = start(var_dir=tmp_path / "var", PORT=str(port))
        assert run.end() == 2
    assert run.output == (
        f"Cannot start: Port {port} on 127.0.0.1 is in use. Stop what uses it, or choose another:"
        f" make run PORT={port + 1}\n"
    )
