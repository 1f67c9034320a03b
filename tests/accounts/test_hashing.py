"""Passwords are hashed beside gevent's loop, here in processes of their own, that are patched before anything else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from dashboard.accounts.sign_in.hashing import PBKDF2BesideTheLoop

ROOT = Path(__file__).resolve().parents[2]
BEGIN = """
from gevent import monkey
monkey.patch_all()
import gevent, time
from django.conf import settings
settings.configure(SIGN_IN_PARALLEL=1)
from dashboard.accounts.sign_in import hashing
hasher = hashing.PBKDF2BesideTheLoop()
"""
# The longest time that the loop was away, in hundredths of the time that one hash took.
LOOP = """
began = time.monotonic()
hasher.encode("a password", "salt")
one = time.monotonic() - began
gaps, over = [], False
def watch():
    last = time.monotonic()
    while not over:
        gevent.sleep(0.002)
        gaps.append(time.monotonic() - last)
        last = time.monotonic()
watching = gevent.spawn(watch)
gevent.joinall([gevent.spawn(hasher.encode, "a password", "salt") for _ in range(4)])
over = True
watching.join()
print(int(100 * max(gaps) / one))
"""
CROWD = """
def one():
    try:
        return hasher.encode("a password", "salt", 1000)
    except hashing.TooManySignIns:
        return "too many"
made = [gevent.spawn(one) for _ in range(100)]
gevent.joinall(made)
print(sum(one.value == "too many" for one in made), one())
"""


def run(script: str) -> str:
    command = [sys.executable, "-c", BEGIN + script]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120).stdout


def test_the_loop_goes_on_while_passwords_are_hashed() -> None:
    assert int(run(LOOP)) < 50, "four hashes one after the other in the loop are four hundred"


def test_of_a_crowd_that_signs_in_at_once_most_are_told_to_come_back() -> None:
    refused, after = run(CROWD).split(" ", 1)
    assert int(refused) == 100 - 17
    assert after.startswith("pbkdf2_sha256$1000$salt$"), "and then it works again"


def test_a_hash_is_the_same_as_djangos() -> None:
    ours, theirs = PBKDF2BesideTheLoop(), PBKDF2PasswordHasher()
    assert ours.encode("a password", "salt", 1000) == theirs.encode("a password", "salt", 1000)
    assert ours.verify("a password", theirs.encode("a password", "salt", 1000))
