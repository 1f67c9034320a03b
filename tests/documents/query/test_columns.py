"""The columns of the list of documents, as each person chose them."""

from __future__ import annotations

import re

from django.test import Client

from tests.support.pages.reading import HTMX, visible_text


def heads(page) -> list[str]:
    head = page.content.decode().partition("<thead")[2].partition("</thead>")[0]
    return [
        " ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<th[^>]*>(.*?)</th>", head, re.DOTALL)
    ]


def test_columns_are_those_that_the_person_chose(viewer_client: Client, people: str) -> None:
    assert heads(viewer_client.get(people)) == ["Name", "Status", "Chunks", "Tokens", "Size", "Uploaded", "Actions"]
    answer = viewer_client.post(people + "columns/", {"column": ["type", "took", "nonsense"], "q": "ann"})
    assert answer["Location"] == people + "?q=ann"
    page = viewer_client.get(people)
    assert heads(page) == ["Name", "Type", "Duration", "Actions"]
    assert "PDF" in visible_text(page)
    assert "c-status" not in page.content.decode().partition("<tbody")[2].partition("</tbody>")[0]


def test_a_choice_of_columns_shows_at_once_and_the_usual_ones_come_back(viewer_client: Client, people: str) -> None:
    shown = viewer_client.post(people + "columns/", {"column": ["size"]}, headers=HTMX)
    assert heads(shown) == ["Name", "Size", "Actions"]
    again = viewer_client.post(people + "columns/", {"usual": "1", "column": ["size"]}, headers=HTMX)
    assert "Tokens" in heads(again)
    assert 'id="columns-menu"' in again.content.decode()


def test_somebody_else_at_the_same_browser_has_their_own_columns(
    viewer_client: Client, curator_client: Client, people: str
) -> None:
    viewer_client.post(people + "columns/", {"column": ["size"]})
    curator_client.cookies.update({name: morsel for name, morsel in viewer_client.cookies.items() if "columns" in name})
    assert "Tokens" in heads(curator_client.get(people))


def test_a_curator_can_switch_documents_in_the_table(curator_client: Client, people: str) -> None:
    curator_client.post(people + "columns/", {"column": ["enabled"]})
    page = curator_client.get(people).content.decode()
    assert page.count('role="switch" aria-checked="true"') == 5
    assert f'formaction="{people}disable/"' in page


def test_rows_that_move_have_the_columns_of_the_table_on_the_screen(viewer_client: Client, people: str) -> None:
    viewer_client.post(people + "columns/", {"column": ["size"]})
    page = viewer_client.get(people).content.decode()
    assert re.search(r'data-url="[^"]+progress/\?&amp;columns=size"', page)
