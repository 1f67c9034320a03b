"""The builder of metadata conditions: suggestions, counts, and what reaches RAGFlow."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qs

import pytest
from django.test import Client

from dashboard.models import Server
from tests.documents.query.conftest import conditions_as_dict
from tests.support.pages.reading import HTMX, visible_text


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
