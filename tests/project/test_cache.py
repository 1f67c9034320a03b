from __future__ import annotations

import subprocess
import sys

import pytest

from ragflow_admin.local.diskcache import DiskCache

# Fifty requests under gevent, all of them still open, each with its own cache object as Django makes them.
FIFTY_REQUESTS = """
import gevent.monkey
gevent.monkey.patch_all()
import os, sys, gevent
from gevent.event import Event
from ragflow_admin.local.diskcache import DiskCache

def files():
    return len(os.listdir("/proc/self/fd"))

def request(number):
    cache = DiskCache(sys.argv[1], {})
    for key in range(20):
        assert cache.get(f"key {key}") == key
    cache.set(f"own {number}", number)
    seen.append(number)
    over.wait()
    assert cache.get(f"own {number}") == number
    cache.close()

cache = DiskCache(sys.argv[1], {})
for key in range(100):
    cache.set(f"key {key}", key)
seen, over, before = [], Event(), files()
requests = [gevent.spawn(request, number) for number in range(50)]
while len(seen) < 50:
    gevent.sleep(0.01)
print(files() - before)
over.set()
gevent.joinall(requests, raise_error=True)
print(cache.incr("key 7", 10))
"""


def test_open_requests_share_the_files_of_the_cache(tmp_path):
    command = [sys.executable, "-c", FIFTY_REQUESTS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert done.stdout.split() == ["0", "17"]


def test_a_key_is_added_once_until_its_time_is_over(tmp_path):
    cache, other = DiskCache(str(tmp_path), {}), DiskCache(str(tmp_path), {})
    assert cache.add("lock", "one", 60)
    assert not other.add("lock", "two", 60)
    cache.touch("lock", 0)
    assert other.get("lock") is None
    assert other.add("lock", "two", 60)
    assert cache.get("lock") == "two"


def test_several_keys_a_count_and_what_is_not_there(tmp_path):
    cache = DiskCache(str(tmp_path), {})
    cache.set_many({"one": 1, "two": {"deep": [2]}}, None)
    assert cache.get_many(["one", "two", "three"]) == {"one": 1, "two": {"deep": [2]}}
    assert cache.incr("one", 4) == 5
    assert "one" in cache
    assert cache.delete("one")
    assert not cache.delete("one")
    with pytest.raises(ValueError, match="not found"):
        cache.incr("one")


def test_the_file_of_the_cache_does_not_grow_beyond_its_bound(tmp_path):
    cache = DiskCache(str(tmp_path), {"OPTIONS": {"max_bytes": 2_000_000}})
    for number in range(2000):
        cache.set(f"page {number}", b"x" * 5000, 3600 + number)
    assert (tmp_path / "cache.sqlite3").stat().st_size < 6_000_000
    assert cache.get("page 1999") is not None
    assert cache.get("page 0") is None


def test_processes_share_one_file(tmp_path):
    DiskCache(str(tmp_path), {}).set("count", 0)
    counting = "import sys; from ragflow_admin.local.diskcache import DiskCache\n"
    counting += "cache = DiskCache(sys.argv[1], {})\nfor _ in range(200): cache.incr('count')"
    command = [sys.executable, "-c", counting, str(tmp_path)]
    running = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert DiskCache(str(tmp_path), {}).get("count") == 600
