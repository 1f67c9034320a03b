"""Reading responses as a browser or a person would."""

from __future__ import annotations

import html
import re
from typing import Any


def visible_text(answer):
    """What a person reads, without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


HTMX = {"HX-Request": "true"}


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())
