"""Child processes of `make run`: what of their output is printed, and what is for the log alone."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from ragflow_admin.processes import Children

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
    children.stop(30, hurried=lambda: False)
    printed += capsys.readouterr().out
    assert printed.split("|")[1].strip() == "ERROR something to be seen"
    assert "WARNING" not in printed
    assert "WARNING restoring 3 messages" in (tmp_path / "worker.log").read_text()
