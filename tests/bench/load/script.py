"""What the scripted RAGFlow answers: rows of datasets, documents and chunks, as a script wants them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.bench.load import large, rows

# What 0.24 answers with 404 as well, and the dashboard asks to tell the version (contract §23)
NEWER = ("/api/v1/system/version",)


@dataclass
class Script:
    """What to play: list lengths, delays in seconds by kind of call, and the pace of chat answers.

    ``mixed``: the documents are in all states and carry metadata, as in a dataset that people work in.
    """

    datasets: int = 100
    documents: int = 100
    running: int = 0
    mixed: bool = False
    frames: int = 250
    rate: float = 50.0
    delays: dict[str, float] = field(default_factory=dict)
    began: float = 0.0

    def progress(self) -> float:
        """Of the documents that run: half a percent more each second, so that every look finds some movement."""
        return min(0.99, 0.01 + (time.monotonic() - self.began) / 200)


@dataclass
class Received:
    """One request; times in seconds of the monotonic clock. ``body`` is its JSON."""

    method: str
    target: str
    started: float
    ended: float = 0.0
    bytes: int = 0
    body: str = ""


class State:
    def __init__(self) -> None:
        self.script = Script()
        self.received: list[Received] = []
        self.unknown: set[str] = set()
        self.uploads = 0


def answer(state: State, method: str, target: str, head: bytes, body_size: int) -> tuple[str, int, bytes]:
    """(kind of call, HTTP status, JSON body)."""
    url = urlsplit(target)
    kind, data = _route(state, f"{method} {url.path}", parse_qs(url.query), head, body_size)
    if kind == "unknown":
        if url.path not in NEWER:
            state.unknown.add(f"{method} {url.path}")
        return kind, 404, msgspec.json.encode({"code": 404, "message": f"Not Found: {url.path}", "data": None})
    return kind, 200, data


def _route(state: State, call: str, query: dict[str, list[str]], head: bytes, size: int) -> tuple[str, bytes]:
    method, path = call.split(" ", 1)
    read = method == "GET"
    if path == "/api/v1/datasets" and read:
        return "datasets", msgspec.json.encode(_datasets(state.script, query))
    if re.fullmatch(r"/api/v1/datasets/\w+/documents", path):
        if read:
            return "documents", msgspec.json.encode({"code": 0, "data": _documents(state.script, query)})
        if method == "POST":
            state.uploads += 1
            return "upload", _ok([_uploaded(head, size, state.uploads)])
    if re.fullmatch(r"/api/v1/datasets/\w+/chunks", path):
        return "parse", _ok()
    if re.fullmatch(r"/api/v1/datasets/\w+/documents/\w+/chunks", path) and read:
        return "chunks", _ok(_chunks(state.script, path.split("/")[-2], query))
    if path == "/api/v1/retrieval":
        return "retrieval", _ok(large.retrieval())
    if re.fullmatch(r"/api/v1/datasets/\w+/(metadata/summary|knowledge_graph|trace_\w+)", path) and read:
        kind = path.rpartition("/")[2]
        graph = {"graph": large.graph(), "mind_map": {}}
        found = {"summary": {"summary": large.summary(state.script.documents)}, "knowledge_graph": graph}
        return kind, _ok(found.get(kind, {}))
    if path == "/api/v1/chats" and read:
        return "chats", _ok([rows.chat()] if _page(query) == 1 else [])
    if re.fullmatch(r"/api/v1/chats/\w+/sessions", path):
        wanted = query.get("id") or [rows.session_id(number) for number in range(3)]
        return "sessions", _ok([rows.session(one) for one in wanted] if read else rows.session(rows.session_id(0)))
    known = {
        "/v1/system/healthz": {"db": "ok", "redis": "ok", "doc_engine": "ok", "storage": "ok", "status": "ok"},
        "/v1/system/version": {"code": 0, "message": "success", "data": "v0.24.0"},
        "/v1/user/tenant_info": {"code": 0, "message": "success", "data": rows.defaults()},
        "/v1/llm/list": {"code": 0, "message": "success", "data": rows.models()},
        "/v1/kb/basic_info": {"code": 0, "data": {"processing": state.script.running, "finished": 97, "failed": 0}},
    }
    return ("small", msgspec.json.encode(known[path])) if path in known and read else ("unknown", b"")


def _ok(data: Any = None) -> bytes:
    return msgspec.json.encode({"code": 0} if data is None else {"code": 0, "data": data})


def _page(query: dict[str, list[str]]) -> int:
    return int(query.get("page", ["1"])[0])


def _span(query: dict[str, list[str]], total: int) -> range:
    size = int(query.get("page_size", ["30"])[0])
    first = (max(1, _page(query)) - 1) * size
    return range(min(first, total), min(first + size, total))


def _datasets(script: Script, query: dict[str, list[str]]) -> dict[str, Any]:
    if "id" in query:
        found = [n for n in range(script.datasets) if rows.dataset_id(n) == query["id"][0]]
        return {"code": 0, "data": [rows.dataset(n) for n in found], "total_datasets": len(found)}
    span = _span(query, script.datasets)
    return {"code": 0, "data": [rows.dataset(n) for n in span], "total_datasets": script.datasets}


def _documents(script: Script, query: dict[str, list[str]]) -> dict[str, Any]:
    if script.mixed:
        numbers: Sequence[int] = large.numbers(script.documents, json.dumps(query, sort_keys=True))
    else:
        wanted = {"RUNNING": range(script.running), "DONE": range(script.running, script.documents)}
        names = query.get("run")
        numbers = [n for name in names for n in wanted.get(name, ())] if names else list(range(script.documents))
        if "id" in query:
            numbers = [n for n in numbers if rows.document(n)["id"] == query["id"][0]]
    shown = [numbers[place] for place in _span(query, len(numbers))]
    return {"docs": [_document(script, n) for n in shown], "total": len(numbers)}


def _document(script: Script, number: int) -> dict[str, Any]:
    if script.mixed:
        return large.document(number)
    return rows.document(number, script.progress() if number < script.running else None)


def _chunks(script: Script, document: str, query: dict[str, list[str]]) -> dict[str, Any]:
    shown = [large.chunk(document, n) for n in _span(query, large.CHUNKS)]
    return {"chunks": shown, "doc": _document(script, int(document[:8], 16)), "total": large.CHUNKS}


def _uploaded(head: bytes, size: int, number: int) -> dict[str, Any]:
    name = re.search(rb'filename="([^"]*)"', head)
    boundary = head.partition(b"\r\n")[0]
    overhead = head.find(b"\r\n\r\n") + 4 + len(boundary) + 6
    return rows.uploaded(name.group(1).decode() if name else "unnamed.bin", max(0, size - overhead), number)
