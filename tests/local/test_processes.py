"""Child processes of `make run`: what of their output is printed, what is for the log alone, and a log without room."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from ragflow_admin.local.processes import Child, Children

TALKS_WHEN_ASKED_TO_END = """
import signal, sys, time
def end(*_):
    print("WARNING restoring 3 messages that nobody acknowledged", flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("ERROR something to be seen", flush=True)
time.sleep(60)
"""


def test_what_a_process_says_while_it_is_being_ended_is_for_the_log_alone(tmp_path: Path, capsys) -> None:
    children = Children({}, tmp_path)
    children.start("worker", [sys.executable, "-c", TALKS_WHEN_ASKED_TO_END])
    printed = ""
    deadline = time.monotonic() + 30
    while "to be seen" not in printed and time.monotonic() < deadline:
        time.sleep(0.05)
        printed += capsys.readouterr().out
    children.stop(30, force=lambda: False)
    printed += capsys.readouterr().out
    assert printed.split("|")[1].strip() == "ERROR something to be seen"
    assert "WARNING" not in printed
    assert "WARNING restoring 3 messages" in (tmp_path / "worker.log").read_text()


# More than a pipe holds, so that it cannot end while nobody listens.
TALKATIVE = "for number in range(3000): print(f'line {number} ' + 'x' * 100, flush=True)"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_child_is_listened_to_although_its_log_finds_no_room(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    log.symlink_to("/dev/full")
    child = Child("child", [sys.executable, "-c", TALKATIVE], dict(os.environ), log)
    try:
        assert child.process.wait(20) == 0
        assert child.tail().splitlines()[-1].strip().startswith("line 2999")
    finally:
        child.kill_group()
