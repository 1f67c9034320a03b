"""Reading forms from pages."""

from __future__ import annotations

import html
import re


def error_at(page: str, name: str) -> str:
    """The error shown at the input ``name``; "" if there is none."""
    found = re.search(rf'<div id="id_{re.escape(name)}_error">(.*?)</div>', page, re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[1])).split()) if found else ""
