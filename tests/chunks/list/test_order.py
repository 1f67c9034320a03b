"""The order of chunks: that of the document, whatever RAGFlow's is, and what is said where it cannot be told."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from dashboard.chunks.edit import splitting
from dashboard.chunks.list import order, reading
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Chunk, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import Upload

LISTS = "/chunks$"
LINES = [f"Sentence number {number:02} stands here." for number in range(1, 61)]


@pytest.fixture
def document(upload: Upload) -> Document:
    return upload("lines.txt", "\n".join(LINES))


@pytest.fixture
def short(upload: Upload) -> Document:
    return upload("short.txt", "\n".join(LINES[:12]))


def page_of(client: Client, server: Server, document: Document, **query: Any) -> str:
    url = server.url("chunks:list", document.dataset_id, document.id)
    return html.unescape(client.get(url, query).content.decode())


def shown(page: str) -> list[int]:
    return [int(number) for number in re.findall(r"Sentence number (\d\d)", page)]


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<article[^>]*aria-label="Chunk (\d+)"', page)]


def neighbours(page: str) -> dict[str, str]:
    """By id of a chunk, the one that "Join with the next" would take."""
    return dict(re.findall(r'chunks/([0-9a-f]+)/edit/\?n=\d*&next=([0-9a-f]*)[^"]*"\s+hx-get', page))


def test_chunks_that_ragflow_lists_out_of_order_are_sorted_by_position(
    curator_client: Client, ragflow_server: Server, short: Document, standin: StandinProcess
) -> None:
    standin.fault("unordered", path=LISTS)

    page = page_of(curator_client, ragflow_server, short)

    assert shown(page) == list(range(1, 13))
    assert numbers(page) == list(range(1, 13))
    assert "RAGFlow's order" not in page


def test_they_are_sorted_across_pages_where_all_can_be_read(
    curator_client: Client, ragflow_server: Server, document: Document, standin: StandinProcess
) -> None:
    standin.fault("unordered", path=LISTS)

    pages = [page_of(curator_client, ragflow_server, document, page=number) for number in (1, 2, 3)]

    assert [number for page in pages for number in shown(page)] == list(range(1, 61))
    assert numbers(pages[2]) == list(range(51, 61))


def test_of_more_than_can_be_read_each_page_is_sorted_and_says_so(
    curator_client: Client,
    ragflow_server: Server,
    document: Document,
    standin: StandinProcess,
    tenant_key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "WALK", 50)
    standin.fault("unordered", path=LISTS)
    standin.reset_requests()

    page = page_of(curator_client, ragflow_server, document)

    # As text the first 25 of 60 are 1, 10 to 19, 2, 20 to 29, 3, 30, 31.
    assert shown(page) == [1, 2, 3, *range(10, 32)]
    assert numbers(page) == shown(page)
    assert "within this page only" in page
    assert len(standin.requests(tenant_key)) == 2
    known = neighbours(page)
    ids = list(known)
    assert known[ids[0]] == ids[1]  # 2 comes after 1
    assert known[ids[2]] == ""  # 4 is on another page, and 10 does not come after 3


def test_the_next_chunk_is_the_one_that_follows_in_the_document(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, short: Document, standin: StandinProcess
) -> None:
    second = ragflow.chunks.list(short).items[1]
    added = ragflow.chunks.add(short, "Written by hand, nobody knows where it belongs.")
    standin.fault("unordered", path=LISTS)

    known = neighbours(page_of(curator_client, ragflow_server, short))

    assert list(known.values()).count("") == 2  # the last one, and the one without a place
    assert known[added.id] == ""
    assert added.id not in known.values()
    third = ragflow.chunks.get(short.dataset_id, short.id, known[second.id])
    assert third.content == LINES[2]


def test_without_positions_the_page_says_whose_order_it_is_and_offers_no_neighbour(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, upload: Upload
) -> None:
    document = upload("by-hand.txt", "", parse=False)
    for text in ("First by hand.", "Second by hand."):
        ragflow.chunks.add(document, text)

    page = page_of(curator_client, ragflow_server, document)

    assert "In RAGFlow's order" in page
    assert set(neighbours(page).values()) == {""}


def chunk(name: str, *positions: tuple[float, ...]) -> Chunk:
    return Chunk(
        id=str(positions),
        document_id="d",
        dataset_id="k",
        content="",
        document_name=name,
        important_keywords=(),
        questions=(),
        available=True,
        positions=positions,
        image_id="",
    )


def test_chunks_of_a_pdf_are_sorted_by_page_and_height() -> None:
    tenth, second = chunk("a.pdf", (10, 50, 400, 80, 90)), chunk("a.pdf", (2, 50, 400, 700, 720), (3, 50, 400, 10, 20))
    higher, by_hand = chunk("a.pdf", (2, 50, 400, 90, 120)), chunk("a.pdf")
    given = [by_hand, tenth, second, higher]

    assert order.arranged(given, order.places_of(given)) == [by_hand, higher, second, tenth]


def test_numbers_in_place_of_pages_give_the_order_too() -> None:
    given = [chunk("a.pdf", (n, n - 1, n - 1, n - 1, n - 1)) for n in (10, 11, 2)]

    assert [one.positions[0][0] for one in order.arranged(given, order.places_of(given))] == [2, 10, 11]


@pytest.mark.parametrize(
    ("is_on", "said"), [(True, "The joined chunk will be on."), (False, "The joined chunk will be off.")]
)
def test_joining_a_chunk_that_is_on_and_one_that_is_off_says_what_comes_of_it(
    is_on: bool, said: str, curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, short: Document
) -> None:
    first, second, *_ = ragflow.chunks.list(short).items
    url = ragflow_server.url("chunks:merge", short.dataset_id, short.id, first.id, second.id)
    assert "The joined chunk will be" not in curator_client.get(url).content.decode()
    ragflow.chunks.update(second if is_on else first, available=False)

    preview = curator_client.get(url).content.decode()
    fields = re.findall(r'<textarea name="(\w+)"[^>]*>(.*?)</textarea>', preview, re.DOTALL)
    hidden = re.findall(r'<input type="hidden" name="(\w*loaded)" value="(\w+)"', preview)
    curator_client.post(url, {**{name: html.unescape(text).lstrip() for name, text in fields}, **dict(hidden)})

    assert said in preview
    assert ragflow.chunks.get(short.dataset_id, short.id, first.id).available is is_on


def test_the_middle_of_a_long_text_is_found_in_one_go() -> None:
    first, second = splitting.cut("a " * 400_000, None)  # it copied the text for every blank of it

    assert abs(len(first) - len(second)) < 10
