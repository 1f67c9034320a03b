"""Sends recorded requests to a running stand-in, with the recorded ids replaced by its own."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "standin"
ORDER = (
    "auth", "datasets", "documents", "parsing", "chunks", "metadata", "retrieval", "chats", "sessions", "converse",
)  # fmt: skip
ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{16}")
MODELS = {
    "fake-chat": "standin-chat",
    "fake-reasoner": "standin-reasoner",
    "fake-embed": "standin-embed",
    "fake-rerank": "standin-rerank",
    "BAAI/bge-small-en-v1.5": "standin/hash-embedding",
}
LINE = (
    "RAGFlow dashboard lists datasets. Line {}: each dataset has documents, and each document is split into chunks "
    "before retrieval.\n"
)


def exchanges(noun: str) -> Iterator[dict[str, Any]]:
    for line in (CAPTURES / f"{noun}.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)


def content(size: int) -> bytes:
    """A text of that many bytes, as the recorded files had it."""
    return "".join(LINE.format(n) for n in range(size // 100 + 1)).encode()[:size]


class Player:
    """Lives through recorded exchanges with one fresh tenant."""

    def __init__(self, base_url: str, key: str) -> None:
        self.base_url, self.key = base_url, key
        self.ids: dict[str, str] = {}
        self.http = requests.Session()
        self.http.trust_env = False

    def translated(self, value: Any) -> Any:
        """Recorded ids and model names as the stand-in has them."""
        text = json.dumps(value)
        text = ID.sub(lambda match: self.ids.get(match[0], match[0]), text)
        for theirs, ours in MODELS.items():
            text = text.replace(theirs, ours)
        return json.loads(text)

    def learn(self, recorded: Any, live: Any) -> None:
        """Maps recorded ids to the live ids in their place."""
        if isinstance(recorded, dict) and isinstance(live, dict):
            for key, value in recorded.items():
                self.learn(value, live.get(key))
        elif isinstance(recorded, list) and isinstance(live, list):
            for one, other in zip(recorded, live, strict=False):
                self.learn(one, other)
        elif isinstance(recorded, str) and isinstance(live, str) and ID.fullmatch(recorded) and ID.fullmatch(live):
            self.ids.setdefault(recorded, live)

    def play(self, exchange: dict[str, Any]) -> requests.Response:
        request = self.translated(exchange["request"])
        authorization = request.get("authorization", f"Bearer {self.key}")
        headers = {"Authorization": authorization.replace("<API_KEY>", self.key)} if authorization else {}
        more: dict[str, Any] = {"params": request.get("query"), "json": request.get("json")}
        if "raw" in request:
            more["data"] = request["raw"]
            headers["Content-Type"] = request["content_type"]
        if "form" in request:
            more["data"] = request["form"]["fields"]
            files = request["form"]["files"]
            more["files"] = [(field, (name, content(size))) for field, name, size in files] or {"": ("", b"")}
        url = self.base_url + request["path"]
        answer = self.http.request(request["method"], url, headers=headers, timeout=30, **more)
        if request["method"] == "POST" and re.fullmatch(r"/api/v1/datasets/\w+/chunks", request["path"]):
            self.settle(url)
        return answer

    def settle(self, url: str) -> None:
        """Waits until nothing of the dataset is running: the recording waited there, too."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            answer = self.http.get(
                url.replace("/chunks", "/documents"),
                params={"run": "RUNNING"},
                headers={"Authorization": f"Bearer {self.key}"},
                timeout=10,
            ).json()
            if answer["code"] != 0 or not answer["data"]["docs"]:
                return
            time.sleep(0.02)
        raise AssertionError("the stand-in does not finish parsing")
