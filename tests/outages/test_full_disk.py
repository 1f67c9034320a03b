"""SQLite, cache and queue of `make run` on a disk of their own that is full: a tmpfs where one can be mounted."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import filled
from tests.support.processes.installation import PASSWORD, Installation
from tests.support.processes.waiting import wait_until

HOME = "/servers/ragflow/"
PAGES = (HOME, f"{HOME}datasets/", f"{HOME}activity/", f"{HOME}assistants/")
SOON = 15


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="module")
def running(disk: Path, standin_process: StandinProcess) -> Iterator[Installation]:
    variables = {"DEBUG": "false", "DJANGO_SETTINGS_MODULE": "tests.outages.settings", "LOG_FORMAT": "text"}
    standin_process.reset()
    key = standin_process.new_key()
    with Installation(disk / "var", standin_process.base_url, key, **variables) as own:
        own.web()
        own.worker()
        yield own


@pytest.fixture
def full(disk: Path, running: Installation) -> Iterator[Path]:
    """A file that takes all the room; removing it makes room again."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    yield filler
    filler.unlink(missing_ok=True)


def get(running: Installation, path: str) -> tuple[int, str]:
    """Status and text, which must come soon."""
    began = time.monotonic()
    answer = running.http.get(running.address + path, timeout=60)
    assert time.monotonic() - began < SOON, path
    return answer.status_code, answer.text


def sign_in(running: Installation) -> requests.Response:
    """A second time, elsewhere: that has to be stored."""
    with requests.Session() as elsewhere:
        form = elsewhere.get(f"{running.address}/sign-in/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert token, form
        person = {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        return elsewhere.post(f"{running.address}/sign-in/", person, timeout=60, allow_redirects=False)


def test_on_a_full_disk_every_page_says_so_and_nothing_is_lost(running: Installation, full: Path) -> None:
    for path in PAGES * 2:
        status, text = get(running, path)
        assert status in (200, 503)
        assert "disk is full" in text, path
    assert get(running, "/health/") == (503, "The disk is full.")
    # What only RAGFlow stores is stored; what the dashboard would have to store is refused with the reason.
    created = running.send("POST", f"{HOME}datasets/new/", data=filled(name="Made on a full disk"))
    assert created.status_code == 200, created.text
    assert created.elapsed.total_seconds() < SOON
    refused = sign_in(running)
    assert refused.elapsed.total_seconds() < SOON
    assert refused.status_code == 503, refused.text
    assert "disk is full" in refused.text

    full.unlink()

    for path in PAGES:
        status, text = get(running, path)
        assert status == 200
        assert "disk is full" not in text
    wait_until(lambda: get(running, "/ready/")[0] == 200, 10)
    dataset = next(d for d in running.ragflow.datasets.walk() if d.name == "Made on a full disk")
    assert sign_in(running).status_code == 302
    # Worker, beat and queue go on by themselves.
    page = f"{HOME}datasets/{dataset.id}/documents/"
    sent = running.send("PUT", f"{page}upload/?name=a.txt&parse=1&batch=0123456789", data=b"The first step. " * 50)
    assert sent.status_code == 200, sent.text
    wait_until(lambda: running.rows("SELECT 1 FROM dashboard_parserun WHERE ended_at IS NOT NULL"), 40)
    audit = running.rows("SELECT target_names FROM dashboard_auditentry WHERE action = 'dataset.create'")
    assert audit == [('["Made on a full disk"]',)]
