"""Every page while RAGFlow's answers hold what they should not: it loses the value, never the page."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Callable, Container, Iterator
from typing import Any

import pytest
import requests
from django.core.cache import cache
from django.test import Client

from tests.support.pages.reading import HTMX
from tests.support.ragflow.fake_upstream import FakeServer, Received, Reply, serving
from tests.walk.pages import PAGES
from tests.walk.world import World

NAMES = {"name", "docnm_kwd", "document_name", "document_keyword", "doc_name", "nickname"}
CONTENTS = {"content", "content_with_weight", "description", "highlight", "progress_msg", "message"}
# Without these there is no row; the rest of an answer says whether there is one at all.
NEEDED = {
    "code", "message", "data", "id", "docs", "doc", "total", "chunks", "summary", "graph", "messages", "role",
    "chats", "filter", "groups", "logs", "run_status",
}  # fmt: skip

Change = Callable[[str, Any], Any]


def nothing_in(keys: set[str]) -> Change:
    return lambda key, value: None if key in keys and not isinstance(value, (dict, list)) else value


def no_number(key: str, value: Any) -> Any:
    return math.nan if isinstance(value, float) else value


def nothing_but_rows(key: str, value: Any) -> Any:
    return value if key in NEEDED else None


def odd_metadata(key: str, value: Any) -> Any:
    deep: Any = "deep"
    for _ in range(300):
        deep = [deep]
    odd = {"nan": math.nan, "list": [math.inf, "x"], "deep": deep, "huge": 10**30, "none": None, "author": "Anna"}
    return odd if key == "meta_fields" else value


CHANGES: dict[str, Change] = {
    "names that are null": nothing_in(NAMES),
    "contents that are null": nothing_in(CONTENTS),
    "numbers that are none": no_number,
    "fields that are null": nothing_but_rows,
    "odd metadata": odd_metadata,
}


def changed(data: Any, change: Change) -> Any:
    if isinstance(data, dict):
        found = {key: change(key, value) for key, value in data.items()}
        return {key: changed(value, change) if value is data[key] else value for key, value in found.items()}
    return [changed(one, change) for one in data] if isinstance(data, list) else data


def altering(change: Change) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps(changed(json.loads(body), change)).encode()


@pytest.fixture
def between(release: str) -> Iterator[FakeServer]:
    """The proxy between the dashboard and the stand-in, of the same release."""
    with serving() as server:
        server.release = f"v{release}.0"
        yield server


def hand_on(world: World, between: FakeServer, alter: Callable[[bytes], bytes]) -> None:
    """Have the server row point to ``between``, which asks the stand-in and alters its JSON."""
    upstream = world.server.base_url

    def answer(request: Received) -> Reply:
        headers = {key: value for key, value in request.headers.items() if key in ("authorization", "content-type")}
        url = upstream + request.path
        found = requests.request(request.method, url, params=request.query, data=request.body, headers=headers)
        kind = found.headers.get("Content-Type", "")
        body = alter(found.content) if kind.startswith("application/json") else found.content
        return Reply(body=body, status=found.status_code, content_type=kind)

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        between.on(method, ".*", answer)
    world.server.base_url = between.base_url
    world.server.save()


def wrong_pages(world: World, client: Client, fine: Container[int] = (200, 204)) -> list[str]:
    client.raise_request_exception = False
    wrong = []
    for page in PAGES:
        cache.clear()
        response = client.get(page.address(world), headers=HTMX if page.fragment else {})
        if response.status_code not in fine:
            wrong.append(f"{page} answers {response.status_code}")
    return wrong


# The others do not depend on the release.
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.releases if "fields" in name else pytest.mark.thorough) for name in CHANGES],
)
def test_every_page_is_shown_with(
    name: str, plain_world: World, between: FakeServer, administrator_client: Client
) -> None:
    hand_on(plain_world, between, altering(CHANGES[name]))
    # Where nothing is known, not even the chunk method, some pages rightly say so or lead back.
    wrong = wrong_pages(plain_world, administrator_client, range(200, 500) if "fields" in name else (200, 204))
    assert wrong == [], "\n".join(wrong)


def test_every_page_is_shown_with_bytes_that_are_no_utf_8(
    plain_world: World, between: FakeServer, administrator_client: Client
) -> None:
    hand_on(plain_world, between, lambda body: re.sub(rb'"name": ?"', rb'"name":"' + b"\xff", body))
    wrong = wrong_pages(plain_world, administrator_client)
    assert wrong == [], "\n".join(wrong)


def test_a_document_without_a_name_is_a_row_like_others(
    plain_world: World, between: FakeServer, administrator_client: Client
) -> None:
    hand_on(plain_world, between, altering(CHANGES["names that are null"]))
    page = administrator_client.get(plain_world.server.url("documents:list", plain_world.dataset))
    assert html.unescape(page.content.decode()).count("(blank name)") >= 3
