"""The image and the services of compose.yaml, as files: ``.ci/packaging`` builds and runs them."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("ragflow-admin:")}
DOCUMENTED = set(
    re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/configuration.md").read_text(encoding="utf-8"), re.MULTILINE)
)
# The services of RAGFlow's own compose files. Ours join its network, where a name must not mean two services.
RAGFLOWS = {
    "ragflow",
    "ragflow-cpu",
    "ragflow-gpu",
    "es01",
    "opensearch01",
    "infinity",
    "mysql",
    "minio",
    "redis",
    "tei",
}


def example() -> list[str]:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE)


def test_the_example_has_every_documented_variable_and_those_of_compose_once() -> None:
    found = example()
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    assert len(found) == len(set(found))
    assert set(found) - DOCUMENTED == asked - DOCUMENTED
    assert DOCUMENTED - set(found) == set()
    assert {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "RAGFLOW_NETWORK"} <= asked
    production = (ROOT / "docs/production.md").read_text(encoding="utf-8")
    assert [name for name in asked if f"`{name}`" not in production] == []


def test_what_compose_and_the_image_set_are_variables_that_are_read() -> None:
    known = DOCUMENTED | {"PATH", "LANG", "PYTHONUNBUFFERED", "TMPDIR"}
    image = re.findall(r"^(?:ENV| {3}) ([A-Z_]+)=", DOCKERFILE, re.MULTILINE)
    assert len(image) > 5
    assert set(image) <= known
    for name, service in OURS.items():
        assert set(service["environment"]) <= known, name


def test_the_three_processes_have_the_same_commands_everywhere() -> None:
    commands = {name: service["command"] for name, service in OURS.items()}
    assert set(commands) == {"admin-prepare", "admin-web", "admin-worker", "admin-beat"}
    assert json.loads(DOCKERFILE.rpartition("\nCMD ")[2]) == shlex.split(commands["admin-web"])
    production = (ROOT / "docs/production.md").read_text(encoding="utf-8")
    for process in ("web", "worker", "beat"):
        command = commands[f"admin-{process}"]
        unit = (ROOT / f"packaging/systemd/ragflow-admin-{process}.service").read_text(encoding="utf-8")
        assert f"ExecStart=/opt/ragflow-admin/.venv/bin/{command}\n" in unit
        assert f"| {process} | `{command}` |" in production


def test_the_units_differ_in_nothing_but_their_command() -> None:
    units = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "packaging/systemd").glob("*.service"))]
    assert len(units) == 3
    assert len({re.sub(r"(?m)^(ExecStart|Description)=.*$", "", unit) for unit in units}) == 1
    assert {"ProtectSystem=strict", "StateDirectory=ragflow-admin", "PrivateTmp=true"} <= set(units[0].splitlines())


def test_services_write_only_into_their_volume_and_have_no_privileges() -> None:
    for name, service in OURS.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["volumes"] == ["data:/var/lib/ragflow-admin"], name
        assert "tmpfs" not in service, name
    *_, last = DOCKERFILE.split("\nFROM ")
    assert "\nUSER 10001:10001\n" in last
    assert "\nVOLUME /var/lib/ragflow-admin\n" in last
    assert "\nHEALTHCHECK " in last


def test_only_the_site_is_published_and_to_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"admin-web": ["${ADMIN_ADDRESS:-127.0.0.1:8000}:8000"]}


def test_ragflows_network_is_joined_by_names_that_it_does_not_have() -> None:
    assert COMPOSE["networks"]["ragflow"] == {"name": "${RAGFLOW_NETWORK:-docker_ragflow}", "external": True}
    assert set(SERVICES) & RAGFLOWS == set()
    for name in ("admin-postgres", "admin-redis"):
        assert "networks" not in SERVICES[name], "others on RAGFlow's network need no way to it"


def test_the_image_gets_the_program_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert [name for name in let_in if not (ROOT / name).exists()] == []
    assert {"dashboard", "ragflow_admin", "templates", "static", "docs", "packaging", "requirements.lock"} <= let_in
    assert let_in & {".git", ".env", ".venv", "node_modules", "tests", "var"} == set()


def test_without_front_end_packages_the_files_collected_before_are_used(settings, tmp_path) -> None:
    settings.NODE_MODULES, settings.STATIC_ROOT = tmp_path / "none", str(tmp_path / "static")
    with pytest.raises(CommandError, match="node_modules is missing: run npm ci"):
        call_command("prepare", only_static=True)
    (tmp_path / "static.stamp").touch()
    call_command("prepare", only_static=True, skip_checks=False)
    assert not (tmp_path / "static").exists()


class Answers(BaseHTTPRequestHandler):
    status = 200
    asked: list[tuple[str, str | None]] = []

    def do_GET(self) -> None:
        Answers.asked.append((self.path, self.headers["Host"]))
        self.send_response(Answers.status)
        self.end_headers()
        self.wfile.write(b"The database does not answer.")

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    Answers.status, Answers.asked = 200, []
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def health(**environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "packaging/healthcheck.py"]
    return subprocess.run(
        command, cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, timeout=30, check=False
    )


def test_the_health_check_asks_below_the_path_by_an_accepted_name(port: int) -> None:
    assert health(PORT=str(port)).returncode == 0
    assert health(PORT=str(port), ALLOWED_HOSTS=".example.org, other", SCRIPT_NAME="/ragflow-admin/").returncode == 0
    assert Answers.asked == [("/health/", "localhost"), ("/ragflow-admin/health/", "example.org")]


def test_the_health_check_says_what_is_wrong(port: int) -> None:
    Answers.status = 503
    asked = health(PORT=str(port))
    assert asked.returncode == 1
    assert asked.stdout == "503: The database does not answer.\n"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    refused = health(PORT=str(free))
    assert refused.returncode == 1
    assert "refused" in refused.stdout
