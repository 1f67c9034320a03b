"""The health check of a web process: exits with 0 if ``/health/`` answers 200 within four seconds, else with 1.

Only reads the environment, since importing the settings would take a second of CPU time every half minute.
"""

from __future__ import annotations

import http.client
import os
import sys
from pathlib import Path

SECONDS = 4


def host() -> str:
    """A host name that the site accepts: the first of ALLOWED_HOSTS, where * and .example.org are patterns."""
    names = os.environ.get("ALLOWED_HOSTS") or ""
    if file := os.environ.get("ALLOWED_HOSTS_FILE"):
        names = Path(file).read_text(encoding="utf-8")
    return names.split(",")[0].strip().lstrip("*.") or "localhost"


def main() -> int:
    """Ask the process in this container; says what is wrong on the standard output, where Docker shows it."""
    prefix = (os.environ.get("SCRIPT_NAME") or "").rstrip("/")
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=SECONDS)
    try:
        connection.request("GET", f"{prefix}/health/", headers={"Host": host()})
        answer = connection.getresponse()
        if answer.status == 200:
            return 0
        print(f"{answer.status}: {answer.read(500).decode(errors='replace')}")
    except OSError as error:
        print(error)
    return 1


if __name__ == "__main__":
    sys.exit(main())
