"""The filter bar's metadata conditions: how they are joined, shown, removed and kept."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

import pytest
from django.http import QueryDict
from django.test import Client

from dashboard.documents.query import fetch
from dashboard.documents.query.listing import Query
from dashboard.ragflow import RAGFlow
from tests.documents.query.conftest import conditions, conditions_as_dict
from tests.support.pages.documents import names
from tests.support.pages.reading import HTMX, visible_text

pytestmark = pytest.mark.releases


@pytest.mark.parametrize(
    ("lines", "logic", "found"),
    [
        ([("author", "is", "Ann")], "", ["dora.docx", "ann.pdf"]),
        ([("author", "is", "Ann"), ("year", ">", "2023")], "", ["dora.docx"]),
        ([("author", "is", "Ben"), ("year", "≥", "2025")], "or", ["dora.docx", "cleo.docx", "ben.pdf"]),
        ([("author", "not is", "Ann"), ("year", "<", "2025")], "", ["ben.pdf"]),
        ([("author", "in", "ANN,BEN"), ("author", "not empty", "")], "", ["dora.docx", "ben.pdf", "ann.pdf"]),
        ([("author", "start with", "c"), ("year", "≤", "2025"), ("author", "end with", "o")], "", ["cleo.docx"]),
        # RAGFlow forgets a beginning that nothing meets: it would list all of 2025.
        ([("author", "is", "Nobody"), ("year", "is", "2025")], "", []),
        ([("author", "is", "Ben"), ("year", "is", "2023"), ("author", "contains", "n")], "", []),
        ([("author", "is", "Nobody"), ("year", "is", "2023")], "or", ["ann.pdf"]),
    ],
)
def test_conditions_are_joined_as_they_read(viewer_client: Client, people: str, lines, logic, found) -> None:
    address = people + "?" + "&".join(f"{name}={quote(value)}" for name, value in conditions(*lines, logic=logic))
    page = viewer_client.get(address)
    assert names(page) == found
    assert f"All {len(found)}" in visible_text(page)


def test_all_that_match_is_right_for_conditions_that_exclude_each_other(ragflow: RAGFlow, people: str) -> None:
    dataset_id = people.split("/datasets/")[1].split("/")[0]
    query = Query.read(QueryDict("meta_key=author&meta_operator=is&meta_value=Nobody"
                                 "&meta_key=year&meta_operator=is&meta_value=2025"))  # fmt: skip
    assert fetch.page_of(ragflow, dataset_id, query, number=1, size=500).total == 0


def test_an_old_link_of_one_condition_still_works(viewer_client: Client, people: str) -> None:
    assert names(viewer_client.get(people, {"meta_key": "author", "meta_value": "Ben"})) == ["ben.pdf"]
    assert names(viewer_client.get(people, {"meta_name": "author", "meta_value": "Ben"})) == ["ben.pdf"]


def test_what_is_not_finished_is_said_and_nothing_typed_is_lost(viewer_client: Client, people: str) -> None:
    address = people + "?meta_key=author&meta_operator=is&meta_value=&meta_key=year&meta_operator=is&meta_value=2025"
    page = viewer_client.get(address)
    assert "Enter a value to compare “author” with." in visible_text(page)
    assert 'value="author"' in page.content.decode()
    assert names(page) == ["dora.docx", "cleo.docx"]
    answer = viewer_client.get(address, headers=HTMX)
    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#conditions")
    assert 'value="2025"' in answer.content.decode()


def test_each_filter_can_be_taken_off_and_all_at_once(viewer_client: Client, people: str) -> None:
    address = people + "?type=word&from=2026-05-11&status=not-parsed&sort=name&meta_key=author&meta_value=Ann"
    page = viewer_client.get(address).content.decode()
    off = [html.unescape(url) for url in re.findall(r'id="off-\w+" href="([^"]+)"', page)]
    assert len(off) == 4
    assert "type=" not in off[0]
    assert "from=" not in off[1]
    assert "meta_key" not in off[2]
    assert all("status=not-parsed" in url and "sort=name" in url for url in off[:3])
    assert off[3] == people + "?sort=name"
    assert len(names(viewer_client.get(off[2]))) == 2


def test_taking_a_filter_off_blanks_its_field_and_typing_does_not(viewer_client: Client, people: str) -> None:
    taken = viewer_client.get(people, {"q": "ann"}, headers={**HTMX, "HX-Trigger": "off-1"}).content.decode()
    typed = viewer_client.get(people, {"q": "ann"}, headers={**HTMX, "HX-Trigger": "search"}).content.decode()
    assert 'id="filter-fields"' in taken
    assert 'id="filter-fields"' not in typed


def test_an_answer_to_a_form_with_blank_fields_has_a_short_address(viewer_client: Client, people: str) -> None:
    answer = viewer_client.get(people, {"q": "", "type": "", "from": "", "to": "", "meta_key": ""}, headers=HTMX)
    assert answer["HX-Push-Url"] == people


def test_order_and_pages_keep_every_condition(viewer_client: Client, people: str) -> None:
    lines = conditions(("author", "is", "Ann"), ("year", "not empty", ""), logic="or")
    address = people + "?" + "&".join(f"{name}={quote(value)}" for name, value in lines)
    link = re.search(r'href="([^"]+sort=name)"', viewer_client.get(address).content.decode())
    assert link
    assert list(Query.read(QueryDict(html.unescape(link[1]).removeprefix("?"))).conditions.lines) == list(
        Query.read(QueryDict(address.partition("?")[2])).conditions.lines
    )


def test_a_form_with_one_value_for_each_name_carries_every_condition() -> None:
    address = QueryDict("q=a&from=2026-05-01&logic=or&meta_key=a&meta_operator=in&meta_value=x,y"
                        "&meta_key=b&meta_operator=empty&meta_value=")  # fmt: skip
    query = Query.read(address)
    form = QueryDict(mutable=True)
    form.update(query.fields())
    assert Query.read(form) == query
    assert Query.read(QueryDict(query.encode().removeprefix("?"))) == query


def test_the_count_of_a_list_with_conditions_costs_few_calls(
    viewer_client: Client, people: str, standin, tenant_key
) -> None:
    viewer_client.get(people, conditions_as_dict(("author", "is", "Ann"), ("year", ">", "1"), ("year", "<", "9999")))
    assert len(standin.requests(tenant_key)) <= 8


def test_endless_conditions_are_refused_in_words(viewer_client: Client, people: str) -> None:
    page = viewer_client.get(people, {"meta_key": "author", "meta_value": "x" * 4000})
    assert "The metadata conditions are too long" in visible_text(page)


def test_a_hostile_condition_is_text_and_nothing_else(viewer_client: Client, people: str) -> None:
    page = viewer_client.get(people, {"meta_key": "<b onclick=x>", "meta_value": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.content.decode()
    assert "<b onclick" not in page.content.decode()
