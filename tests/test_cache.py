from __future__ import annotations

import subprocess
import sys

# Fifty requests under gevent, all of them still open, each with its own cache object as Django makes them.
FIFTY_REQUESTS = """
import gevent.monkey
gevent.monkey.patch_all()
import os, sys, gevent
from gevent.event import Event
from ragflow_admin.cache import DiskCache

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
