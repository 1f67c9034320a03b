"""The browsers to drive, and how they are started: quietly, asking nothing of the network.

Chromium's headless shell has the same engine without the windows around it, and takes half the time; the story that a
newcomer lives through, and whatever is measured or pictured, has the whole browser.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SHELL = "chromium-headless-shell"
ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
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
    return wanted or next((found for name in (*NAMES, ON_MACOS) if (found := shutil.which(name))), None)


def quickest() -> str | None:
    """As ``find``, but the headless shell where it is installed and ``CHROMIUM`` names no other."""
    return find() if os.environ.get("CHROMIUM") else shutil.which(SHELL) or find()
