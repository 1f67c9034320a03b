"""The forms of a dataset or an assistant, as a browser sends them."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from PIL import Image

from dashboard.datasets.settings.parser_field import Kind
from dashboard.datasets.settings.parser_fields import FIELDS
from dashboard.datasets.settings.parser_inputs import escape_breaks
from ragflow_admin.standin.testing import StandinProcess


class Inputs(HTMLParser):
    """The values that a browser would submit for the untouched multipart form of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._inside = False
        self._area: str = ""
        self._select: str = ""
        self._first = ""
        self.feed(page.replace("\r\n", "\n"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self._inside = given.get("method") == "post" and "multipart" in (given.get("enctype") or "")
        if not self._inside or "disabled" in given:
            return
        if tag == "input" and name and given.get("type") not in ("file", "submit", "range"):
            if given.get("type") in ("radio", "checkbox") and "checked" not in given:
                return
            self._add(name, given.get("value") or ("on" if given.get("type") == "checkbox" else ""))
        elif tag == "textarea":
            self._area, self.values[name] = name, [""]
        elif tag == "select":
            self._select, self._first = name, ""
        elif tag == "option" and self._select:
            if not self._first:
                self._add(self._select, given.get("value") or "")
            elif "selected" in given:
                self.values[self._select][-1] = given.get("value") or ""
            self._first = "seen"

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self.values[self._area][0] = self.values[self._area][0].removeprefix("\n").replace("\n", "\r\n")
            self._area = ""
        elif tag == "select":
            self._select = ""
        elif tag == "form":
            self._inside = False

    def _add(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)


def opened(client: Client, url: str) -> dict[str, Any]:
    """The values of the form right after opening the page."""
    response = client.get(url)
    assert response.status_code == 200
    return dict(Inputs(response.content.decode()).values)


def sent(standin: StandinProcess, key: str) -> list[dict[str, Any]]:
    """The bodies of the PUT requests."""
    return [entry["json"] for entry in standin.requests(key) if entry["method"] == "PUT"]


def image(size: tuple[int, int] = (800, 600), kind: str = "PNG", mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise(size, 90).convert(mode).save(buffer, kind)
    return buffer.getvalue()


def filled(method: str = "naive", **changes: str) -> dict[str, Any]:
    """The form as a browser sends it when nothing but the name was typed, with the settings of all releases."""
    data: dict[str, Any] = {
        "name": "Handbook",
        "description": "",
        "embedding_model": "",
        "permission": "me",
        "chunk_method": method,
        "fields_of": method,
    }
    for spec in FIELDS[method]:
        if spec.kind in (Kind.SWITCH, Kind.TAG_SETS, Kind.TEMPLATES):
            continue
        value = spec.default
        if spec.kind is Kind.DELIMITER:
            value = escape_breaks(value)
        elif spec.kind is Kind.WORDS:
            value = ", ".join(value)
        data[f"parser-{spec.name}"] = "" if value is None else value
    return data | {name.replace("parser_", "parser-", 1): value for name, value in changes.items()}
