"""Runs the services of compose.yaml from a tree that is the image: signs in, opens pages, asks for health, stops.

For ``.ci/packaging``, which has mounted everything read-only but the data folder. Needs only the standard library.
"""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TREE = Path(sys.argv[1])
DATA = "/var/lib/ragflow-admin"
USER, PASSWORD = "ada", "a password for the image 1"
KEY = "ragflow-key-of-the-stand-in-0123456789"
SECONDS_TO_START, SECONDS_TO_STOP = 90, 40
# What pages and scripts ask for
ASKED_FOR = (".js", ".mjs", ".css", ".woff2", ".svg")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PORT, STANDIN_PORT = free_port(), free_port()
SITE = f"http://127.0.0.1:{PORT}"
REDIS = os.environ["REDIS_URL"].rpartition("/")[0]
POSTGRES = os.environ["POSTGRES_URL"].rpartition("/")[0]
DATABASE = "ragflow_admin_packaging"
CREATE = f"""
import psycopg
server = psycopg.connect("{POSTGRES}/postgres", autocommit=True)
server.execute("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
server.execute("CREATE DATABASE {DATABASE}")
"""
# What the Dockerfile sets, then what compose.yaml and .env do
IMAGE = dict(re.findall(r"^(?:ENV|   ) ?(\w+)=(\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))
ENVIRONMENT = {
    **IMAGE,
    "HOME": DATA,
    "HOST": "127.0.0.1",
    "PORT": str(PORT),
    "DATABASE_URL": f"{POSTGRES}/{DATABASE}",
    "CACHE_URL": f"{REDIS}/15",
    "CELERY_BROKER_URL": f"{REDIS}/14",
    "HTTPS_ONLY": "false",
    "ALLOWED_HOSTS": "admin.example.org,127.0.0.1",
    "ADMIN_USERNAME": USER,
    "ADMIN_PASSWORD": PASSWORD,
    "RAGFLOW_BASE_URL": f"http://127.0.0.1:{STANDIN_PORT}",
    "RAGFLOW_API_KEY": KEY,
}
SERVICE = re.compile(r"^  admin-(\w+):\n    <<: \*admin\n    command: (.+)$", re.MULTILINE)


def started(name: str, command: list[str], **environment: str) -> subprocess.Popen[bytes]:
    """Start the command in the tree, as the container would: user 10001, without capabilities."""
    inside = ["/usr/sbin/chroot", str(TREE), "setpriv", "--reuid=10001", "--regid=10001", "--clear-groups"]
    inside += ["--no-new-privs", "--bounding-set=-all", "env", "-C", "/opt/ragflow-admin", *command]
    with (TREE.parent / f"{name}.log").open("wb") as log:
        return subprocess.Popen(inside, env=ENVIRONMENT | environment, stdout=log, stderr=subprocess.STDOUT)


def log(name: str) -> str:
    return (TREE.parent / f"{name}.log").read_text(encoding="utf-8", errors="replace")


def finished(name: str, command: list[str]) -> None:
    code = started(name, command).wait(SECONDS_TO_START)
    if code:
        sys.exit(f"{shlex.join(command)} exited with {code}:\n{log(name)}")


class Visitor:
    """A browser with cookies."""

    def __init__(self) -> None:
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )

    def get(self, path: str, **form: str) -> tuple[str, str, http.client.HTTPMessage]:
        """(address, text, headers) of a page, or of the answer to a form. Raises URLError unless it is good."""
        data = urllib.parse.urlencode(form).encode() if form else None
        with self.opener.open(urllib.parse.urljoin(SITE, path), data, timeout=20) as answer:
            return answer.url, answer.read().decode(errors="replace"), answer.headers


def until(what: str, condition: object) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not condition():  # type: ignore[operator]
        dead = [name for name, process in RUNNING.items() if process.poll() is not None]
        if dead or time.monotonic() > deadline:
            sys.exit(f"{what}: " + "\n".join(f"--- {name}\n{log(name)[-3000:]}" for name in RUNNING))
        time.sleep(0.1)


def is_ready() -> bool:
    try:
        return bool(VISITOR.get("/ready/"))
    except OSError:
        return False


RUNNING: dict[str, subprocess.Popen[bytes]] = {}
VISITOR = Visitor()


def main() -> None:
    began = time.monotonic()
    commands = {name: shlex.split(command) for name, command in SERVICE.findall((ROOT / "compose.yaml").read_text())}
    assert set(commands) == {"prepare", "web", "worker", "beat"}, commands
    finished("create", ["python", "-c", CREATE])
    RUNNING["standin"] = started(
        "standin",
        [
            *("python", "-m", "ragflow_admin.standin", "--host", "127.0.0.1", "--port", str(STANDIN_PORT)),
            *("--data", f"{DATA}/standin", "--release", "0.27", "--seed", "demo"),
        ],
        STANDIN_API_KEYS=KEY,
        DJANGO_SETTINGS_MODULE="ragflow_admin.standin.settings",
    )
    finished("prepare", commands.pop("prepare"))
    for name, command in commands.items():
        RUNNING[name] = started(name, command)
    until("the web server", is_ready)
    until("the worker", lambda: "Worker ready" in log("worker"))
    until("the stand-in", lambda: '{"standin"' in log("standin"))
    print(f"  started in {time.monotonic() - began:.0f} s")

    _, form, _ = VISITOR.get("/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token, form
    address, page, _ = VISITOR.get("/sign-in/", username=USER, password=PASSWORD, csrfmiddlewaretoken=token[1])
    assert address.endswith("/servers/ragflow/"), (address, page)
    _, page, _ = VISITOR.get("/servers/ragflow/datasets/")
    assert page.count('href="/servers/ragflow/datasets/') > 3, page

    manifest = json.loads((TREE / "opt/ragflow-admin/collected/staticfiles.json").read_text())["paths"]
    files = {urllib.parse.urlsplit(file).path for file in re.findall(r'(?:href|src)="(/static/[^"]+)"', page)}
    files |= {
        f"/static/{name}" for name in manifest.values() if name.endswith((".js", ".mjs", ".css", ".woff2", ".svg"))
    }
    for file in files:
        headers = VISITOR.get(file)[2]
        assert "immutable" in headers["Cache-Control"], file
    print(f"  signed in; a page of {len(page) // 1024} KB, {len(files)} static files")

    finished("healthcheck", ["python", "packaging/healthcheck.py"])
    ping = ["celery", "-A", "ragflow_admin", "inspect", "ping", "--timeout", "5"]
    finished("ping", [*ping, "--destination", f"celery@{socket.gethostname()}"])
    until("beat", lambda: any((TREE / DATA[1:]).glob("celery-beat*")))

    for name in ("web", "worker", "beat", "standin"):
        RUNNING[name].terminate()
    codes = {name: process.wait(SECONDS_TO_STOP) for name, process in RUNNING.items()}
    assert codes == {"web": 0, "worker": 0, "beat": 0, "standin": codes["standin"]}, (codes, [log(n) for n in codes])
    for name in RUNNING:
        assert "Traceback" not in log(name), log(name)
        assert "Read-only file system" not in log(name), log(name)
    print("  healthy, and stopped without an error")


if __name__ == "__main__":
    main()
