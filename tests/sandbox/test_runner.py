"""The sandbox: what it ends, what it passes on, and that other work continues in the meantime."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dashboard.sandbox import runner
from dashboard.sandbox.refusal import Refused
from tests.support.code.imports import imports, of

ROOT = Path(__file__).parents[2]
# What the product has the sandbox do.
WORK = {
    "dashboard.chunks.source.packed",
    "dashboard.chunks.source.table",
    "dashboard.chunks.source.text",
    "dashboard.datasets.shrinking",
}


def test_the_answer_of_the_work_comes_back() -> None:
    assert runner.run("tests.sandbox.work:sleep", b"seven b", seconds=0) == 7


def test_a_refusal_comes_back_as_one() -> None:
    with pytest.raises(Refused) as refusal:
        runner.run("tests.sandbox.work:refuse", b"", reason="unreadable")

    assert refusal.value.reason == "unreadable"


def test_work_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "SECONDS", 1.0)
    begun = time.monotonic()

    with pytest.raises(runner.GaveUp):
        runner.run("tests.sandbox.work:spin", b"")

    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("work", ["take_memory", "stumble"])
def test_work_that_wants_too_much_memory_or_fails_is_given_up(work: str) -> None:
    with pytest.raises(runner.GaveUp):
        runner.run(f"tests.sandbox.work:{work}", b"")


def test_only_so_many_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "WAIT", 0.01)
    slow = [
        threading.Thread(target=runner.run, args=("tests.sandbox.work:sleep", b""), kwargs={"seconds": 1.5})
        for _ in range(runner.AT_ONCE)
    ]
    for thread in slow:
        thread.start()
    time.sleep(0.3)

    with pytest.raises(runner.Busy):
        runner.run("tests.sandbox.work:sleep", b"", seconds=0)

    for thread in slow:
        thread.join()
    assert runner.run("tests.sandbox.work:sleep", b"", seconds=0) == 0


def test_the_process_knows_no_key_and_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "postgres://user:password@host/name")

    around = runner.run("tests.sandbox.work:surroundings", b"")

    assert not {"SECRET_KEY", "DATABASE_URL"} & set(around["environment"])
    assert "django" not in around["modules"]


def test_what_runs_there_loads_neither_django_nor_the_dashboard() -> None:
    lean = WORK | set(of("dashboard.sandbox")) - {"dashboard.sandbox.runner"}
    named = {
        found
        for path in (ROOT / "dashboard").rglob("*.py")
        for found in WORK
        if f'"{found}:' in path.read_text(encoding="utf-8")
    }

    assert named == WORK
    for module in lean:
        foreign = {name for name in imports(module) if name.partition(".")[0] in ("django", "celery", "ragflow_admin")}
        assert not foreign, module
        assert {name for name in imports(module) if name.startswith("dashboard")} <= lean, module


def test_other_requests_go_on_while_a_worker_waits() -> None:
    program = """
from gevent import monkey; monkey.patch_all()
import gevent
from dashboard.sandbox import runner
runner.SECONDS = 30
turns = 0
def other():
    global turns
    while True:
        turns += 1
        gevent.sleep(0.01)
gevent.spawn(other)
runner.run("tests.sandbox.work:sleep", b"x" * 5_000_000, seconds=1)
print(turns)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert int(done.stdout) > 20
