"""What newer releases answered about datasets, documents, chunks, metadata and retrieval means what it meant on 0.24.

Each recorded answer is given to the client's own call for it, on a server of its release; its twin is the answer of
0.24 to the same case. ``DIFFERENT`` has the cases in which RAGFlow itself behaves differently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import RAGFlowError
from dashboard.ragflow.releases import detection
from dashboard.ragflow.releases.release import NEWEST, Release, number_in
from dashboard.ragflow.resources.metadata import Put
from dashboard.ragflow.types import DeleteOutcome
from tests.support.ragflow import things
from tests.support.ragflow.captures import Capture, capture, numbers
from tests.support.ragflow.expected import upload
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Reply, serving

Read = Callable[[RAGFlow, Capture], Any]
WRITES = ("POST", "PUT", "PATCH", "DELETE")
ID = "[0-9a-f]{32}"
CHUNK = "[^/]+"


def query_of(recorded: Capture) -> dict[str, Any]:
    query = recorded.query or {}
    return dict(query) if isinstance(query, list) else query


def documents_of(client: RAGFlow, recorded: Capture) -> Any:
    query = query_of(recorded)
    if query.get("type") == "filter":
        return client.documents.counts(things.DATASET_ID)
    if "name" in query:
        return client.documents.find(things.DATASET_ID, query["name"])
    return client.documents.list(things.DATASET_ID)


def downloaded(client: RAGFlow, _recorded: Capture) -> bytes:
    with client.documents.download(things.document()) as file:
        return b"".join(file)


# By method and path, the client's call.
CALLS: dict[tuple[str, str], Read] = {
    ("GET", "/datasets"): lambda c, r: c.datasets.list(with_states=True),
    ("POST", "/datasets"): lambda c, r: c.datasets.create(name="x"),
    ("PUT", f"/datasets/{ID}"): lambda c, r: c.datasets.update(things.dataset(), name="other"),
    ("DELETE", "/datasets"): lambda c, r: c.datasets.delete([things.dataset()]),
    ("GET", f"/datasets/{ID}/documents"): documents_of,
    ("POST", f"/datasets/{ID}/documents"): lambda c, r: upload("alpha.txt")(c),
    ("DELETE", f"/datasets/{ID}/documents"): lambda c, r: c.documents.delete([things.document()]),
    ("GET", f"/datasets/{ID}/documents/{ID}"): downloaded,
    ("PUT|PATCH", f"/datasets/{ID}/documents/{ID}"): lambda c, r: c.documents.update(things.document(), name="b.txt"),
    ("POST", f"/datasets/{ID}/(?:chunks|documents/parse)"): lambda c, r: c.documents.parse(things.document()),
    ("DELETE", f"/datasets/{ID}/chunks"): lambda c, r: c.documents.stop(things.document()),
    ("POST", f"/datasets/{ID}/documents/stop"): lambda c, r: c.documents.stop(things.document()),
    ("GET", f"/datasets/{ID}/documents/{ID}/chunks"): lambda c, r: c.chunks.list(things.document()),
    ("POST", f"/datasets/{ID}/documents/{ID}/chunks"): lambda c, r: c.chunks.add(things.document(), "text"),
    ("PUT|PATCH", f"/datasets/{ID}/documents/{ID}/chunks/{CHUNK}"): lambda c, r: c.chunks.update(
        things.chunk(), content="other"
    ),
    ("DELETE", f"/datasets/{ID}/documents/{ID}/chunks"): lambda c, r: c.chunks.delete(
        things.document(), [things.chunk()]
    ),
    ("GET", f"/datasets/{ID}/metadata/summary"): lambda c, r: c.metadata.summary(things.DATASET_ID),
    ("POST", f"/datasets/{ID}/metadata/update"): lambda c, r: c.metadata.update(
        [things.document()], [Put("key", "value")]
    ),
    ("PATCH", f"/datasets/{ID}/documents/metadatas"): lambda c, r: c.metadata.update(
        [things.document()], [Put("key", "value")]
    ),
    ("POST", "/retrieval"): lambda c, r: c.retrieval.search("question", [things.DATASET_ID]),
}


def call_of(recorded: Capture) -> Read | None:
    for (methods, path), read in CALLS.items():
        if recorded.method in methods.split("|") and re.fullmatch(f"/api/v1{path}", recorded.path):
            return read
    return None


def meaning(fake: FakeServer, release: str, recorded: Capture) -> str:
    """What the client makes of an answer: the type of its result, or the error."""
    read = call_of(recorded)
    assert read is not None
    fake.release = f"v{release}"
    detection.remember(fake.base_url, Release(fake.release, number_in(fake.release) or NEWEST))
    fake.rules.clear()
    answer_with(fake, recorded)
    try:
        found = read(RAGFlow(fake.base_url, KEY), recorded)
    except RAGFlowError as error:
        return type(error).__name__
    if isinstance(found, DeleteOutcome):
        return f"{len(found.deleted)} deleted, {len(found.failed)} left"
    return type(found).__name__


def answer_with(fake: FakeServer, recorded: Capture) -> None:
    """The recorded answer to the call; what the client reads besides it (before a change, after a delete) is there."""
    fake.on("GET", ".*/documents", Reply({"code": 0, "data": {"docs": [things.document_row()], "total": 1}}))
    fake.on("GET", ".*/chunks", Reply(things.chunk_list(things.chunk())))
    row = {"id": things.DATASET_ID, "name": "Handbook", "chunk_method": "naive"}
    fake.on("GET", "/api/v1/datasets", Reply({"code": 0, "data": [row], "total_datasets": 1}))
    for method in ("GET",) if recorded.method == "GET" else WRITES:
        fake.on(method, ".*", recorded.reply)


def pairs() -> Iterator[tuple[str, str, str]]:
    old = {capture(number).name: number for number in numbers()}
    for release in ("0.25.4", "0.27.0"):
        for number in numbers(release):
            recorded = capture(number, release)
            if recorded.name in old and call_of(recorded) and call_of(capture(old[recorded.name])):
                yield release, number, old[recorded.name]


PAIRS = list(pairs())
# Since 0.25, RAGFlow refuses what it used to store or fail at, and deletes nothing if nothing is named.
SINCE_0_25 = {
    **dict.fromkeys(["document-update-name-int", "documents-list-run-bad", "retrieval-topk0"], "Rejected"),
    **dict.fromkeys(["document-update-meta-nested", "document-update-parser-bad"], "Rejected"),
    **dict.fromkeys(["document-update-enabled-bad", "chunk-update-empty-content"], "Rejected"),
    **dict.fromkeys(["document-delete-empty-list", "document-delete-null"], "0 deleted, 1 left"),
    **dict.fromkeys(["document-delete-no-key", "document-delete-no-body"], "0 deleted, 1 left"),
    **dict.fromkeys(["dataset-delete-no-ids", "dataset-delete-empty-list"], "0 deleted, 1 left"),
    **dict.fromkeys(["metadata-update-none", "metadata-update-all", "metadata-update-cond"], "MetadataOutcome"),
    **dict.fromkeys(["retrieval-page-size-0", "retrieval-toc", "kg-retrieval"], "Retrieval"),
    "auth-not-bearer": "Page",
    # The broken file is stored, as one of two in one call, which the client does not send.
    "bad-pdf-upload": "ServerError",
}
SINCE_0_26 = {
    "datasets-list-page-size-1000": "Rejected",
    "chunks-list-page-size-200": "ServerError",
    "documents-list-page-abc": "Page",
    "documents-list-orderby-bad": "Rejected",
    **dict.fromkeys(["chunks-list-page-0", "chunks-list-page-neg", "chunks-list-page-abc"], "ChunkPage"),
    "retrieval-page-abc": "Retrieval",
    # The document of these cases was missing while they were recorded, or still being parsed.
    **dict.fromkeys(["slow-config2", "slow-reparse-after-cancel"], "NotFound"),
    "stop-done": "NoneType",
}
DIFFERENT = {"0.25.4": SINCE_0_25, "0.27.0": SINCE_0_25 | SINCE_0_26}
# Cases that were recorded of 0.27 alone.
OWN = {
    "Unauthorized": "1121 1123 1124",
    "Page": "1125 1155 1156 1157 1159 1186 1187 1188 1191 1193 1197 1202 1203 1252 1253 1517 1521 1533",
    "dict": "1194",
    "Dataset": "1152 1164 1167 1173 1301",
    "UploadedDocument": "1180 1181 1515",
    "Document": "1218 1229 1244 1245 1518 1519",
    "MetadataOutcome": "1247 1248 1251 1569 1571",
    "tuple": "1249",
    "NoneType": "1198 1217 1516 1520 1523 1524",
    "ChunkPage": "1254 1257 1261 1262 1274",
    "Chunk": "1264 1265 1266 1267",
    "Retrieval": "1280 1283 1284 1285 1287 1288",
    "1 deleted, 0 left": "1475 1526 1579",
    "0 deleted, 1 left": "1174 1175 1176 1275 1527 1528 1529 1530 1532",
    "NotFound": "1182 1195 1209 1210 1230 1231 1268 1281 1534 1536",
    "Rejected": "1158 1166 1168 1172 1178 1189 1192 1200 1211 1212 1224 1226 1227 1228 1289",
    "ServerError": "1185 1255 1282 1286 1290 1291",
}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with serving() as fake:
        yield fake


@pytest.fixture(scope="module")
def meaning_of_old(server: FakeServer) -> Callable[[str], str]:
    return cache(lambda number: meaning(server, "0.24.0", capture(number)))


@pytest.mark.parametrize(("release", "number", "old"), PAIRS, ids=["-".join(pair[:2]) for pair in PAIRS])
def test_an_answer_means_what_its_twin_of_0_24_means(
    release: str, number: str, old: str, server: FakeServer, meaning_of_old: Callable[[str], str]
) -> None:
    recorded = capture(number, release)
    expected = DIFFERENT[release].get(recorded.name) or meaning_of_old(old)
    assert meaning(server, release, recorded) == expected


@pytest.mark.parametrize(("number", "expected"), [(n, meant) for meant, all_ in OWN.items() for n in all_.split()])
def test_an_answer_that_0_24_did_not_give_is_understood(number: str, expected: str, server: FakeServer) -> None:
    assert meaning(server, "0.27.0", capture(number, "0.27.0")) == expected
