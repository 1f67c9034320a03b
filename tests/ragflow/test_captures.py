"""Every recorded answer of a real server becomes the right value or the right error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.ragflow import RAGFlow, envelope
from dashboard.ragflow.errors import (
    Garbled,
    NotFound,
    RAGFlowError,
    Rejected,
    ServerFault,
    Unauthorized,
    UnsafeCall,
)
from dashboard.ragflow.types import Dataset, Document, RunStatus

from . import things
from .captures import capture, numbers
from .fake import FakeServer, Reply

Call = Callable[[RAGFlow], Any]

D, DOC, DOC2, CHUNK, CHAT, SESSION = (
    things.DATASET_ID,
    things.DOCUMENT_ID,
    things.OTHER_ID,
    things.CHUNK_ID,
    things.ASSISTANT_ID,
    things.SESSION_ID,
)
NOBODYS = things.NOBODYS_ID
WRONG_DATASET = "c2ae48cce5e611f1b41a02fc0000ffff"


class Empty:
    def read(self, size: int, /) -> bytes:
        return b"x" * size


def upload(name: str, dataset_id: str = D) -> Call:
    return lambda c: c.documents.upload(things.dataset(id=dataset_id), name, Empty(), 4)


def ids_of(number: str, key: str = "ids") -> list[str]:
    return list(capture(number).sent[key])


def update_document(number: str, **changes: Any) -> Call:
    """The recorded change, made to a document from which it differs."""
    return lambda c: c.documents.update(things.document(**changes), **capture(number).sent)


# -- answers that are errors: the client's call, and what it must raise ---------------------------------------------

ERRORS: dict[str, tuple[Call, type[RAGFlowError], str]] = {
    "0001": (lambda c: c.datasets.list(), Unauthorized, "`Authorization` can't be empty"),
    "0002": (lambda c: c.datasets.list(), Unauthorized, "Authentication error: API key is invalid!"),
    "0003": (lambda c: c.datasets.list(), Unauthorized, "Please check your authorization format."),
    "0004": (lambda c: c.datasets.list(), Unauthorized, "Please check your authorization format."),
    "0006": (lambda c: c.chats.list(), Unauthorized, "API key is invalid"),
    "0028": (lambda c: c.datasets.create(name=""), Rejected, "at least 1 character"),
    "0029": (lambda c: c.datasets.create(name="   "), Rejected, "at least 1 character"),
    "0030": (lambda c: c.datasets.create(name=capture("0030").sent["name"]), Rejected, "at most 128 characters"),
    "0032": (lambda c: c.datasets.create(name="x1", chunk_method="nope"), Rejected, "<chunk_method>"),
    "0033": (lambda c: c.datasets.create(name="x2", permission="all"), Rejected, "'me' or 'team'"),
    "0034": (lambda c: c.datasets.create(name="x3", embedding_model="nope@Nope"), Rejected, "Unsupported model"),
    "0035": (lambda c: c.datasets.create(name="x4", embedding_model="nope"), Rejected, "<model_name>@<provider>"),
    "0037": (lambda c: c.datasets.create(**capture("0037").sent), Rejected, "greater than or equal to 1"),
    "0038": (lambda c: c.datasets.create(**capture("0038").sent), Rejected, "less than or equal to 2048"),
    "0040": (lambda c: c.datasets.create(name="", permission="all"), Rejected, "<permission>"),
    "0041": (lambda c: c.datasets.create(**capture("0041").sent), Rejected, "at most 65535 characters"),
    "0044": (lambda c: c.datasets.create(name="x12", avatar="notaprefix"), Rejected, "Missing MIME prefix"),
    "0068": (lambda c: c.datasets.get(WRONG_DATASET), NotFound, "lacks permission for dataset"),
    "0073": (lambda c: c.datasets.list(orderby="name"), Rejected, "'create_time' or 'update_time'"),
    "0083": (lambda c: c.datasets.update(things.dataset(), pagerank=101), Rejected, "less than or equal to 100"),
    "0086": (lambda c: c.datasets.update(things.dataset(), name=""), Rejected, "at least 1 character"),
    "0087": (lambda c: c.datasets.update(things.dataset(), **capture("0087").sent), Rejected, "already exists"),
    "0088": (lambda c: c.datasets.update(things.dataset(id=WRONG_DATASET), name="x"), NotFound, "lacks permission"),
    "0094": (lambda c: c.datasets.delete([things.dataset(id=ids_of("0094")[0])]), NotFound, "lacks permission"),
    "0095": (lambda c: c.datasets.delete([things.dataset(id=i) for i in ids_of("0095")]), NotFound, "lacks permission"),
    "0111": (upload("a.txt"), Rejected, "No file part!"),
    "0113": (upload("a.exe"), Rejected, "a.exe: This type of file has not been supported yet!"),
    "0114": (upload("README"), Rejected, "README: This type of file has not been supported yet!"),
    "0117": (upload("a.txt", NOBODYS), NotFound, "Can't find the dataset"),
    "0127": (lambda c: c.documents.list(D, orderby="nope"), ServerFault, "has no attribute 'nope'"),
    "0130": (lambda c: c.documents.get(D, NOBODYS), NotFound, "You don't own the document"),
    "0142": (lambda c: c.documents.list(NOBODYS), NotFound, "You don't own the dataset"),
    "0144": (update_document("0144"), Rejected, "The extension of file can't be changed"),
    "0145": (update_document("0145"), Rejected, "Duplicated document name in the same dataset."),
    "0146": (update_document("0146"), Rejected, "The extension of file can't be changed"),
    "0148": (update_document("0148"), Rejected, "255 bytes or less"),
    "0154": (update_document("0154"), Rejected, "`chunk_method` nope doesn't exist"),
    "0165": (
        lambda c: c.documents.update(things.document(id=NOBODYS), name="x.txt"),
        NotFound,
        "The dataset doesn't own the document.",
    ),
    "0168": (lambda c: c.documents.download(things.document(id=NOBODYS)), NotFound, "not own the document"),
    "0169": (lambda c: c.documents.download(things.document(dataset_id=NOBODYS)), NotFound, "not own the dataset"),
    "0176": (lambda c: c.documents.delete([things.document(dataset_id=NOBODYS)]), NotFound, "don't own the dataset"),
    "0190": (lambda c: c.documents.parse(things.document(id=NOBODYS)), NotFound, "Documents not found"),
    "0193": (lambda c: c.documents.parse(things.document(dataset_id=NOBODYS)), NotFound, "don't own the dataset"),
    "0194": (lambda c: c.documents.stop(things.document()), Rejected, "progress at 0 or 1"),
    "0197": (lambda c: c.documents.stop(things.document(id=NOBODYS)), NotFound, "don't own the document"),
    "0200": (lambda c: c.documents.parse(things.document()), Rejected, "currently being processed"),
    "0208": (lambda c: c.documents.stop(things.document()), Rejected, "progress at 0 or 1"),
    "0219": (lambda c: c.documents.stop(things.document()), Rejected, "progress at 0 or 1"),
    "0224": (upload("broken.pdf"), Rejected, "broken.pdf: No /Root object!"),
    "0225": (upload("broken.pdf"), Rejected, "broken.pdf: No /Root object!"),
    "0246": (lambda c: c.chunks.list(things.document(id=NOBODYS)), NotFound, "don't own the document"),
    "0247": (lambda c: c.chunks.list(things.document(dataset_id=NOBODYS)), NotFound, "don't own the dataset"),
    "0251": (lambda c: c.chunks.add(things.document(), ""), Rejected, "`content` is required"),
    "0252": (lambda c: c.chunks.add(things.document(), "  \n"), Rejected, "`content` is required"),
    "0257": (lambda c: c.chunks.add(things.document(id=NOBODYS), "x"), NotFound, "don't own the document"),
    "0258": (lambda c: c.chunks.add(things.document(dataset_id=NOBODYS), "x"), NotFound, "don't own the dataset"),
    "0262": (lambda c: c.chunks.get(D, DOC, "nope"), NotFound, "Chunk not found"),
    "0279": (
        lambda c: c.chunks.delete(
            things.document(id=NOBODYS), [things.chunk(id=i, document_id=NOBODYS) for i in ids_of("0279", "chunk_ids")]
        ),
        NotFound,
        "Can't find the document",
    ),
    "0314": (
        lambda c: c.retrieval.search("dashboard", [D], rerank_id="nope@Nope"),
        ServerFault,
        "Model(nope@Nope@None) not authorized",
    ),
    "0317": (lambda c: c.retrieval.search("dashboard", [D], [NOBODYS]), NotFound, "don't own the document"),
    "0321": (lambda c: c.retrieval.search("x", [NOBODYS]), NotFound, "don't own the dataset"),
    "0330": (
        lambda c: c.retrieval.search("dashboard", [D], toc_enhance=True, page_size=1),
        ServerFault,
        "Unknown column",
    ),
    "0333": (lambda c: c.chats.create(**capture("0333").sent), Rejected, "Duplicated chat name"),
    "0336": (lambda c: c.chats.create(**capture("0336").sent), Rejected, "`model_name` fake-reasoner doesn't exist"),
    "0337": (lambda c: c.chats.create(**capture("0337").sent), Rejected, "doesn't own parsed file"),
    "0339": (lambda c: c.chats.create(name="", dataset_ids=[D]), Rejected, "`name` is required."),
    "0342": (lambda c: c.chats.create(name="q1", dataset_ids=[NOBODYS]), NotFound, "You don't own the dataset"),
    "0344": (lambda c: c.chats.create(**capture("0344").sent), Rejected, "`model_name` nope doesn't exist"),
    "0345": (lambda c: c.chats.create(**capture("0345").sent), Rejected, "`rerank_model` nope doesn't exist"),
    "0346": (lambda c: c.chats.create(**capture("0346").sent), Rejected, "Parameter 'knowledge' is not used"),
    "0355": (lambda c: c.chats.get(NOBODYS), NotFound, "The chat doesn't exist"),
    "0358": (lambda c: c.chats.list(orderby="zzz"), ServerFault, "has no attribute 'zzz'"),
    "0369": (lambda c: c.chats.update(things.assistant(), name=""), Rejected, "`name` cannot be empty."),
    "0370": (lambda c: c.chats.update(things.assistant(), **capture("0370").sent), Rejected, "Duplicated chat name"),
    "0371": (lambda c: c.chats.update(things.assistant(), **capture("0371").sent), Rejected, "nope doesn't exist"),
    "0381": (lambda c: c.chats.delete([things.assistant(id=ids_of("0381")[0])]), NotFound, "not found"),
    "0388": (lambda c: c.sessions.create(things.assistant(), ""), Rejected, "`name` can not be empty."),
    "0392": (lambda c: c.sessions.create(things.assistant(id=NOBODYS), "x"), NotFound, "do not own the assistant"),
    "0403": (lambda c: c.sessions.list(NOBODYS), NotFound, "You don't own the assistant"),
    "0405": (lambda c: c.sessions.list(CHAT, orderby="zzz"), ServerFault, "has no attribute 'zzz'"),
    "0407": (lambda c: c.sessions.rename(things.session(), ""), Rejected, "`name` can not be empty."),
    "0412": (lambda c: c.sessions.rename(things.session(id=NOBODYS), "x"), NotFound, "Session does not exist"),
    "0413": (
        lambda c: c.sessions.rename(things.session(assistant_id=NOBODYS), "x"),
        NotFound,
        "Session does not exist",
    ),
    "0418": (lambda c: c.sessions.delete([things.session(id=ids_of("0418")[0])]), NotFound, "doesn't own the session"),
    "0421": (lambda c: c.sessions.delete([things.session(assistant_id=NOBODYS)]), NotFound, "You don't own the chat"),
    "0612": (lambda c: c.sessions.ask(things.session(id=NOBODYS), "x"), NotFound, "You don't own the session"),
    "0614": (lambda c: c.sessions.ask(things.session(assistant_id=NOBODYS), "x"), NotFound, "You don't own the chat"),
    "0616": (lambda c: c.sessions.ask(things.session(), "x"), Unauthorized, "API key is invalid"),
}

# What a call reads before it writes.
READ_FIRST = {
    "0144": "0129",
    "0145": "0129",
    "0146": "0129",
    "0148": "0129",
    "0154": "0129",
    "0369": "0352",
    "0370": "0352",
    "0371": "0352",
    "0176": "0142",
}


@pytest.mark.parametrize("number", sorted(ERRORS))
def test_a_recorded_refusal_becomes_the_right_error(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    call, kind, words = ERRORS[number]
    if number in READ_FIRST:
        fake.on("GET", ".*", capture(READ_FIRST[number]).reply)
    fake.on(recorded.method, recorded.path, recorded.reply)
    with pytest.raises(RAGFlowError) as caught:
        call(client)
    assert type(caught.value) is kind
    assert words in caught.value.message
    assert (recorded.method, recorded.path) in fake.asked
    if number not in READ_FIRST or recorded.method != "DELETE":
        assert caught.value.method == recorded.method
        assert caught.value.path == recorded.path
    assert caught.value.base_url == fake.base_url


# -- answers that are values: the client's call, and what must come of it ------------------------------------------


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def check_dataset(dataset: Dataset, row: dict[str, Any]) -> None:
    assert dataset.id == row["id"]
    assert dataset.name == row["name"]
    assert dataset.description == (row["description"] or "")
    assert dataset.avatar == (row["avatar"] or "")
    assert dataset.embedding_model == row["embedding_model"]
    assert dataset.permission == row["permission"]
    assert dataset.chunk_method == row["chunk_method"]
    assert dataset.document_count == row["document_count"]
    assert dataset.chunk_count == row["chunk_count"]
    assert dataset.token_count == row["token_num"]
    assert dataset.parser_config == row["parser_config"]
    assert dataset.pagerank == row["pagerank"]
    assert dataset.language == row["language"]
    assert dataset.created_at == moment(row["create_time"])
    assert dataset.updated_at == moment(row["update_time"])


def check_document(document: Document, row: dict[str, Any]) -> None:
    assert document.id == row["id"]
    assert document.dataset_id == row["dataset_id"]
    assert document.name == row["name"]
    assert document.type == row["type"]
    assert document.suffix == row["suffix"]
    assert document.size == row["size"]
    assert document.chunk_method == row["chunk_method"]
    assert document.parser_config == row["parser_config"]
    assert document.chunk_count == row["chunk_count"]
    assert document.token_count == row["token_count"]
    assert document.progress == row["progress"]
    assert document.progress_msg == row["progress_msg"]
    assert document.process_duration == row["process_duration"]
    assert document.run.value == row["run"]
    assert document.enabled == (row["status"] != "0")
    assert document.thumbnail == row["thumbnail"]
    assert document.created_by == row["created_by"]
    assert document.created_at == moment(row["create_time"])
    assert document.updated_at == moment(row["update_time"])


DATASET_LISTS: dict[str, dict[str, Any]] = {
    "0021": {},
    "0061": {"page": 1, "page_size": 3},
    "0062": {"page": 2, "page_size": 3},
    "0063": {"page": 99, "page_size": 30},
    "0064": {"orderby": "update_time", "desc": False, "page_size": 2},
    "0076": {"page_size": 1000},
    "0077": {},
    "0100": {"page_size": 2},
}


@pytest.mark.parametrize("number", DATASET_LISTS)
def test_a_recorded_list_of_datasets_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    page = client.datasets.list(**DATASET_LISTS[number])
    assert page.total == recorded.body["total_datasets"]
    assert len(page.items) == len(recorded.data)
    for dataset, row in zip(page.items, recorded.data, strict=True):
        check_dataset(dataset, row)
    for key, value in (recorded.query or {}).items():
        if key != "name":
            assert fake.received[0].query[key] == [str(value)]


def test_the_pages_of_datasets_follow_from_the_total(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", "/api/v1/datasets", capture("0061").reply)
    page = client.datasets.list(page=1, page_size=3)
    assert (page.total, len(page.items), page.has_next, page.pages) == (20, 3, True, 7)


@pytest.mark.parametrize("number", ["0066", "0096"])
def test_a_recorded_dataset_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    check_dataset(client.datasets.get(recorded.query["id"]), recorded.data[0])
    assert fake.received[0].query == {"id": [recorded.query["id"]]}


CREATED_DATASETS = ["0022", "0023", "0024", "0025", "0026", "0045", "0177", *(f"{n:04}" for n in range(49, 61))]


@pytest.mark.parametrize("number", CREATED_DATASETS)
def test_a_recorded_creation_of_a_dataset_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    check_dataset(client.datasets.create(**recorded.sent), recorded.data)
    sent = fake.received[0].json
    assert {key: value for key, value in sent.items() if key != "parser_config"} == {
        key: value for key, value in recorded.sent.items() if key != "parser_config"
    }


def test_a_duplicate_dataset_comes_back_with_the_name_it_got(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", "/api/v1/datasets", capture("0023").reply)
    assert client.datasets.create(name="cap-1795292198").name == "cap-1795292198(1)"


UPDATED_DATASETS = ["0079", "0080", "0081", "0082", "0091", "0092", "0599"]


@pytest.mark.parametrize("number", UPDATED_DATASETS)
def test_a_recorded_update_of_a_dataset_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("PUT", recorded.path, recorded.reply)
    before = things.dataset(
        name="before", permission="team", parser_config={}, pagerank=1, embedding_model="before@Builtin"
    )
    check_dataset(client.datasets.update(before, **recorded.sent), recorded.data)
    assert fake.received[0].json == recorded.sent


@pytest.mark.parametrize("number", ["0093", "0105"])
def test_a_recorded_deletion_of_datasets_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("DELETE", recorded.path, recorded.reply)
    chosen = [things.dataset(id=dataset_id) for dataset_id in recorded.sent["ids"]]
    outcome = client.datasets.delete(chosen)
    assert outcome.deleted == tuple(chosen)
    assert outcome.failed == ()
    assert fake.received[0].json == recorded.sent


DOCUMENT_LISTS: dict[str, dict[str, Any]] = {
    "0106": {},
    "0120": {},
    "0121": {"page": 1, "page_size": 2},
    "0122": {"page": 99, "page_size": 2},
    "0126": {"orderby": "name", "desc": False},
    "0128": {"keywords": "alpha"},
    "0134": {"run": [RunStatus.UNSTART]},
    "0136": {"run": [RunStatus.UNSTART, RunStatus.DONE]},
    "0137": {"suffix": ["md"]},
    "0138": {"suffix": ["md", "csv"]},
    "0180": {},
    "0183": {},
    "0186": {},
    "0189": {},
    "0199": {},
    "0214": {"run": [RunStatus.RUNNING]},
    "0220": {"run": [RunStatus.CANCEL]},
    "0226": {"keywords": "goodfile"},
    "0231": {"run": [RunStatus.FAIL]},
}


@pytest.mark.parametrize("number", DOCUMENT_LISTS)
def test_a_recorded_list_of_documents_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    dataset_id = recorded.path.split("/")[4]
    page = client.documents.list(dataset_id, **DOCUMENT_LISTS[number])
    assert page.total == recorded.data["total"]
    for document, row in zip(page.items, recorded.data["docs"], strict=True):
        check_document(document, row)
        assert document.meta_fields == row["meta_fields"]
    query = recorded.query or {}
    pairs = query if isinstance(query, list) else list(query.items())
    for key in {key for key, _ in pairs}:
        assert fake.received[0].query[key] == [str(value) for name, value in pairs if name == key]


ONE_DOCUMENT = ["0129", "0158", "0202", "0205", "0213", "0217", "0218", "0273"]


@pytest.mark.parametrize("number", ONE_DOCUMENT)
def test_a_recorded_document_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    check_document(client.documents.get(D, recorded.query["id"]), recorded.data["docs"][0])


def test_the_states_of_a_document_are_told_apart(fake: FakeServer, client: RAGFlow) -> None:
    seen = {}
    for number in ("0129", "0202", "0213", "0217", "0231", "0158"):
        fake.on("GET", capture(number).path, capture(number).reply)
        seen[number] = client.documents.list(D).items[0]
    assert (seen["0129"].run, seen["0129"].progress, seen["0129"].enabled) == (RunStatus.UNSTART, 0.0, True)
    assert (seen["0202"].run, seen["0202"].progress, seen["0202"].chunk_count) == (RunStatus.DONE, 1.0, 30)
    assert seen["0213"].run is RunStatus.RUNNING
    assert 0 < seen["0213"].progress < 1
    assert (seen["0217"].run, seen["0217"].progress, seen["0217"].chunk_count) == (RunStatus.CANCEL, 0.0, 0)
    assert (seen["0231"].run, seen["0231"].progress) == (RunStatus.FAIL, -1.0)
    assert "[ERROR]" in seen["0231"].progress_msg
    assert seen["0158"].enabled is False


UPLOADS = {
    "0107": ("alpha.txt", "alpha.txt"),
    "0109": ("alpha.txt", "alpha(1).txt"),
    "0115": ("empty.txt", "empty.txt"),
    "0118": ("inpath.txt", "inpath.txt"),
    "0119": ("日本語 é.txt", "日本語 é.txt"),
    "0209": None,
    "0227": None,
    "0228": None,
}


@pytest.mark.parametrize("number", UPLOADS)
def test_a_recorded_upload_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    row = recorded.data[0]
    sent, stored = UPLOADS[number] or (row["name"], row["name"])
    result = upload(sent, recorded.path.split("/")[4])(client)
    assert (result.id, result.dataset_id, result.name) == (row["id"], row["dataset_id"], stored)
    assert (result.size, result.chunk_method) == (row["size"], row["chunk_method"])


UPDATED_DOCUMENTS = ["0143", "0149", "0151", "0152", "0155", "0156", "0157", "0159", "0210", "0215", "0221", "0233"]


@pytest.mark.parametrize("number", UPDATED_DOCUMENTS)
def test_a_recorded_update_of_a_document_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    document_id = recorded.path.split("/")[6]
    row = things.document_row(
        id=document_id, chunk_method="book", parser_config={}, status="0" if recorded.sent == {"enabled": 1} else "1"
    )
    fake.on("GET", ".*", Reply({"code": 0, "data": {"docs": [row], "total": 1}}))
    fake.on("PUT", recorded.path, recorded.reply)
    before = things.document(id=document_id, enabled=row["status"] == "1", chunk_method="book")
    changed = client.documents.update(before, **recorded.sent)
    check_document(changed, recorded.data)
    assert changed.meta_fields == recorded.sent.get("meta_fields", {})
    assert fake.writes[0].json == recorded.sent


@pytest.mark.parametrize(
    ("number", "name", "size", "beginning"),
    [
        ("0166", "alpha-renamed.txt", 3829, b"RAGFlow dashboard lists datasets."),
        ("0167", "table.csv", 24, b"name,qty\nalpha,1\nbeta,2\n"),
    ],
)
def test_a_recorded_download_is_read(  # noqa: PLR0917
    number: str, name: str, size: int, beginning: bytes, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    with client.documents.download(things.document(id=recorded.path.split("/")[6])) as download:
        content = b"".join(download)
    assert (download.name, download.size, len(content)) == (name, size, size)
    assert download.content_type == "application/octet-stream"
    assert content.startswith(beginning)


@pytest.mark.parametrize(
    ("number", "call"),
    [
        ("0171", lambda c: c.documents.delete([things.document(id=ids_of("0171")[0])])),
        ("0204", lambda c: c.documents.parse(things.document(id=ids_of("0204", "document_ids")[0]))),
        ("0211", lambda c: c.documents.parse(things.document(id=ids_of("0211", "document_ids")[0]))),
        ("0222", lambda c: c.documents.parse(things.document(id=ids_of("0222", "document_ids")[0]))),
        ("0234", lambda c: c.documents.parse(things.document(id=ids_of("0234", "document_ids")[0]))),
        ("0286", lambda c: c.documents.parse(things.document(id=ids_of("0286", "document_ids")[0]))),
        ("0289", lambda c: c.documents.parse(things.document(id=ids_of("0289", "document_ids")[0]))),
        ("0216", lambda c: c.documents.stop(things.document(id=ids_of("0216", "document_ids")[0]))),
        ("0274", lambda c: c.chunks.delete(things.document(), [things.chunk()])),
        ("0380", lambda c: c.chats.delete([things.assistant(id=ids_of("0380")[0])])),
        ("0406", lambda c: c.sessions.rename(things.session(), "Renamed session")),
        ("0417", lambda c: c.sessions.delete([things.session(id=ids_of("0417")[0])])),
    ],
)
def test_a_recorded_confirmation_without_data_is_success(
    number: str, call: Call, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = capture(number)
    fake.on(recorded.method, recorded.path, recorded.reply)
    call(client)
    assert [request.json for request in fake.received] == [recorded.sent]


CHUNK_LISTS: dict[str, dict[str, Any]] = {
    "0236": {},
    "0237": {"page": 1, "page_size": 2},
    "0240": {"page": 50},
    "0243": {"page_size": 200},
    "0244": {"keywords": "dashboard"},
    "0245": {"keywords": "zebra"},
    "0259": {},
    "0260": {},
    "0276": {},
    "0281": {},
    "0283": {},
    "0285": {},
    "0288": {},
}


@pytest.mark.parametrize("number", CHUNK_LISTS)
def test_a_recorded_list_of_chunks_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    page = client.chunks.list(things.document(id=recorded.path.split("/")[6]), **CHUNK_LISTS[number])
    assert page.total == recorded.data["total"]
    check_document(page.document, recorded.data["doc"])
    for chunk, row in zip(page.items, recorded.data["chunks"], strict=True):
        assert chunk.id == row["id"]
        assert chunk.content == row["content"]
        assert chunk.document_id == row["document_id"]
        assert chunk.dataset_id == row["dataset_id"]
        assert chunk.document_name == row["docnm_kwd"]
        assert list(chunk.important_keywords) == row["important_keywords"]
        assert list(chunk.questions) == row["questions"]
        assert chunk.available == row["available"]
        assert [list(position) for position in chunk.positions] == row["positions"]
        assert chunk.image_id == row["image_id"]
    for key, value in (recorded.query or {}).items():
        assert fake.received[0].query[key] == [str(value)]


def test_chunks_found_by_a_keyword_are_marked(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", capture("0244").path, capture("0244").reply)
    assert "<em>dashboard</em>" in client.chunks.list(things.document(), keywords="dashboard").items[0].content


@pytest.mark.parametrize(
    ("number", "content", "available", "keywords", "questions"),
    [
        ("0261", "Zebra manual chunk: the admin dashboard has a status page.", True, ("zebra", "status"), 1),
        ("0264", "Zebra manual chunk UPDATED.", False, ("zebra2",), 1),
        ("0266", "Zebra manual chunk UPDATED.", True, ("zebra2",), 1),
    ],
)
def test_a_recorded_chunk_is_read(  # noqa: PLR0917
    number: str,
    content: str,
    available: bool,
    keywords: tuple[str, ...],
    questions: int,
    fake: FakeServer,
    client: RAGFlow,
) -> None:
    fake.on("GET", capture(number).path, capture(number).reply)
    chunk = client.chunks.get(D, DOC, CHUNK)
    assert (chunk.content, chunk.available, chunk.important_keywords) == (content, available, keywords)
    assert len(chunk.questions) == questions


@pytest.mark.parametrize("number", ["0248", "0249", "0250"])
def test_a_recorded_new_chunk_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    chunk = client.chunks.add(things.document(), **recorded.sent)
    row = recorded.data["chunk"]
    assert (chunk.id, chunk.content, chunk.document_name) == (row["id"], row["content"], "alpha.txt")
    assert list(chunk.important_keywords) == row["important_keywords"]
    assert list(chunk.questions) == row["questions"]


@pytest.mark.parametrize("number", ["0263", "0265"])
def test_a_recorded_update_of_a_chunk_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", ".*", capture("0261" if number == "0263" else "0264").reply)
    fake.on("PUT", recorded.path, recorded.reply)
    changed = client.chunks.update(things.chunk(), **recorded.sent)
    assert changed.available is recorded.sent["available"]
    assert fake.writes[0].json.items() >= recorded.sent.items()


RETRIEVALS: dict[str, Call] = {
    "0305": lambda c: c.retrieval.search("What does the dashboard list?", [D]),
    "0306": lambda c: c.retrieval.search("dashboard", [D], page=1, page_size=2),
    "0307": lambda c: c.retrieval.search("dashboard", [D], page=2, page_size=2),
    "0308": lambda c: c.retrieval.search(**capture("0308").sent),
    "0309": lambda c: c.retrieval.search(**capture("0309").sent),
    "0310": lambda c: c.retrieval.search(**capture("0310").sent),
    "0311": lambda c: c.retrieval.search("dashboard", [D], top_k=0),
    "0312": lambda c: c.retrieval.search(**capture("0312").sent),
    "0313": lambda c: c.retrieval.search(**capture("0313").sent),
    "0316": lambda c: c.retrieval.search(**capture("0316").sent),
    "0319": lambda c: c.retrieval.search("", [D]),
    "0323": lambda c: c.retrieval.search("qwertyuiop zxcvbnm", [D]),
    "0324": lambda c: c.retrieval.search(**capture("0324").sent),
    "0325": lambda c: c.retrieval.search(**capture("0325").sent),
    "0326": lambda c: c.retrieval.search(**capture("0326").sent),
    "0329": lambda c: c.retrieval.search(**capture("0329").sent),
}


@pytest.mark.parametrize("number", RETRIEVALS)
def test_a_recorded_retrieval_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    found = RETRIEVALS[number](client)
    assert found.total == recorded.data["total"]
    for hit, row in zip(found.hits, recorded.data["chunks"], strict=True):
        assert (hit.id, hit.content, hit.document_id) == (row["id"], row["content"], row["document_id"])
        assert (hit.document_name, hit.dataset_id) == (row["document_keyword"], row["dataset_id"])
        assert hit.similarity == row["similarity"]
        assert hit.vector_similarity == row["vector_similarity"]
        assert hit.term_similarity == row["term_similarity"]
        assert [list(position) for position in hit.positions] == row["positions"]
    counts = recorded.data["doc_aggs"] or []
    assert [(one.document_id, one.name, one.count) for one in found.document_counts] == [
        (row["doc_id"], row["doc_name"], row["count"]) for row in counts
    ]
    assert fake.received[0].json.items() >= recorded.sent.items()


CREATED_CHATS = ["0332", "0334", "0335", "0340", "0341", "0347", "0376", "0377", "0378", "0379"]


@pytest.mark.parametrize("number", CREATED_CHATS)
def test_a_recorded_creation_of_an_assistant_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    wanted = dict(recorded.sent)
    if "prompt" in wanted:
        # What the recording sends under this name is the weight of the vectors.
        prompt = dict(wanted["prompt"])
        prompt["vector_similarity_weight"] = prompt.pop("keywords_similarity_weight")
        wanted["prompt"] = prompt
    assistant = client.chats.create(**wanted)
    assert fake.received[0].json == {"dataset_ids": [], **recorded.sent}
    assert assistant.id == recorded.data["id"]
    assert assistant.name == recorded.data["name"]
    assert assistant.description == recorded.data["description"]
    assert list(assistant.dataset_ids) == recorded.data["dataset_ids"]
    assert assistant.llm == recorded.data["llm"]
    assert assistant.prompt["opener"] == recorded.data["prompt"]["opener"]
    assert assistant.created_at == moment(recorded.data["create_time"])


def test_the_weight_of_the_vectors_is_what_was_sent_as_that_of_the_keywords(fake: FakeServer, client: RAGFlow) -> None:
    """0335 sent 0.6 and got 0.4 back; 0.6 is in effect."""
    fake.on("POST", "/api/v1/chats", capture("0335").reply)
    assistant = client.chats.create(name="x")
    assert capture("0335").sent["prompt"]["keywords_similarity_weight"] == 0.6
    assert assistant.prompt["vector_similarity_weight"] == 0.6


CHAT_LISTS: dict[str, dict[str, Any]] = {
    "0331": {},
    "0350": {},
    "0351": {"page": 1, "page_size": 1},
    "0359": {"page": 99},
}


@pytest.mark.parametrize("number", CHAT_LISTS)
def test_a_recorded_list_of_assistants_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    page = client.chats.list(**CHAT_LISTS[number])
    assert page.total is None
    assert page.pages is None
    for assistant, row in zip(page.items, recorded.data, strict=True):
        assert (assistant.id, assistant.name) == (row["id"], row["name"])
        assert [list(pair) for pair in assistant.datasets] == [[one["id"], one["name"]] for one in row["datasets"]]
        assert list(assistant.dataset_ids) == [one["id"] for one in row["datasets"]]
        shown = row["prompt"]["keywords_similarity_weight"]
        assert assistant.prompt["vector_similarity_weight"] == pytest.approx(1 - shown)
        assert assistant.llm == row["llm"]


@pytest.mark.parametrize(
    ("number", "temperature", "top_n", "opener", "dataset_ids"),
    [
        ("0352", 0.1, 6, "Hi! I'm your assistant. What can I do for you?", (D,)),
        # In between it was renamed without naming its datasets, which unlinked them.
        ("0362", 0.7, 6, "Hi! I'm your assistant. What can I do for you?", ()),
        ("0364", 0.7, 3, "Hi! How can I help?", ()),
    ],
)
def test_a_recorded_assistant_is_read(  # noqa: PLR0917
    number: str,
    temperature: float,
    top_n: int,
    opener: str,
    dataset_ids: tuple[str, ...],
    fake: FakeServer,
    client: RAGFlow,
) -> None:
    fake.on("GET", capture(number).path, capture(number).reply)
    assistant = client.chats.get(CHAT)
    assert assistant.llm["temperature"] == temperature
    assert (assistant.prompt["top_n"], assistant.prompt["opener"]) == (top_n, opener)
    assert assistant.dataset_ids == dataset_ids


@pytest.mark.parametrize("number", ["0360", "0361", "0363", "0366", "0373"])
def test_a_recorded_update_of_an_assistant_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", ".*", capture("0352").reply)
    fake.on("PUT", recorded.path, recorded.reply)
    changed = client.chats.update(things.assistant(), **recorded.sent)
    assert fake.writes[0].json == {"dataset_ids": [D], **recorded.sent}
    for key, value in recorded.sent.items():
        got = getattr(changed, key)
        assert list(got) == value if key == "dataset_ids" else got == value or got.items() >= value.items()


CREATED_SESSIONS = ["0385", "0387", "0389", "0390", "0414", "0415", "0416", "0600", "0601"]


@pytest.mark.parametrize("number", CREATED_SESSIONS)
def test_a_recorded_new_session_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    session = client.sessions.create(things.assistant(id=recorded.path.split("/")[4]), recorded.sent["name"])
    assert (session.id, session.assistant_id) == (recorded.data["id"], recorded.data["chat_id"])
    assert session.name == recorded.data["name"]
    assert [message.content for message in session.messages] == [recorded.data["messages"][0]["content"]]
    assert session.messages[0].role == "assistant"


SESSION_LISTS: dict[str, dict[str, Any]] = {
    "0384": {},
    "0393": {},
    "0394": {"page": 1, "page_size": 1},
    "0402": {"page": 99},
    "0404": {"desc": False, "orderby": "create_time"},
}


@pytest.mark.parametrize("number", SESSION_LISTS)
def test_a_recorded_list_of_sessions_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    page = client.sessions.list(CHAT, **SESSION_LISTS[number])
    assert page.total is None
    assert [(one.id, one.name) for one in page.items] == [(row["id"], row["name"]) for row in recorded.data]
    for key, value in (recorded.query or {}).items():
        assert fake.received[0].query[key] == [str(value)]


@pytest.mark.parametrize("number", ["0396", "0603", "0628"])
def test_a_recorded_session_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    session = client.sessions.get(CHAT, SESSION)
    rows = recorded.data[0]["messages"]
    assert [(one.role, one.content) for one in session.messages] == [(row["role"], row["content"]) for row in rows]


def test_a_session_that_is_not_there_is_an_empty_list_to_the_server(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", capture("0398").path, capture("0398").reply)
    with pytest.raises(NotFound):
        client.sessions.get(CHAT, NOBODYS)


def test_each_recorded_answer_has_its_own_sources(fake: FakeServer, client: RAGFlow) -> None:
    """On the wire they hang one message too early: 0625's first answer has its four on the opener."""
    recorded = capture("0625")
    fake.on("GET", recorded.path, recorded.reply)
    rows = recorded.data[0]["messages"]
    session = client.sessions.get(recorded.data[0]["chat_id"], recorded.data[0]["id"])
    assert session.messages[0].sources == ()
    answers = [message for message in session.messages[1:] if message.role == "assistant"]
    on_the_wire = [[chunk["id"] for chunk in row["reference"]] for row in rows if "reference" in row]
    assert [[one.id for one in answer.sources] for answer in answers] == on_the_wire
    assert len(answers[0].sources) == 4
    assert answers[0].sources[0].document_name == "alpha-renamed.txt"
    assert answers[0].sources[0].similarity is None
    assert all(message.sources == () for message in session.messages if message.role == "user")


def test_recorded_thinking_is_told_from_the_answer(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("0625")
    fake.on("GET", recorded.path, recorded.reply)
    answer = client.sessions.get(recorded.data[0]["chat_id"], recorded.data[0]["id"]).messages[2]
    assert answer.content.startswith("<think>")
    assert answer.thinking
    assert "think>" not in answer.thinking
    assert answer.text
    assert "think>" not in answer.text


def test_a_recorded_model_error_in_a_session_is_marked(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", capture("0628").path, capture("0628").reply)
    session = client.sessions.get(CHAT, SESSION)
    failed = [message for message in session.messages if message.failed]
    assert failed
    assert all(message.content.startswith("**ERROR**") for message in failed)
    assert not session.messages[2].failed


STREAMS = {
    "0602": "What does the dashboard list?",
    "0604": "And how are documents parsed?",
    "0606": "What does the dashboard list?",
    "0617": "please fail",
    "0622": "What does the dashboard list?",
    "0624": "qwertyuiop zxcvbnm",
    "0626": "Hello?",
}


@pytest.mark.parametrize("number", STREAMS)
def test_a_recorded_answer_is_read_to_its_end(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    chat_id = recorded.path.split("/")[4]
    fake.on("POST", recorded.path, recorded.reply)
    session = things.session(assistant_id=chat_id, id=recorded.sent["session_id"])
    with client.sessions.ask(session, STREAMS[number]) as conversation:
        conversation.read_to_end()
    assert conversation.done
    assert fake.received[0].json == {"stream": True, **recorded.sent}
    if number == "0617":
        assert conversation.failure.startswith("**ERROR**: INVALID_REQUEST")
        return
    assert conversation.failure == ""
    assert conversation.text.startswith("According to the knowledge base, the RAGFlow dashboard lists every dataset")
    assert conversation.text.endswith("until parsing finishes [ID:0].")
    assert "think" not in conversation.text
    expected = {"0602": 3, "0604": 3, "0606": 3, "0622": 4, "0624": 4, "0626": 0}
    assert len(conversation.sources) == expected[number]
    if conversation.sources:
        assert conversation.sources[0].similarity is not None


def test_recorded_partial_deletes_are_looked_up_again(fake: FakeServer, client: RAGFlow) -> None:
    """The server reports an error for both; one is gone, one never was, and nothing is left."""
    recorded = capture("0173")
    gone, never = recorded.sent["ids"]
    fake.on("DELETE", recorded.path, recorded.reply)
    fake.on(
        "GET",
        recorded.path,
        lambda request: capture("0130").reply if "id" in request.query else capture("0106").reply,
    )
    chosen = [things.document(id=gone), things.document(id=never)]
    outcome = client.documents.delete(chosen)
    assert outcome.deleted == tuple(chosen)
    assert [request.query["id"] for request in fake.received if "id" in request.query] in (
        [[gone], [never]],
        [[never], [gone]],
    )


@pytest.mark.parametrize("number", ["0172", "0275", "0277", "0280", "0382", "0419"])
def test_a_recorded_partial_delete_tells_what_is_left(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("DELETE", recorded.path, recorded.reply)
    if number == "0172":
        fake.on("GET", ".*", capture("0106").reply)
        outcome: Any = client.documents.delete([things.document(id=ids_of(number)[0])])
    elif number in {"0275", "0277", "0280"}:
        fake.on("GET", ".*", capture("0262").reply)
        ids = ["x"] if number == "0280" else ids_of(number, "chunk_ids")
        outcome = client.chunks.delete(things.document(), [things.chunk(id=chunk_id) for chunk_id in ids])
    elif number == "0382":
        fake.on("GET", ".*", capture("0355").reply)
        outcome = client.chats.delete([things.assistant(id=chat_id) for chat_id in ids_of(number)])
    else:
        fake.on("GET", ".*", capture("0398").reply)
        outcome = client.sessions.delete([things.session(id=session_id) for session_id in ids_of(number)])
    assert outcome.failed == ()
    assert len(outcome.deleted) == (1 if number in {"0172", "0275", "0280"} else 2)
    assert len(fake.writes) == 1


# -- the server itself ---------------------------------------------------------------------------------------------


def test_the_recorded_health_is_read(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", capture("0011").path, capture("0011").reply)
    health = client.system.health()
    assert health.ok is True
    assert health.parts == {"db": "ok", "redis": "ok", "doc_engine": "ok", "storage": "ok"}
    assert "authorization" not in fake.received[0].headers


def test_the_recorded_version_is_a_git_hash(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", "/api/v1/system/version", capture("0009").reply)
    fake.on("GET", capture("0013").path, capture("0013").reply)
    version = client.system.version()
    assert str(version) == "392ec9965"
    assert version.release is None
    assert version.adapter == "0.24"


def test_the_recorded_models_are_read(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", capture("0018").path, capture("0018").reply)
    models = client.system.models()
    assert len(models) == 7
    assert [model.id for model in client.system.models("rerank")] == ["fake-rerank___OpenAI-API@OpenAI-API-Compatible"]
    assert fake.received[1].query == {"model_type": ["rerank"]}
    assert (models[0].name, models[0].provider, models[0].type) == ("BAAI/bge-m3", "Builtin", "embedding")
    assert models[0].available is True


def test_the_recorded_defaults_are_read(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", capture("0019").path, capture("0019").reply)
    defaults = client.system.defaults()
    assert defaults.chat_model == "fake-chat___OpenAI-API@OpenAI-API-Compatible"
    assert defaults.embedding_model == "BAAI/bge-small-en-v1.5@Builtin"
    assert defaults.tts_model == ""


# -- exchanges the client never makes: read by the envelope alone ---------------------------------------------------

ENVELOPE_ERRORS: dict[str, type[RAGFlowError]] = {
    "0005": Unauthorized,
    "0007": Unauthorized,
    "0008": Unauthorized,
    "0009": NotFound,
    "0010": ServerFault,
    "0012": Garbled,
    "0027": Rejected,
    "0031": Rejected,
    "0036": Rejected,
    "0039": Rejected,
    "0042": Rejected,
    "0043": Rejected,
    "0046": Rejected,
    "0047": Rejected,
    "0048": Rejected,
    "0067": NotFound,
    "0069": NotFound,
    "0070": Rejected,
    "0071": Rejected,
    "0072": Rejected,
    "0074": Rejected,
    "0075": Rejected,
    "0078": ServerFault,
    "0085": Rejected,
    "0089": NotFound,
    "0090": Rejected,
    "0097": Rejected,
    "0098": Rejected,
    "0101": Rejected,
    "0102": Rejected,
    "0103": Rejected,
    "0104": Rejected,
    "0110": Rejected,
    "0112": Rejected,
    "0116": Rejected,
    "0125": ServerFault,
    "0132": NotFound,
    "0141": Rejected,
    "0147": ServerFault,
    "0150": Rejected,
    "0161": Rejected,
    "0162": Rejected,
    "0170": Unauthorized,
    "0175": NotFound,
    "0191": Rejected,
    "0192": Rejected,
    "0195": Rejected,
    "0196": Rejected,
    "0207": NotFound,
    "0238": ServerFault,
    "0241": ServerFault,
    "0242": ServerFault,
    "0253": Rejected,
    "0254": Rejected,
    "0255": Rejected,
    "0256": ServerFault,
    "0269": Rejected,
    "0271": NotFound,
    "0272": NotFound,
    "0315": Rejected,
    "0318": Rejected,
    "0320": Rejected,
    "0322": Rejected,
    "0327": ServerFault,
    "0328": ServerFault,
    "0338": Rejected,
    "0343": NotFound,
    "0354": NotFound,
    "0357": ServerFault,
    "0372": NotFound,
    "0374": ServerFault,
    "0401": ServerFault,
    "0408": Rejected,
    "0409": Rejected,
    "0410": Rejected,
    "0411": ServerFault,
    "0610": ServerFault,
    "0613": NotFound,
    "0615": NotFound,
}


@pytest.mark.parametrize("number", ENVELOPE_ERRORS)
def test_the_envelope_of_another_recorded_refusal_is_understood(number: str) -> None:
    recorded = capture(number)
    with pytest.raises(RAGFlowError) as caught:
        envelope.read(recorded.status, recorded.content_type, recorded.raw)
    assert type(caught.value) is ENVELOPE_ERRORS[number]
    assert caught.value.status == recorded.status


# Successes of calls the client does not make; the first ones are why: "nothing" meant "everything".
ENVELOPE_SUCCESSES = {
    **dict.fromkeys(["0099", "0179", "0182", "0185", "0188", "0282", "0284", "0287"], "deletes without ids"),
    **dict.fromkeys(["0065", "0131", "0353", "0395", "0397", "0399"], "filters the client has no use for"),
    **dict.fromkeys(["0084", "0153", "0160", "0163", "0164", "0268", "0267", "0270"], "updates that change nothing"),
    **dict.fromkeys(["0123", "0124", "0239", "0356", "0400"], "pages that do not exist"),
    **dict.fromkeys(
        ["0108", "0178", "0181", "0184", "0187", "0198", "0203", "0229", "0174", "0278", "0383", "0420"],
        "several at once, or twice",
    ),
    **dict.fromkeys(["0133", "0135", "0139", "0140", "0232"], "document filters the client does not offer"),
    **dict.fromkeys(["0348", "0349", "0386", "0391"], "fields the client does not send"),
    **dict.fromkeys(["0365", "0367", "0368", "0375", "0598"], "assistant updates as the client never sends them"),
    **dict.fromkeys(["0605", "0608", "0611", "0618", "0619", "0621", "0623", "0627"], "answers in one piece"),
}


@pytest.mark.parametrize("number", ENVELOPE_SUCCESSES)
def test_the_envelope_of_another_recorded_success_is_understood(number: str) -> None:
    recorded = capture(number)
    answer = envelope.read(recorded.status, recorded.content_type, recorded.raw)
    assert answer.empty is ("data" not in recorded.body)


@pytest.mark.parametrize("number", ["0607", "0609", "0620"])
def test_a_question_without_session_only_got_the_opener(number: str) -> None:
    """Why the client cannot ask without a session: the question is thrown away, and it looks like success."""
    recorded = capture(number)
    assert "Hi! How can I help?" in recorded.body
    assert recorded.body.endswith('"data": true}\n\n')
    with pytest.raises(Garbled):
        envelope.read(recorded.status, recorded.content_type, recorded.raw)


def test_a_refused_call_never_reaches_the_answers_that_delete_everything(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("DELETE", ".*", capture("0179").reply)
    with pytest.raises(UnsafeCall):
        client.documents.delete([])
    assert fake.received == []


def test_every_capture_is_tested() -> None:
    tables: list[Any] = [
        ERRORS, DATASET_LISTS, ["0066", "0096"], CREATED_DATASETS, UPDATED_DATASETS, ["0093", "0105"], DOCUMENT_LISTS,
        ONE_DOCUMENT, UPLOADS, UPDATED_DOCUMENTS, ["0166", "0167"],
        ["0171", "0204", "0211", "0222", "0234", "0286", "0289", "0216", "0274", "0380", "0406", "0417"],
        CHUNK_LISTS, ["0261", "0264", "0266", "0248", "0249", "0250", "0263", "0265"], RETRIEVALS, CREATED_CHATS,
        CHAT_LISTS, ["0352", "0362", "0364", "0360", "0361", "0363", "0366", "0373"], CREATED_SESSIONS, SESSION_LISTS,
        ["0396", "0603", "0628", "0398", "0625"], STREAMS, ["0173", "0172", "0275", "0277", "0280", "0382", "0419"],
        ["0011", "0013", "0018", "0019"], ENVELOPE_ERRORS, ENVELOPE_SUCCESSES, ["0607", "0609", "0620"],
    ]  # fmt: skip
    named = {number for table in tables for number in table}
    assert set(numbers()) - named == set()
    assert named - set(numbers()) == set()
