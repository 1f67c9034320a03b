"""Recorded exchanges with RAGFlow servers; ``tests/captures/README.md`` says what they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.ragflow.fake_upstream import FakeServer, Reply

FOLDER = Path(__file__).parents[2] / "captures"


@dataclass(frozen=True)
class Capture:
    name: str
    method: str
    path: str
    query: Any
    sent: Any
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def content_type(self) -> str:
        return self.headers["content-type"]

    @property
    def raw(self) -> bytes:
        """The answer as bytes. Of a downloaded file only the length and the beginning were kept."""
        if isinstance(self.body, str):
            return self.body.encode()
        if "_binary_len" in self.body:
            return str(self.body["_sha_head"]).encode().ljust(self.body["_binary_len"], b".")
        return json.dumps(self.body, ensure_ascii=False).encode()

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def reply(self) -> Reply:
        headers = {name: value for name, value in self.headers.items() if name != "content-type"}
        return Reply(status=self.status, body=self.raw, content_type=self.content_type, headers=headers)


@cache
def recordings(release: str) -> dict[str, dict[str, Any]]:
    """Every recorded exchange of a release by its number, which begins with 0001 and gives the order of events."""
    files = sorted((FOLDER / release).glob("*.jsonl"))
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return {row["number"]: row for row in rows}


def numbers(release: str = "0.24.0") -> tuple[str, ...]:
    """The number of every capture of a release."""
    return tuple(sorted(recordings(release)))


@cache
def capture(number: str, release: str = "0.24.0") -> Capture:
    """The capture with this number of a release."""
    recorded = recordings(release)[number]
    request, response = recorded["request"], recorded["response"]
    return Capture(
        name=recorded["name"],
        method=request["method"],
        path=request["path"],
        query=request.get("query"),
        sent=request.get("json"),
        status=response["status"],
        headers=response["headers"],
        body=response["body"],
    )


def recorded_by(fake: FakeServer, release: str, number: str) -> Capture:
    """The capture, after making the server one of its release that answers so."""
    recorded = capture(number, release)
    fake.release = f"v{release}"
    fake.on(recorded.method, recorded.path, recorded.reply)
    return recorded
