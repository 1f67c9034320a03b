"""Every recorded refusal becomes the right error."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.errors import (
    NotFound,
    RAGFlowError,
    Rejected,
    ServerError,
    Unauthorized,
)
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture
from tests.support.ragflow.expected import (
    CHAT,
    DOC,
    NOBODYS,
    WRONG_DATASET,
    Call,
    D,
    ids_of,
    upload,
)
from tests.support.ragflow.fake_upstream import FakeServer


def update_document(number: str, **changes: Any) -> Call:
    """The recorded change, made to a document from which it differs."""
    return lambda c: c.documents.update(things.document(**changes), **capture(number).sent)


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
    "0127": (lambda c: c.documents.list(D, orderby="nope"), ServerError, "has no attribute 'nope'"),
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
    "1072": (
        lambda c: c.datasets.update(things.dataset(id=capture("1072").path.rpartition("/")[2]), **capture("1072").sent),
        Rejected,
        "embedding_model must remain",
    ),
    "1110": (lambda c: c.documents.list(D), NotFound, "You don't own the dataset"),
    "1112": (lambda c: c.datasets.get(capture("1112").query["id"]), NotFound, "lacks permission"),
    "0314": (
        lambda c: c.retrieval.search("dashboard", [D], rerank_id="nope@Nope"),
        ServerError,
        "Model(nope@Nope@None) not authorized",
    ),
    "0317": (lambda c: c.retrieval.search("dashboard", [D], [NOBODYS]), NotFound, "don't own the document"),
    "0321": (lambda c: c.retrieval.search("x", [NOBODYS]), NotFound, "don't own the dataset"),
    "0330": (
        lambda c: c.retrieval.search("dashboard", [D], toc_enhance=True, page_size=1),
        ServerError,
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
    "0358": (lambda c: c.chats.list(orderby="zzz"), ServerError, "has no attribute 'zzz'"),
    "0369": (lambda c: c.chats.update(things.assistant(), name=""), Rejected, "`name` cannot be empty."),
    "0370": (lambda c: c.chats.update(things.assistant(), **capture("0370").sent), Rejected, "Duplicated chat name"),
    "0371": (lambda c: c.chats.update(things.assistant(), **capture("0371").sent), Rejected, "nope doesn't exist"),
    "0381": (lambda c: c.chats.delete([things.assistant(id=ids_of("0381")[0])]), NotFound, "not found"),
    "0388": (lambda c: c.sessions.create(things.assistant(), ""), Rejected, "`name` can not be empty."),
    "0392": (lambda c: c.sessions.create(things.assistant(id=NOBODYS), "x"), NotFound, "do not own the assistant"),
    "0403": (lambda c: c.sessions.list(NOBODYS), NotFound, "You don't own the assistant"),
    "0405": (lambda c: c.sessions.list(CHAT, orderby="zzz"), ServerError, "has no attribute 'zzz'"),
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
