"""What the scripted RAGFlow answers: rows of datasets, documents and chunks, as a script wants them."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.bench.load import large, newer, rows

# What the dashboard asks to tell the release, which is a 404 on some.
RELEASE_PATHS = ("/api/v1/system/version", "/v1/system/version", "/api/v1/language")


HEALTH = {"db": "ok", "redis": "ok", "doc_engine": "ok", "storage": "ok", "status": "ok"}


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
    """``is_new``: RAGFlow 0.27, otherwise 0.24."""

    def __init__(self, *, is_new: bool) -> None:
        self.is_new = is_new
        self.script = Script()
        self.received: list[Received] = []
        self.unknown: set[str] = set()
        self.uploads = 0


def answer(state: State, method: str, target: str, head: bytes, body_size: int) -> tuple[str, int, bytes]:
    """(kind of call, HTTP status, JSON body)."""
    url = urlsplit(target)
    query = parse_qs(url.query)
    if state.is_new and int(query.get("page_size", ["30"])[0]) > newer.LARGEST_PAGE:
        state.unknown.add(f"{method} {url.path} with more than {newer.LARGEST_PAGE} rows")
        return "refused", 200, msgspec.json.encode({"code": 100, "data": None, "message": newer.TOO_LARGE})
    kind, data = _route(state, f"{method} {url.path}", query, head, body_size)
    if kind == "unknown":
        if url.path not in RELEASE_PATHS:
            state.unknown.add(f"{method} {url.path}")
        return kind, 404, msgspec.json.encode({"code": 404, "message": f"Not Found: {url.path}", "data": None})
    return kind, 200, data


def _route(state: State, call: str, query: dict[str, list[str]], head: bytes, size: int) -> tuple[str, bytes]:
    method, path = call.split(" ", 1)
    read = method == "GET"
    if path == "/api/v1/datasets" and read:
        return "datasets", msgspec.json.encode(_datasets(state, query))
    if re.fullmatch(r"/api/v1/datasets/\w+/documents", path):
        if read:
            return "documents", _ok(_documents(state, query))
        if method == "POST":
            state.uploads += 1
            return "upload", _ok([_uploaded(head, size, state.uploads)])
    if re.fullmatch(r"/api/v1/datasets/\w+/documents/parse" if state.is_new else r"/api/v1/datasets/\w+/chunks", path):
        return "parse", _ok({"success_count": 1} if state.is_new else None)
    if re.fullmatch(r"/api/v1/datasets/\w+/documents/\w+/chunks", path) and read:
        return "chunks", _ok(_chunks(state, path.split("/")[-2], query))
    if path == "/api/v1/retrieval":
        return "retrieval", _ok(large.retrieval())
    if found := re.fullmatch(r"/api/v1/chats/\w+/sessions(?:/(\w+))?", path):
        return "sessions", _ok(_sessions(state, query, found[1], many=read))
    if not read:
        return "unknown", b""
    if re.fullmatch(r"/api/v1/datasets/\w+/metadata/summary", path):
        return "summary", _ok({"summary": large.summary(state.script.documents)})
    return _new(state, path, query) if state.is_new else _old(state, path, query)


def _old(state: State, path: str, query: dict[str, list[str]]) -> tuple[str, bytes]:
    """What only 0.24 is asked for, or answers otherwise."""
    if re.fullmatch(r"/api/v1/datasets/\w+/knowledge_graph", path):
        return "knowledge_graph", _ok({"graph": large.graph(), "mind_map": {}})
    if found := re.fullmatch(r"/api/v1/datasets/\w+/(trace_\w+)", path):
        return found[1], _ok({})
    if path == "/api/v1/chats":
        return "chats", _ok([rows.chat()] if _page(query) == 1 else [])
    known = {
        "/v1/system/healthz": HEALTH,
        "/v1/system/version": {"code": 0, "message": "success", "data": "v0.24.0"},
        "/v1/user/tenant_info": {"code": 0, "message": "success", "data": rows.defaults()},
        "/v1/llm/list": {"code": 0, "message": "success", "data": rows.models()},
        "/v1/kb/basic_info": {"code": 0, "data": {"processing": state.script.running, "finished": 97, "failed": 0}},
    }
    return ("small", msgspec.json.encode(known[path])) if path in known else ("unknown", b"")


def _new(state: State, path: str, query: dict[str, list[str]]) -> tuple[str, bytes]:
    """The same of 0.27."""
    if re.fullmatch(r"/api/v1/datasets/\w+/graph", path):
        return "knowledge_graph", _ok({"graph": large.graph(), "mind_map": {}})
    if re.fullmatch(r"/api/v1/datasets/\w+/index", path):
        return "index", _ok({})
    if path == "/api/v1/chats":
        return "chats", _ok({"chats": [newer.chat()] if _page(query) == 1 else [], "total": 1})
    if re.fullmatch(r"/api/v1/chats/\w+", path):
        return "chats", _ok(newer.chat())
    known = {
        "/api/v1/system/version": "v0.27.0",
        "/api/v1/language": {"language": "python"},
        "/api/v1/models": newer.models(),
        "/api/v1/models/default": newer.defaults(),
        "/api/v1/compilation-template-groups": {"groups": [], "total": 0},
        "/api/v1/compilation-templates/builtins": [],
    }
    if path == "/api/v1/system/healthz":
        return "small", msgspec.json.encode(HEALTH)
    return ("small", _ok(known[path])) if path in known else ("unknown", b"")


def _ok(data: Any = None) -> bytes:
    return msgspec.json.encode({"code": 0} if data is None else {"code": 0, "data": data})


def _page(query: dict[str, list[str]]) -> int:
    return int(query.get("page", ["1"])[0])


def _span(query: dict[str, list[str]], total: int) -> range:
    size = int(query.get("page_size", ["30"])[0])
    first = (max(1, _page(query)) - 1) * size
    return range(min(first, total), min(first + size, total))


def _datasets(state: State, query: dict[str, list[str]]) -> dict[str, Any]:
    script = state.script
    total, span = script.datasets, _span(query, script.datasets)
    if wanted := query.get("id") or query.get("ids"):
        chosen = [n for n in range(script.datasets) if rows.dataset_id(n) in wanted]
        total, span = len(chosen), chosen
    found = [rows.dataset(n) for n in span]
    if state.is_new:
        states = Counter(_states(script)) if "include_parsing_status" in query else None
        found = [newer.dataset(row, states) for row in found]
    return {"code": 0, "data": found, "total_datasets": total}


def _states(script: Script) -> Iterator[str]:
    """The state of each document."""
    if script.mixed:
        return map(large.state, range(script.documents))
    return ("RUNNING" if n < script.running else "DONE" for n in range(script.documents))


def _documents(state: State, query: dict[str, list[str]]) -> dict[str, Any]:
    script = state.script
    if script.mixed:
        numbers: Sequence[int] = large.numbers(script.documents, json.dumps(query, sort_keys=True))
    else:
        wanted = {"RUNNING": range(script.running), "DONE": range(script.running, script.documents)}
        names = query.get("run")
        numbers = [n for name in names for n in wanted.get(name, ())] if names else list(range(script.documents))
        if wanted_ids := query.get("id") or query.get("ids"):
            numbers = [n for n in numbers if rows.document(n)["id"] in wanted_ids]
    if query.get("type") == ["filter"]:
        states = list(_states(script))
        return newer.counts(states[n] for n in numbers)
    shown = [numbers[place] for place in _span(query, len(numbers))]
    return {"docs": [_document(state, n) for n in shown], "total": len(numbers)}


def _document(state: State, number: int) -> dict[str, Any]:
    script = state.script
    if script.mixed:
        row = large.document(number)
    else:
        row = rows.document(number, script.progress() if number < script.running else None)
    return newer.document(row) if state.is_new else row


def _sessions(state: State, query: dict[str, list[str]], one: str | None, *, many: bool) -> Any:
    make = newer.session if state.is_new else rows.session
    if one or not many:
        return make(one or rows.session_id(0))
    return [make(identifier) for identifier in query.get("id") or [rows.session_id(number) for number in range(3)]]


def _chunks(state: State, document: str, query: dict[str, list[str]]) -> dict[str, Any]:
    shown = [large.chunk(document, n) for n in _span(query, large.CHUNKS)]
    return {"chunks": shown, "doc": _document(state, int(document[:8], 16)), "total": large.CHUNKS}


def _uploaded(head: bytes, size: int, number: int) -> dict[str, Any]:
    name = re.search(rb'filename="([^"]*)"', head)
    boundary = head.partition(b"\r\n")[0]
    overhead = head.find(b"\r\n\r\n") + 4 + len(boundary) + 6
    return rows.uploaded(name.group(1).decode() if name else "unnamed.bin", max(0, size - overhead), number)
