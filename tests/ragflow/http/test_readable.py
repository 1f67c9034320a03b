"""Unreadable values cost only themselves: NaN, null, invalid UTF-8, endless nesting."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.chat.sse import AnswerReader, References, Replace
from dashboard.ragflow.errors import InvalidResponse
from dashboard.ragflow.http.json_repair import DEEPEST, decode, readable
from dashboard.ragflow.resources.graph import JobKind
from dashboard.ragflow.resources.metadata import Put
from tests.support.code import growth
from tests.support.ragflow import things
from tests.support.ragflow.fake_upstream import FakeServer, Reply

ANYTHING: msgspec.json.Decoder[Any] = msgspec.json.Decoder()

TEXTS = {
    "numbers": (b'{"a":NaN,"b":[-Infinity,Infinity , 1e999,-1.5E+400]}', {"a": None, "b": [None] * 4}),
    "words": (rb'{"a":"NaN, \"Infinity\", 1e999\\","b":NaN}', {"a": 'NaN, "Infinity", 1e999\\', "b": None}),
    "numbers that are some": (b'{"a":1e308,"b":1e-999,"c":"\xff"}', {"a": 1e308, "b": 0.0, "c": "\ufffd"}),
    "bytes": (b'{"a":"M\xfcller \xe4","b":"\xc3\xbc"}', {"a": "M\ufffdller \ufffd", "b": "ü"}),
    "half a pair": (rb'{"a":"\ud800","b":"\ud83d\ude00","c":"\\ud800"}', {"a": "\ufffd", "b": "😀", "c": "\\ud800"}),
    "half a pair after a backslash": (rb'{"a":"\\ud83d\ude00"}', {"a": "\\ud83d\ufffd"}),
    "a key": (rb'{"\udc00":1}', {"\ufffd": 1}),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_json_cannot_say_is_put_right(name: str) -> None:
    body, right = TEXTS[name]
    assert decode(body, ANYTHING) == right


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 3000 + b"1" + b"}" * 3000, b"{", b"NaN,", b'"\xff', b""])
def test_what_cannot_be_read_at_all_is_one_kind_of_error(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(body, msgspec.json.Decoder(dict[str, Any]))


@pytest.mark.parametrize("part", [b"NaN,", rb"\u0000", b"1e999,", b"\\", b'"', rb"\"", b"\xff", b"0", b"-", b'"NaN"'])
def test_a_flood_is_looked_at_in_time_that_grows_with_its_length(part: bytes) -> None:
    def mend(body: bytes) -> None:
        with contextlib.suppress(msgspec.DecodeError):
            readable(body)

    assert growth.too_fast(mend, part) == ""


DOCUMENTS = {"code": 0, "data": {"docs": [things.document_row(), things.document_row(id=things.OTHER_ID)], "total": 2}}


def documents(**changes: Any) -> dict[str, Any]:
    """A list of two documents of which the first is another."""
    found = copy.deepcopy(DOCUMENTS)
    found["data"]["docs"][0] |= changes  # type: ignore[index]
    return found


def test_one_nan_in_a_documents_metadata_costs_that_value(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply(documents(meta_fields={"price": float("nan"), "author": "NaN"}, progress=float("inf"))))
    first, second = client.documents.list(things.DATASET_ID)
    assert first.meta_fields == {"price": None, "author": "NaN"}
    assert (first.name, second.name) == ("alpha.txt", "alpha.txt")
    assert [row.meta_fields for row in client.documents.metadata(things.DATASET_ID, 1, 10)] == [first.meta_fields, {}]


def test_a_name_that_is_no_utf_8_costs_its_letter(fake: FakeServer, client: RAGFlow) -> None:
    body = json.dumps(documents(name="Muller")).encode().replace(b"Muller", b"M\xfcller")
    fake.on("GET", ".*", Reply(body=body))
    assert [row.name for row in client.documents.list(things.DATASET_ID)] == ["M\ufffdller", "alpha.txt"]
    assert client.documents.get(things.DATASET_ID, things.OTHER_ID).name == "alpha.txt"


@pytest.mark.parametrize("depth", [600, 3000, 100_000])
def test_metadata_that_nest_deeply_are_no_failure_of_ours(depth: int, fake: FakeServer, client: RAGFlow) -> None:
    """Python 3.11 reads some 900 levels, later ones 10,000: what comes through is left out before anybody walks it."""
    body = json.dumps(documents(meta_fields={"deep": "@", "author": "Ann"})).encode()
    fake.on("GET", ".*", Reply(body=body.replace(b'"@"', b"[" * depth + b"]" * depth)))
    try:
        kept = [row.meta_fields for row in client.documents.list(things.DATASET_ID)]
    except InvalidResponse as error:
        kept = [{"author": "Ann"}, {}] if depth > 600 else [{"error": error.message}]
    assert kept == [{"author": "Ann"}, {}]


def test_lists_in_lists_of_metadata_stay(fake: FakeServer, client: RAGFlow) -> None:
    deep: Any = "x"
    for _ in range(DEEPEST - 1):
        deep = [deep]
    fake.on("GET", ".*", Reply(documents(meta_fields={"deep": deep})))
    assert next(iter(client.documents.list(things.DATASET_ID))).meta_fields == {"deep": deep}


def test_a_message_that_is_no_utf_8_is_still_a_refusal(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply(body=b'{"code":102,"message":"Kein Zutritt f\xfcr Sie"}'))
    with pytest.raises(Exception, match="Kein Zutritt f\ufffdr Sie"):
        client.datasets.list()


@pytest.mark.parametrize("milliseconds", [1e300, -1e300, float("nan"), 8.64e17])
def test_a_moment_that_no_calendar_has_is_no_moment(milliseconds: float, fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply(documents(create_time=milliseconds)))
    assert next(iter(client.documents.list(things.DATASET_ID))).created_at is None


# -- nulls -----------------------------------------------------------------------------------------------------------

SOURCE = {
    "id": "c1", "content": "text", "document_id": things.DOCUMENT_ID, "document_name": "a.txt",
    "dataset_id": [things.DATASET_ID], "image_id": "", "positions": [[1, 2, 3, 4, 5]], "similarity": 0.5,
    "vector_similarity": 0.5, "term_similarity": 0.5, "highlight": "text", "important_keywords": ["k"],
}  # fmt: skip
MESSAGES = [
    {"role": "assistant", "content": "Hi", "reference": {"total": 1, "chunks": [SOURCE]}},
    {"role": "user", "content": "Why?"},
    {"role": "assistant", "content": "So.", "reference": [SOURCE]},
]
TASK = {
    "id": "t1", "doc_id": things.DOCUMENT_ID, "progress": 0.5, "progress_msg": "", "process_duration": 1.0,
    "create_time": 1.0, "update_time": 1.0,
}  # fmt: skip
NODE = {"id": "n", "entity_type": "t", "description": "d", "pagerank": 0.5, "source_id": [things.DOCUMENT_ID]}
EDGE = {
    "source": "n", "target": "n", "description": "d", "keywords": ["k"], "weight": 1.0,
    "source_id": [things.DOCUMENT_ID],
}  # fmt: skip
DATASET = {
    "id": things.DATASET_ID, "name": "Handbook", "chunk_method": "naive", "document_count": 1, "token_num": 1,
    "parser_config": {"raptor": {"use_raptor": False}}, "create_time": 1.0, "pagerank": 0,
}  # fmt: skip
CALLS: dict[str, tuple[Any, Callable[[RAGFlow], Any]]] = {
    "datasets": ([DATASET, DATASET], lambda c: c.datasets.list().items),
    "documents": (DOCUMENTS["data"], lambda c: c.documents.list(things.DATASET_ID).items),
    "metadata of documents": (DOCUMENTS["data"], lambda c: c.documents.metadata(things.DATASET_ID, 1, 10).items),
    "chunks": (things.chunk_list(things.chunk(), things.chunk())["data"], lambda c: c.chunks.list(things.document())),
    "assistants": ([things.assistant_row(), things.assistant_row()], lambda c: c.chats.list().items),
    "sessions": (
        [{"id": things.SESSION_ID, "name": "One", "chat_id": things.ASSISTANT_ID, "messages": MESSAGES}] * 2,
        lambda c: c.sessions.list(things.ASSISTANT_ID).items,
    ),
    "retrieval": (
        {"total": 2, "chunks": [SOURCE, SOURCE], "doc_aggs": [{"doc_id": "d", "doc_name": "a", "count": 2}]},
        lambda c: c.retrieval.search("q", [things.DATASET_ID]).hits,
    ),
    "keys of metadata": (
        {"summary": {"a": {"type": "string", "values": [["x", 1]]}, "b": {"type": "number", "values": [[2, 1]]}}},
        lambda c: c.metadata.summary(things.DATASET_ID),
    ),
    "a change of metadata": (
        {"matched_docs": 1, "updated": 1},
        lambda c: [c.metadata.update([things.document()], [Put("a", "b")])] * 2,
    ),
    "graph": (
        {"graph": {"nodes": [NODE, NODE], "edges": [EDGE]}, "mind_map": {"id": "root", "children": []}},
        lambda c: [c.graph.get(things.DATASET_ID)] * 2,
    ),
    "job": (TASK, lambda c: [c.graph.trace(things.DATASET_ID, JobKind.GRAPH)] * 2),
    "models": (
        {"A": [{"llm_name": "m", "model_type": "chat", "fid": "A", "available": True, "status": "1"}] * 2, "B": []},
        lambda c: [c.system.models()] * 2,
    ),
    "defaults": ({"tenant_id": "t", "name": "n", "llm_id": "m@A"}, lambda c: [c.system.defaults()] * 2),
    "an upload": (
        [{"id": things.DOCUMENT_ID, "dataset_id": things.DATASET_ID, "name": "a.txt", "size": 4, "chunk_method": "n"}],
        lambda c: [c.documents.upload(things.dataset(), "a.txt", _Four(), 4)] * 2,
    ),
}
# Without these an answer says nothing, and to take it for an empty list would be a lie.
NEEDED = {"id", "docs", "total", "chunks", "doc", "summary"}


class _Four:
    def read(self, size: int, /) -> bytes:
        return b"abcd"[:size]


def nulled(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The data with null in one place, for every place of it but those that are needed."""
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in parts:
        here = f"{path}.{key}"
        is_row = isinstance(key, int) and path in ("", ".docs", ".chunks")
        is_needed = key in NEEDED and "reference" not in path
        if not is_row and not is_needed:
            yield here, _with(data, key, None)
        yield from ((inner, _with(data, key, changed)) for inner, changed in nulled(value, here))


def _with(data: Any, key: Any, value: Any) -> Any:
    changed = copy.copy(data)
    changed[key] = value
    return changed


@pytest.mark.parametrize("name", CALLS)
def test_a_null_costs_its_row_a_field_and_not_the_list(name: str, fake: FakeServer, client: RAGFlow) -> None:
    data, call = CALLS[name]
    lost = []
    for place, changed in nulled(data):
        for method in ("GET", "POST"):
            fake.on(method, ".*", Reply({"code": 0, "data": changed, "total_datasets": None}))
        try:
            if len(list(call(client))) < 2:
                lost.append(f"{place}: a row is gone")
        except InvalidResponse as error:
            lost.append(f"{place}: {error.message}")
    assert lost == []


def test_a_null_name_is_an_empty_one(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*/documents", Reply(documents(name=None, dataset_id=None)))
    first, second = client.documents.list(things.DATASET_ID)
    assert (first.name, first.dataset_id, second.name) == ("", things.DATASET_ID, "alpha.txt")
    fake.on("GET", ".*/chunks", Reply(things.chunk_list(things.chunk(content=None, document_id=None))))
    chunk = next(iter(client.chunks.list(things.document())))
    assert (chunk.content, chunk.document_id, chunk.document_name) == ("", things.DOCUMENT_ID, "alpha.txt")
    fake.on("GET", ".*/chats", Reply({"code": 0, "data": [things.assistant_row(name=None, datasets=[{"id": None}])]}))
    assistant = next(iter(client.chats.list()))
    assert (assistant.name, assistant.datasets) == ("", ())


@pytest.mark.parametrize("data", [None, {"docs": None, "total": 0}, {"docs": [], "total": None}, {"docs": [None]}])
def test_a_list_that_is_not_there_is_not_an_empty_one(data: Any, fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", ".*", Reply({"code": 0, "data": data}))
    with pytest.raises(InvalidResponse):
        client.documents.list(things.DATASET_ID)


# -- sources ---------------------------------------------------------------------------------------------------------

ODD = {"nan": float("nan"), "a list": ["x"], "an object": {"a": 1}, "a word": "high"}


def final(reference: Any) -> bytes:
    return json.dumps({"code": 0, "data": {"answer": "So [ID:1].", "reference": reference, "final": True}}).encode()


@pytest.mark.parametrize("odd", ODD)
def test_a_source_that_cannot_be_read_costs_that_source_and_keeps_its_place(odd: str) -> None:
    reader = AnswerReader()
    events = reader.read(final({"total": 2, "chunks": [SOURCE | {"similarity": ODD[odd]}, SOURCE]}))
    assert events[0] == Replace("So [ID:1].")
    assert isinstance(events[1], References)
    assert [one.id for one in reader.sources][1:] == ["c1"]
    assert reader.sources[0].similarity is None
    assert reader.sources[1].similarity == 0.5


@pytest.mark.parametrize("chunks", [5, "none", {"0": SOURCE}, None, [5, "x", None]])
def test_sources_that_cannot_be_read_cost_only_the_sources(chunks: Any) -> None:
    reader = AnswerReader()
    reader.read(final({"total": None, "chunks": chunks}))
    assert reader.text == "So [ID:1]."
    assert [one.content for one in reader.sources] == ([""] * 3 if isinstance(chunks, list) else [])


def test_a_frame_with_nan_or_foreign_bytes_is_read() -> None:
    reader = AnswerReader()
    reader.read(b'data:{"code":0,"data":{"answer":"M\xfcller","reference":{},"final":false,"prompt":NaN}}'[5:])
    assert reader.text == "M\ufffdller"


@pytest.mark.parametrize("data", [b'{"code":0,"data":' + b"[" * 100_000, b'{"code":0,"data":{"answer":5}}', b"\xff"])
def test_a_frame_that_cannot_be_read_is_garbled(data: bytes) -> None:
    with pytest.raises(InvalidResponse):
        AnswerReader().read(data)


def test_a_stored_session_with_an_odd_source_keeps_its_messages(fake: FakeServer, client: RAGFlow) -> None:
    odd = [MESSAGES[0] | {"reference": {"chunks": [SOURCE | {"image_id": 7}, SOURCE]}}, *MESSAGES[1:]]
    fake.on("GET", ".*", Reply({"code": 0, "data": [{"id": things.SESSION_ID, "name": "One", "messages": odd}]}))
    (session,) = client.sessions.list(things.ASSISTANT_ID)
    assert [message.content for message in session.messages] == ["Hi", "Why?", "So."]
    assert [one.id for one in session.messages[2].sources] == ["", "c1"]


def test_a_hit_that_cannot_be_read_keeps_its_rank(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", ".*", Reply({"code": 0, "data": {"total": 2, "chunks": [SOURCE | {"highlight": 7}, SOURCE]}}))
    assert [hit.id for hit in client.retrieval.search("q", [things.DATASET_ID]).hits] == ["", "c1"]
