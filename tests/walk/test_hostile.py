"""Names, texts, keys and logs that mean harm, on every page: they stay text, and no page grows beyond measure."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from tests.support.pages.reading import HTMX
from tests.walk.pages import PAGES
from tests.walk.reading import Suspicion
from tests.walk.words import COMPUTED, MARKUP, MEGA
from tests.walk.world import World

pytestmark = pytest.mark.releases
LARGEST = 2 * MEGA


def test_the_reader_of_pages_is_suspicious() -> None:
    for markup in MARKUP:
        assert Suspicion(f'<p title="a">{markup}</p>').faults or Suspicion(f"<p title='{markup}'></p>").faults, markup
    assert Suspicion("<p>a\u202eb</p>").faults
    assert Suspicion("<p><bdi>a\u202eb</bdi></p>").faults == []
    assert Suspicion("<p>a\x07b</p>").faults
    assert Suspicion('<p><a href="/fine/" title="Fine">Fine</a><script src="/a.js"></script></p>').faults == []


def test_whatever_stands_in_ragflow_is_text_on_every_page(hostile_world: World, administrator_client: Client) -> None:
    administrator_client.raise_request_exception = False
    wrong = []
    for page in PAGES:
        cache.clear()
        response = administrator_client.get(page.address(hostile_world), headers=HTMX if page.fragment else {})
        body = response.content.decode()
        if response.status_code not in (200, 204):
            wrong.append(f"{page}: answers {response.status_code}: {_said(body)}")
            continue
        if len(response.content) > LARGEST:
            wrong.append(f"{page}: {len(response.content):,} bytes")
        if COMPUTED in body:
            wrong.append(f"{page}: computes what it is told")
        if "\0" in body:
            wrong.append(f"{page}: holds NUL")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            wrong += [f"{page}: {fault}" for fault in dict.fromkeys(Suspicion(body).faults)]
    assert wrong == [], "\n" + "\n".join(wrong)


def _said(html: str) -> str:
    """The words of an error page."""
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition("<main")[2]).split())[:400]
