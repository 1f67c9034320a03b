"""All recorded exchanges of the nouns that the client speaks, and the client's own call for each of them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.completions.completions import Target
from dashboard.ragflow.dialects.completions import Kind, Wanted
from dashboard.ragflow.resources.graph import JobKind
from dashboard.ragflow.resources.metadata import Put
from tests.support.ragflow import things
from tests.support.ragflow.captures import recordings
from tests.support.ragflow.fake_upstream import Received, Reply

RELEASES = ("0.24.0", "0.25.4", "0.27.0")

ID = r"[^/]+"
DATASET = rf"/api/v1/datasets/{ID}"
DOCUMENT = rf"{DATASET}/documents/{ID}"
CHUNKS = rf"{DOCUMENT}/chunks"
SESSIONS = rf"/api/v1/chats/{ID}/sessions"

Call = Callable[[RAGFlow, "Exchange"], Any]


@dataclass(frozen=True)
class Exchange:
    """One recorded request and response."""

    release: str
    number: str
    name: str
    method: str
    path: str
    query: dict[str, Any]
    sent: Any
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> int | None:
        """RAGFlow's code; None for streams and files."""
        return self.body.get("code") if isinstance(self.body, dict) else None

    @property
    def is_json(self) -> bool:
        return "json" in self.headers.get("content-type", "application/json")

    @property
    def rows(self) -> int | None:
        """The number of rows that the response lists; None if it is no list."""
        data = self.body.get("data") if isinstance(self.body, dict) else None
        return len(data) if isinstance(data, list) else None

    @property
    def errors(self) -> Any:
        """What a success says was not done."""
        data = self.body.get("data") if isinstance(self.body, dict) else None
        return data.get("errors") if isinstance(data, dict) else None

    @property
    def is_refused(self) -> bool:
        """Whether the recorded request had no valid key."""
        return self.name.startswith("auth-") or "bad-key" in self.name or self.name.endswith("noauth")

    @property
    def reply(self) -> Reply:
        kind = self.headers.get("content-type", "application/json")
        headers = {name: value for name, value in self.headers.items() if name != "content-type"}
        if isinstance(self.body, str):
            content = self.body.encode()
        elif isinstance(self.body, dict) and "_binary_len" in self.body:
            content = b"." * min(self.body["_binary_len"], 1000)
        else:
            content = json.dumps(self.body).encode()
        return Reply(status=self.status, body=content, content_type=kind, headers=headers)

    def __str__(self) -> str:
        return f"{self.release}-{self.number}-{self.name}"


class Expected(NamedTuple):
    """The path (a regular expression) of the call that receives a response, the types that it may return, the call."""

    path: str
    returns: list[str]
    call: Call


@cache
def exchanges(release: str) -> tuple[Exchange, ...]:
    """The exchanges of a release in the order in which they happened."""
    return tuple(_read(release))


@cache
def twins(release: str) -> dict[str, Exchange]:
    """The exchanges of a release by name."""
    return {exchange.name: exchange for exchange in exchanges(release)}


def call_of(exchange: Exchange) -> Expected | None:
    """The client's call that would receive this response; None if there is none.

    The client never asks without streaming, uploads one file at a time, and never asks for raw rows or
    deletes by ``chat_id``.
    """
    if exchange.query.keys() & {"type", "return_raw_files"} or "chat_id" in (exchange.sent or {}):
        return None
    if exchange.sent is not None and "completions" in exchange.path and exchange.is_json and exchange.code == 0:
        return None
    if exchange.method == "POST" and exchange.path.endswith("/documents") and exchange.rows not in (None, 1):
        return None
    for method, path, returns, call in _CALLS:
        if re.fullmatch(method, exchange.method) and re.fullmatch(path, exchange.path):
            return Expected(path, returns.split(), call)
    return None


def around(request: Received) -> Reply:
    """The response to a read that the client makes before or after the call in question."""
    if re.fullmatch(rf"{SESSIONS}(/{ID})?", request.path):
        return Reply({"code": 102, "message": "Session not found"})
    row: Any = [{"id": things.DATASET_ID, "name": "Handbook", "chunk_method": "naive"}]
    if re.fullmatch(CHUNKS, request.path):
        return Reply(things.chunk_list(things.chunk()))
    if re.fullmatch(rf"{DATASET}/documents", request.path):
        row = {"docs": [things.document_row(run="UNSTART")], "total": 1}
    elif request.path == "/api/v1/chats":
        row = [things.assistant_row()]
    elif request.path.startswith("/api/v1/chats/"):
        row = things.assistant_row()
    return Reply({"code": 0, "data": row})


def _read(release: str) -> Iterator[Exchange]:
    for number, recorded in sorted(recordings(release).items()):
        request, response = recorded["request"], recorded["response"]
        yield Exchange(
            release=release,
            number=number,
            name=recorded["name"],
            method=request["method"],
            path=request["path"].partition("?")[0],
            query=dict(request.get("query") or {}),
            sent=request.get("json"),
            status=response["status"],
            headers=response["headers"],
            body=response["body"],
        )


def _id(exchange: Exchange, place: int) -> str:
    return exchange.path.split("/")[place]


def _datasets(client: RAGFlow, exchange: Exchange) -> Any:
    wanted = exchange.query.get("id")
    return client.datasets.get(str(wanted)) if wanted else client.datasets.list()


def _documents(client: RAGFlow, exchange: Exchange) -> Any:
    dataset_id = _id(exchange, 4)
    if exchange.query.get("id"):
        return client.documents.get(dataset_id, str(exchange.query["id"]))
    return client.documents.list(dataset_id)


def _chats(client: RAGFlow, exchange: Exchange) -> Any:
    wanted = exchange.query.get("id")
    return client.chats.get(str(wanted)) if wanted else client.chats.list()


def _conversation(client: RAGFlow, exchange: Exchange) -> Any:
    conversation = client.sessions.ask(things.session(), "What is a zebra?")
    for _ in conversation:
        pass
    return conversation


def _completion(client: RAGFlow, exchange: Exchange) -> Any:
    """The answer, read as a stream if it is one."""
    kind: Kind = "agent" if "agent" in exchange.path else "assistant"
    target = Target(kind, things.ASSISTANT_ID, "Helper")
    wanted = Wanted((("user", "What is a zebra?"),))
    if exchange.is_json:
        return client.completions.ask(target, wanted)[0]
    with client.completions.stream(target, wanted) as stream:
        for _ in stream:
            pass
    return stream.completion


_CALLS: tuple[tuple[str, str, str, Call], ...] = (
    ("GET", "/api/v1/datasets", "Page Dataset", _datasets),
    ("POST", "/api/v1/datasets", "Dataset", lambda client, _: client.datasets.create(name="Handbook")),
    ("PUT", DATASET, "Dataset", lambda client, _: client.datasets.update(things.dataset(), name="Other")),
    ("DELETE", "/api/v1/datasets", "DeleteOutcome", lambda client, _: client.datasets.delete([things.dataset()])),
    ("GET", rf"{DATASET}/documents", "Page Document", _documents),
    ("POST", rf"{DATASET}/documents", "UploadedDocument",
     lambda client, _: client.documents.upload(things.dataset(), "alpha.txt", io.BytesIO(b"a"), 1)),
    ("DELETE", rf"{DATASET}/documents", "DeleteOutcome",
     lambda client, _: client.documents.delete([things.document()])),
    ("GET", DOCUMENT, "Download",
     lambda client, one: client.documents.download(things.document(dataset_id=_id(one, 4), id=_id(one, 6)))),
    ("PATCH", rf"{DATASET}/documents/metadatas", "MetadataOutcome",
     lambda client, _: client.metadata.update([things.document()], [Put("author", "Ada")])),
    ("PUT|PATCH", DOCUMENT, "Document",
     lambda client, _: client.documents.update(things.document(), name="beta.txt", just_read=True)),
    ("POST", rf"{DATASET}/(chunks|documents/parse)", "NoneType",
     lambda client, _: client.documents.parse(things.document())),
    ("DELETE", rf"{DATASET}/chunks", "NoneType", lambda client, _: client.documents.stop(things.document())),
    ("POST", rf"{DATASET}/documents/stop", "NoneType", lambda client, _: client.documents.stop(things.document())),
    ("GET", CHUNKS, "ChunkPage", lambda client, one: client.chunks.read(_id(one, 4), _id(one, 6))),
    ("POST", CHUNKS, "Chunk", lambda client, _: client.chunks.add(things.document(), "Zebras.")),
    ("PUT|PATCH", rf"{CHUNKS}/{ID}", "Chunk",
     lambda client, _: client.chunks.update(things.chunk(), content="Zebras.")),
    ("DELETE", CHUNKS, "DeleteOutcome", lambda client, _: client.chunks.delete(things.document(), [things.chunk()])),
    ("GET", rf"{DATASET}/metadata/summary", "tuple", lambda client, one: client.metadata.summary(_id(one, 4))),
    ("POST", rf"{DATASET}/metadata/update", "MetadataOutcome",
     lambda client, _: client.metadata.update([things.document()], [Put("author", "Ada")])),
    ("POST", "/api/v1/retrieval", "Retrieval",
     lambda client, _: client.retrieval.search("zebra", [things.DATASET_ID])),
    ("GET", "/api/v1/chats", "Page Assistant", _chats),
    ("GET", rf"/api/v1/chats/{ID}", "Assistant", lambda client, one: client.chats.get(_id(one, 4))),
    ("POST", "/api/v1/chats", "Assistant", lambda client, _: client.chats.create(name="Helper")),
    ("PUT|PATCH", rf"/api/v1/chats/{ID}", "Assistant",
     lambda client, _: client.chats.update(things.assistant(), name="Other")),
    ("DELETE", "/api/v1/chats", "DeleteOutcome", lambda client, _: client.chats.delete([things.assistant()])),
    ("GET", SESSIONS, "Page Session", lambda client, one: client.sessions.list(_id(one, 4))),
    ("POST", SESSIONS, "Session", lambda client, _: client.sessions.create(things.assistant(), "First")),
    ("PUT|PATCH", rf"{SESSIONS}/{ID}", "Session", lambda client, _: client.sessions.rename(things.session(), "Other")),
    ("DELETE", SESSIONS, "DeleteOutcome", lambda client, _: client.sessions.delete([things.session()])),
    ("PUT", rf"{SESSIONS}/{ID}/messages/{ID}/feedback", "NoneType",
     lambda client, _: client.sessions.rate(things.session(), things.MESSAGE_ID, up=True)),
    ("DELETE", rf"{SESSIONS}/{ID}/messages/{ID}", "Session",
     lambda client, _: client.sessions.delete_message(things.session(), things.MESSAGE_ID)),
    ("POST", rf"/api/v1/chats/{ID}/completions|/api/v1/chat/completions", "Conversation", _conversation),
    ("POST", rf"/api/v1/(chats_openai|openai|agents_openai)/{ID}/chat/completions|/api/v1/agents/chat/completions",
     "Completion", _completion),
    ("POST", "/api/v1/sessions/related_questions|/api/v1/chat/recommendation", "tuple",
     lambda client, _: client.sessions.related_questions("What is a zebra?")),
    ("GET", rf"{DATASET}/(knowledge_graph|graph)", "Graph", lambda client, one: client.graph.get(_id(one, 4))),
    ("POST", rf"{DATASET}/(run_graphrag|index)", "str",
     lambda client, _: client.graph.run(things.dataset(), JobKind.GRAPH)),
    ("GET", rf"{DATASET}/(trace_graphrag|index)", "Job NoneType",
     lambda client, one: client.graph.trace(_id(one, 4), JobKind.GRAPH)),
    ("GET", r"/v1/llm/list|/api/v1/models", "tuple", lambda client, _: client.system.models()),
    ("GET", r"/v1/user/tenant_info|/api/v1/models/default", "Defaults", lambda client, _: client.system.defaults()),
    ("GET", "/v1/system/healthz", "Health", lambda client, _: client.system.health()),
)  # fmt: skip
