"""Everything that matches, and what is on or off: picked out, asked about, and done in the background."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from dashboard.chunks.list import reading
from dashboard.jobs import engine
from dashboard.journal import edits
from dashboard.models import Job, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload
from tests.support.pages.reading import text_of

LINES = [f"Sentence {number:02} of the text, {'even' if number % 2 == 0 else 'odd'}." for number in range(40)]


@pytest.fixture
def document(upload: Upload) -> Document:
    """A document of forty chunks."""
    return upload("topics.txt", "\n".join(LINES))


def url_of(server: Server, name: str, document: Document) -> str:
    return server.url(f"chunks:{name}", document.dataset_id, document.id)


def shown(response: Any) -> list[str]:
    """The numbers of the sentences on the page, in order."""
    return re.findall(r"Sentence (?:<mark>)?(\d\d)", response.content.decode())


def finish() -> Job:
    job = Job.objects.get()
    while job.ended_at is None:
        assert engine.step(job.pk)
        job.refresh_from_db()
    return job


def switched_off(ragflow: RAGFlow, document: Document) -> int:
    return sum(not chunk.available for chunk in ragflow.chunks.list(document, page=1, page_size=100).items)


def agreed(response: Any, **more: str) -> dict[str, str]:
    """What the form of the question sends."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode())
    return {name: html.unescape(value) for name, value in fields if name != "csrfmiddlewaretoken"} | more


def test_only_what_is_off_or_on_is_shown_with_its_place_in_the_document(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    for chunk in ragflow.chunks.list(document, page=1, page_size=100).items[10:31:10]:
        ragflow.chunks.update(chunk, available=False)
    url = url_of(ragflow_server, "list", document)

    off = viewer_client.get(url, {"state": "off"})
    on = viewer_client.get(url, {"state": "on", "page": "2"})

    assert shown(off) == ["10", "20", "30"]
    assert 'aria-label="Chunk 21"' in text_of(off)
    assert "1 to 3 of 3" in text_of(off)
    assert shown(on) == [f"{number:02}" for number in (*range(27, 30), *range(31, 40))]
    assert "26 to 37 of 37" in text_of(on)


def test_what_is_off_is_picked_out_of_a_search_too(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    chunks = ragflow.chunks.list(document, page=1, page_size=100).items
    for chunk in (chunks[4], chunks[5]):
        ragflow.chunks.update(chunk, available=False)

    response = viewer_client.get(url_of(ragflow_server, "list", document), {"state": "off", "q": "odd"})

    assert shown(response) == ["05"]


def test_nothing_off_says_so(viewer_client: Client, ragflow_server: Server, document: Document) -> None:
    page = text_of(viewer_client.get(url_of(ragflow_server, "list", document), {"state": "off"}))

    assert "No chunks are turned off" in page
    assert "Show all chunks" in page


def test_too_many_chunks_are_not_looked_through(
    viewer_client: Client,
    ragflow_server: Server,
    document: Document,
    monkeypatch: pytest.MonkeyPatch,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    monkeypatch.setattr(reading, "WALK", 30)
    standin.reset_requests()

    page = text_of(viewer_client.get(url_of(ragflow_server, "list", document), {"state": "off"}))

    assert "40 chunks are too many to filter" in page
    assert "Search first, or show all chunks" in page
    assert len(standin.requests(tenant_key)) == 2


def test_all_that_match_are_switched_off_by_a_job(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    url = url_of(ragflow_server, "switch", document)

    asked = curator_client.post(url, {"available": "0", "all": "yes", "q": "even"})
    assert "Turn off all 20 matching chunks?" in text_of(asked)
    assert not Job.objects.exists()
    begun = curator_client.post(url, agreed(asked))

    assert begun["Location"] == ragflow_server.url("activity:job", Job.objects.get().pk)
    finish()
    assert switched_off(ragflow, document) == 20
    page = text_of(curator_client.get(begun["Location"]))
    assert "20 of 20 turned off" in page
    assert len(edits.of(ragflow_server, document.id).live) == 20


def test_chunks_that_are_off_already_are_left_alone(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    ragflow.chunks.update(ragflow.chunks.list(document).items[0], available=False)
    url = url_of(ragflow_server, "switch", document)

    curator_client.post(url, agreed(curator_client.post(url, {"available": "0", "all": "yes"})))
    job = finish()

    assert list(job.items.values_list("state", "reason")[:1]) == [("unneeded", "Already off.")]
    assert switched_off(ragflow, document) == 40


def test_one_that_ragflow_refuses_is_named_and_the_others_go_on(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document, standin: StandinProcess
) -> None:
    url = url_of(ragflow_server, "switch", document)
    curator_client.post(url, agreed(curator_client.post(url, {"available": "0", "all": "yes", "q": "even"})))
    standin.fault(
        kind="code", method=standin.change, path=".*/chunks/.*", code=102, message="Embedding is off.", times=1
    )

    job = finish()

    page = text_of(curator_client.get(ragflow_server.url("activity:job", job.pk)))
    assert "19 of 20 turned off" in page
    assert "Embedding is off." in page
    assert "Sentence" in page
    assert switched_off(ragflow, document) == 19


def test_all_that_match_are_deleted_after_the_documents_name_was_typed(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    url = url_of(ragflow_server, "delete", document)

    asked = curator_client.get(url, {"all": "yes"})
    assert "Delete all 40 matching chunks?" in text_of(asked)
    refused = curator_client.post(url, agreed(asked, typed="something else"))
    assert refused.status_code == 422
    assert not Job.objects.exists()
    curator_client.post(url, agreed(asked, typed="topics.txt"))
    finish()

    assert ragflow.chunks.list(document).total == 0
    assert [edit.after for edit in edits.of(ragflow_server, document.id).live] == [None] * 40


def test_more_chunks_than_somebody_agreed_to_are_asked_about_again(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, document: Document
) -> None:
    url = url_of(ragflow_server, "delete", document)
    asked = curator_client.get(url, {"all": "yes"})
    ragflow.chunks.add(document, "Sentence that came later.")

    again = curator_client.post(url, agreed(asked, typed="topics.txt"))

    assert again.status_code == 422
    assert "the number of matches is now 41" in text_of(again)
    assert not Job.objects.exists()


def test_every_page_is_walked_to_find_all(
    ragflow: RAGFlow, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "STRIDE", 7)
    monkeypatch.setattr(reading, "REACH", 35)

    _, chunks = reading.matching(ragflow, document.dataset_id, document.id, asked_for(""))

    assert [chunk.content.strip() for chunk in chunks] == LINES[:35]


def asked_for(query: str) -> reading.Asked:
    return reading.Asked.read(QueryDict(query))


def test_all_is_offered_where_a_page_does_not_hold_them(
    curator_client: Client, viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    url = url_of(ragflow_server, "list", document)

    assert "Select all 40 that match" in text_of(curator_client.get(url))
    assert "that match" not in text_of(curator_client.get(url, {"page_size": "50"}))
    assert "that match" not in text_of(viewer_client.get(url))


def test_viewers_cannot_start_it(viewer_client: Client, ragflow_server: Server, document: Document) -> None:
    url = url_of(ragflow_server, "switch", document)

    response = viewer_client.post(url, {"available": "0", "all": "yes", "confirmed": "yes", "expected": "40"})

    assert response.status_code == 403
    assert not Job.objects.exists()


def test_the_tokens_of_a_chunk_are_an_estimate_and_say_so(
    viewer_client: Client, ragflow_server: Server, document: Document
) -> None:
    page = text_of(viewer_client.get(url_of(ragflow_server, "list", document)))

    assert "about 8 tokens" in page
    assert "An estimate" in page
