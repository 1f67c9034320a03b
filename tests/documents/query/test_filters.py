"""The filter bar: days of upload, types, metadata conditions, all at once, and what RAGFlow is asked for it."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from django.http import QueryDict
from django.test import Client

from dashboard.documents.parsing import snapshot
from dashboard.documents.query import fetch, listing
from dashboard.documents.query.listing import Query
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from tests.support.pages.documents import DAY, PEOPLE, at, names
from tests.support.pages.reading import HTMX, visible_text


@pytest.fixture
def made(standin, tenant_key, ragflow_server) -> Callable[..., str]:
    """Puts documents into the store as they are given and returns the address of their list."""

    def make(documents: list[dict[str, Any]]) -> str:
        found = standin.fill(tenant_key, datasets=[{"name": "Handbook", "documents": documents}])
        standin.reset_requests()
        return str(ragflow_server.url("documents:list", found["datasets"][0]["id"]))

    return make


@pytest.fixture
def people(made) -> str:
    """A day apart: ann.pdf on 10 May, ben.pdf, cleo.docx, dora.docx, and plain.txt on 14 May without metadata."""
    return made([{"name": name, "create_time": at(day), "meta_fields": meta} for name, day, meta in PEOPLE])


def conditions(*lines: tuple[str, str, str], logic: str = "") -> list[tuple[str, str]]:
    parts = [
        pair for key, operator, value in lines
        for pair in (("meta_key", key), ("meta_operator", operator), ("meta_value", value))
    ]  # fmt: skip
    return [*parts, ("logic", logic)] if logic else parts


def asked_of(standin, key: str) -> list[dict[str, Any]]:
    return [call["query"] for call in standin.requests(key) if call["path"].endswith("/documents")]


# ---------- days ----------


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ({"from": "2026-05-11", "to": "2026-05-12"}, ["cleo.docx", "ben.pdf"]),
        ({"from": "2026-05-13"}, ["plain.txt", "dora.docx"]),
        ({"to": "2026-05-10"}, ["ann.pdf"]),
        ({"from": "2026-05-12", "to": "2026-05-12"}, ["cleo.docx"]),
        ({"from": "2026-05-11", "type": "word"}, ["dora.docx", "cleo.docx"]),
        ({"from": "2026-05-11", "sort": "name"}, ["ben.pdf", "cleo.docx", "dora.docx", "plain.txt"]),
        ({"from": "2026-05-11", "q": "o", "sort": "-name"}, ["dora.docx", "cleo.docx"]),
        ({"from": "2026-05-11", "meta_key": "author", "meta_value": "Ann"}, ["dora.docx"]),
    ],
)
def test_documents_of_days_are_listed_with_every_other_filter(viewer_client: Client, people: str, days, found) -> None:
    page = viewer_client.get(people, days)
    assert names(page) == found
    assert f"All {len(found)}" in visible_text(page)


def test_ragflow_is_never_asked_for_days_because_it_counts_them_wrongly(
    viewer_client: Client, people: str, standin, tenant_key
) -> None:
    viewer_client.get(people, {"from": "2026-05-11", "to": "2026-05-12"})
    asked = asked_of(standin, tenant_key)
    assert asked
    assert not [query for query in asked if "create_time_from" in str(query) or "create_time_to" in str(query)]


def test_pages_of_days_are_full_and_follow_each_other(viewer_client: Client, made) -> None:
    url = made([{"name": f"{n:03}.txt", "create_time": at(n / 10)} for n in range(200)])
    days = {"from": "2026-05-12", "to": "2026-05-25"}
    pages = [viewer_client.get(url, days | {"page": str(number)}) for number in (1, 2, 3)]
    seen = [name for page in pages for name in names(page)]
    right = [f"{n:03}.txt" for n in range(200) if DAY.date() + timedelta(2) <= (DAY + timedelta(n / 10)).date()
             <= DAY.date() + timedelta(15)]  # fmt: skip
    assert seen == sorted(right, reverse=True)
    assert [len(names(page)) for page in pages] == [50, 50, len(right) - 100]
    assert f"1 to 50 of {len(right)}" in visible_text(pages[0])
    assert "from=2026-05-12&amp;to=2026-05-25&amp;page=2" in pages[0].content.decode()


def test_states_are_counted_among_the_days(viewer_client: Client, made) -> None:
    states = ["DONE", "DONE", "FAIL", "UNSTART"]
    url = made([{"name": f"{n}.txt", "run": run, "create_time": at(n)} for n, run in enumerate(states)])
    page = viewer_client.get(url, {"from": "2026-05-11"})
    assert "All 3" in visible_text(page)
    for words in ("Parsed 1", "Failed 1", "Not parsed 1"):
        assert words in visible_text(page)
    assert names(viewer_client.get(url, {"from": "2026-05-11", "status": "failed"})) == ["2.txt"]


def test_many_documents_of_days_cost_few_calls_and_say_how_they_are_sorted(
    viewer_client: Client, made, standin, tenant_key
) -> None:
    url = made([{"name": f"{n}.txt", "create_time": at(n / 100)} for n in range(3000)])
    days = {"from": "2026-05-12", "sort": "name"}
    page = viewer_client.get(url, days)
    assert len(asked_of(standin, tenant_key)) <= 24
    assert "they are sorted by upload, newest first" in visible_text(page)
    assert names(page) == [f"{n}.txt" for n in range(2999, 2949, -1)]
    standin.reset_requests()
    viewer_client.get(url, days | {"page": "2"})
    # Where the days stand is remembered for some seconds: the number of documents and the page are asked for.
    assert len(asked_of(standin, tenant_key)) <= 3


def test_a_first_day_after_the_last_is_said(viewer_client: Client, people: str) -> None:
    page = viewer_client.get(people, {"from": "2026-05-12", "to": "2026-05-11"})
    assert "The start date is after the end date" in visible_text(page)


def test_the_time_zone_of_the_days_is_told(viewer_client: Client, people: str) -> None:
    assert "Dates are in the time zone UTC" in visible_text(viewer_client.get(people))


def test_a_job_for_all_that_match_means_the_days_too(ragflow: RAGFlow, people: str) -> None:
    dataset_id = people.split("/datasets/")[1].split("/")[0]
    query = Query.read(QueryDict("from=2026-05-11&to=2026-05-13&type=word"))
    found = listing.page_of(ragflow, dataset_id, query, number=1, size=500)
    assert [document.name for document in found] == ["cleo.docx", "dora.docx"]
    assert found.total == 2


@pytest.mark.parametrize(
    ("query", "found", "chip"),
    [
        ({}, ["b.pdf", "a.txt"], "Stalled 2"),
        ({"q": "a"}, ["a.txt"], "Stalled 1"),
        ({"type": "pdf"}, ["b.pdf"], "Stalled 1"),
        ({"from": "2026-05-11"}, ["b.pdf"], "Stalled 1"),
        ({"meta_key": "k", "meta_value": "1"}, ["a.txt"], "Stalled"),
    ],
)
def test_what_stands_still_is_narrowed_by_every_filter(
    viewer_client: Client, made, ragflow: RAGFlow, ragflow_server: Server, standin, query, found, chip
) -> None:
    standin.parsing(paused=True)
    running = {"run": "RUNNING", "progress": 0.3}
    url = made([
        {"name": "a.txt", "create_time": at(0), "meta_fields": {"k": 1}, **running},
        {"name": "b.pdf", "create_time": at(1), **running},
        {"name": "c.pdf", "create_time": at(2), **running},
    ])  # fmt: skip
    dataset_id = url.split("/datasets/")[1].split("/")[0]
    documents = ragflow.documents.list(dataset_id, page_size=10).items
    seen = snapshot.advance(None, time.time(), documents, (), {"RUNNING": 3})
    for entry in seen.entries.values():
        entry.stalled = not entry.name.startswith("c")
    snapshot.save(ragflow_server, dataset_id, seen)
    page = viewer_client.get(url, {"status": "stalled"} | query)
    assert names(page) == found
    assert chip in visible_text(page)


# ---------- metadata ----------


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


def conditions_as_dict(*lines: tuple[str, str, str]) -> dict[str, list[str]]:
    keys, operators, values = zip(*lines, strict=True)
    return {"meta_key": list(keys), "meta_operator": list(operators), "meta_value": list(values)}


def test_endless_conditions_are_refused_in_words(viewer_client: Client, people: str) -> None:
    page = viewer_client.get(people, {"meta_key": "author", "meta_value": "x" * 4000})
    assert "The metadata conditions are too long" in visible_text(page)


def test_a_hostile_condition_is_text_and_nothing_else(viewer_client: Client, people: str) -> None:
    page = viewer_client.get(people, {"meta_key": "<b onclick=x>", "meta_value": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.content.decode()
    assert "<b onclick" not in page.content.decode()


# ---------- the builder ----------


@pytest.fixture
def of(people: str) -> str:
    return people.split("/datasets/")[1].split("/")[0]


def test_without_script_the_list_has_the_builder_inside(viewer_client: Client, people: str) -> None:
    page = viewer_client.get(people).content.decode()
    link = html.unescape(re.search(r'id="conditions-link" href="([^"]+)"', page)[1])
    assert "data-condition-remove" not in page
    built = viewer_client.get(link).content.decode()
    assert built.count("data-condition-remove") == 1
    more = viewer_client.get(people + "?build=1&meta_key=author&meta_operator=is&meta_value=Ann").content.decode()
    assert more.count("data-condition-remove") == 2
    assert 'name="build" value="1"' in more


def test_the_builder_carries_the_other_filters_along(viewer_client: Client, people: str) -> None:
    query = {"status": "not-parsed", "q": "a", "page": "1", "meta_key": "author", "meta_value": "Ann"}
    for headers in ({}, HTMX):
        page = viewer_client.get(people, query, headers=headers).content.decode()
        carried = re.findall(r'name="(\w+)" value="([^"]*)" form="conditions-form"', page)
        assert carried == [("status", "not-parsed"), ("q", "a")]


def test_keys_and_values_are_suggested_with_counts_from_one_call(
    viewer_client: Client, ragflow_server: Server, of: str, standin, tenant_key
) -> None:
    keys = viewer_client.get(ragflow_server.url("conditions:keys"), {"of": of}).content.decode()
    assert re.findall(r'value="(\w+)"', keys) == ["author", "year", "tags"]
    values = viewer_client.get(ragflow_server.url("conditions:values"), {"of": of, "meta_key": "author"})
    assert '<option value="Ann">2 documents</option>' in values.content.decode()
    typed = {"of": of, "meta_key": "author", "meta_value": "cL"}
    found = viewer_client.get(ragflow_server.url("conditions:values"), typed).content.decode()
    assert re.findall(r'value="(\w+)"', found) == ["Cleo"]
    assert [call["path"].rpartition("/")[2] for call in standin.requests(tenant_key)] == ["summary"]


def test_the_builder_says_how_many_match_while_it_is_filled_in(
    viewer_client: Client, ragflow_server: Server, of: str
) -> None:
    url = ragflow_server.url("conditions:count")
    lines = conditions_as_dict(("author", "is", "Ann"), ("year", "is", "2025"))
    assert "matches 1 of 5" in " ".join(visible_text(viewer_client.get(url, {"of": of} | lines)).split())
    wrong = conditions_as_dict(("author", "is", "Nobody"), ("year", "is", "2025"))
    assert "matches 0 of 5" in visible_text(viewer_client.get(url, {"of": of} | wrong))
    begun = conditions_as_dict(("author", "is", "Ann"), ("year", "is", ""))
    assert "matches 2 of 5 (ignoring incomplete conditions)" in visible_text(viewer_client.get(url, {"of": of} | begun))


def test_several_datasets_are_suggested_and_counted_together(
    viewer_client: Client, ragflow_server: Server, of: str, standin, tenant_key
) -> None:
    documents = [{"name": "x.txt", "meta_fields": {"author": "Ann", "floor": 2}}]
    other = standin.fill(tenant_key, datasets=[{"name": "Other", "documents": documents}])["datasets"][0]["id"]
    both = {"dataset": [of, other]}
    keys = viewer_client.get(ragflow_server.url("conditions:keys"), both).content.decode()
    assert '<option value="author">5 documents</option>' in keys
    assert '<option value="floor">1 document</option>' in keys
    lines = conditions_as_dict(("author", "is", "Ann"))
    assert "matches 3 of 6" in visible_text(viewer_client.get(ragflow_server.url("conditions:count"), both | lines))
    assert "Choose a dataset" in visible_text(viewer_client.get(ragflow_server.url("conditions:count"), lines))


def test_a_dataset_of_somebody_else_tells_nothing(viewer_client: Client, ragflow_server: Server, standin) -> None:
    theirs = standin.fill(
        standin.new_key(),
        datasets=[{"name": "Theirs", "documents": [{"name": "a.txt", "meta_fields": {"k": "secret"}}]}],
    )["datasets"][0]["id"]
    keys = viewer_client.get(ragflow_server.url("conditions:keys"), {"of": theirs})
    counted = viewer_client.get(ragflow_server.url("conditions:count"), {"of": theirs})
    assert "value=" not in keys.content.decode()
    assert "matches 0 of 0" in visible_text(counted)


def test_one_more_line_comes_until_there_are_enough(viewer_client: Client, ragflow_server: Server) -> None:
    url = ragflow_server.url("conditions:line")
    assert "Condition 3" in viewer_client.get(url, {"meta_key": ["a", "b"]}).content.decode()
    assert "at most 10 conditions" in visible_text(viewer_client.get(url, {"meta_key": ["a"] * 10}))


def test_conditions_reach_ragflow_as_it_wants_them(viewer_client: Client, people: str, standin, tenant_key) -> None:
    viewer_client.get(people, conditions_as_dict(("author", "empty", "left over"), ("author", "in", "A,B")))
    sent = [parse_qs(call["query"]).get("metadata_condition") for call in standin.requests(tenant_key)]
    whole = json.loads(max((text for [text] in filter(None, sent)), key=len))
    assert whole == {
        "logic": "and",
        "conditions": [
            # The value has to be there, and RAGFlow compares a list with what it made small letters of.
            {"name": "author", "comparison_operator": "empty", "value": ""},
            {"name": "author", "comparison_operator": "in", "value": "a,b"},
        ],
    }


# ---------- columns ----------


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
