"""The browser to drive, and how it is started: quietly, asking nothing of the network."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


def find() -> str | None:
    """``CHROMIUM``, else one that is installed, else None. Raises FileNotFoundError when ``CHROMIUM`` is no file."""
    wanted = os.environ.get("CHROMIUM")
    if wanted and not Path(wanted).is_file():
        raise FileNotFoundError(f"CHROMIUM={wanted} is not a file; set it to a Chromium or Chrome, or leave it out.")
    return wanted or next((found for name in NAMES if (found := shutil.which(name))), None)
