"""Reads a page as a suspicious person would: what in it runs, leads astray, or turns the reading direction."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

VOID: Final = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
ADDRESSES: Final = frozenset(
    ("action", "data", "formaction", "href", "hx-delete", "hx-get", "hx-post", "hx-put", "poster", "src", "srcdoc")
)
# Attributes whose words are shown or read out.
SHOWN: Final = frozenset(("alt", "aria-label", "placeholder", "title"))
TURNS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
UNSEEN: Final = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f-\x9f]")
FLOOD: Final = re.compile("[\u0300-\u036f]{20}")


class Suspicion(HTMLParser):
    """``faults`` are sentences about a page; none for a good one.

    ``dir`` and ``bdi`` keep what turns the direction inside; a field holds what was stored, as it is.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name, value in given.items():
            if name == "pwned" or name.startswith("on") or name == "style":
                self.faults.append(f"<{tag}> has {name}={value[:60]!r}")
            if name in ADDRESSES and re.match(r"[\s\x00-\x20]*(javascript|vbscript|data:text)", value, re.IGNORECASE):
                self.faults.append(f"<{tag}> leads to {value[:60]!r}")
            if name in SHOWN and (found := TURNS.search(value) or UNSEEN.search(value)):
                self.faults.append(f"{name} of <{tag}> holds {found[0]!r}: {value[:60]!r}")
            if name in SHOWN and FLOOD.search(value):
                self.faults.append(f"{name} of <{tag}> is flooded: {value[:20]!r}")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.faults.append(f"<script> without src: {given}")
        if tag in ("base", "object", "embed", "iframe", "math"):
            self.faults.append(f"<{tag}>")
        if tag not in VOID:
            self.open.append((tag, tag in ("bdi", "textarea", "script") or "dir" in given))

    def handle_endtag(self, tag: str) -> None:
        while any(name == tag for name, _kept in self.open) and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside = " > ".join(name for name, _kept in self.open[-4:])
        if TURNS.search(data) and not any(kept for _name, kept in self.open):
            self.faults.append(f"{inside}: turns the direction: {data.strip()[:60]!r}")
        if self.open and self.open[-1][0] in ("textarea", "script"):
            return
        if found := UNSEEN.search(data):
            self.faults.append(f"{inside}: holds {found[0]!r}: {data.strip()[:60]!r}")
