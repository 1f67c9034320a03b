"""Reads responses as a browser or a user does."""

from __future__ import annotations

import html
import re
from typing import Any


def visible_text(answer):
    """The text of a response without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


HTMX = {"HX-Request": "true"}


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())
