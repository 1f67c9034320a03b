"""Which documents a change of metadata is for: the selected, the listed, or all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dashboard.metadata.change import selection
from dashboard.ragflow.types import Document
from ragflow_admin.standin.testing import StandinProcess
from tests.metadata.change.conftest import Stored
from tests.support.pages.metadata import apply_change, put
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases


def test_only_selected_documents_are_changed_and_one_that_is_gone_is_passed_over(
    curator_client: Client,
    change_url: str,
    documents: dict[str, Document],
    stored: Stored,
    standin: StandinProcess,
    tenant_key: str,
    release: str,
) -> None:
    ids = [documents["ann.txt"].id, documents["plain.txt"].id, "f" * 32]
    form = text_of(curator_client.get(change_url, {"id": ids}))
    assert "The 3 selected documents" in form
    assert all(f'name="id" value="{one}"' in form for one in ids)
    standin.reset_requests()
    page = text_of(curator_client.get(change_url, put("author", "Zoe", scope="chosen") | {"id": ids}))
    looks = 3 if release == "0.24" else 1  # by their ids, all together
    assert len(standin.requests(tenant_key)) == 2 + looks, "dataset, summary, a look at each"
    assert "2 documents will change" in page
    apply_change(curator_client, change_url, put("author", "Zoe", scope="chosen") | {"id": ids})
    assert {name for name, meta in stored().items() if meta.get("author") == "Zoe"} == {"ann.txt", "plain.txt"}


def test_too_many_selected_documents_are_refused(curator_client: Client, change_url: str) -> None:
    ids = [f"{number:032x}" for number in range(101)]
    response = curator_client.get(change_url, put("author", "Zoe", scope="chosen") | {"id": ids})
    assert response.status_code == 422
    assert "Select at most 100 documents; these are 101." in text_of(response)


def test_all_that_the_list_showed_are_changed(
    curator_client: Client, change_url: str, documents: dict[str, Document], stored: Stored
) -> None:
    form = text_of(curator_client.get(change_url, {"all": "yes", "q": "n.txt", "id": documents["ann.txt"].id}))
    assert "All documents that the list showed" in form
    assert 'name="listed" value="q=n.txt"' in form
    apply_change(curator_client, change_url, put("seen", "yes", scope="listed", listed="q=n.txt"))
    # "n.txt" ends ann.txt, ben.txt and plain.txt, but not cleo.txt.
    assert {name for name, meta in stored().items() if "seen" in meta} == {"ann.txt", "ben.txt", "plain.txt"}


def test_what_stands_still_is_not_meant_as_a_whole(
    curator_client: Client, change_url: str, documents: dict[str, Document]
) -> None:
    response = curator_client.get(change_url, put("a", "b", scope="listed", listed="status=stalled"))
    assert response.status_code == 422
    assert "Select the documents instead" in text_of(response)


def test_more_documents_than_can_be_handled_are_refused(
    curator_client: Client,
    change_url: str,
    asked: Callable[[], list[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selection.every, "__defaults__", (3,))
    response = curator_client.get(change_url, put("a", "b") | {"scope": "all"})
    assert response.status_code == 422
    assert "There are 4 documents; at most 3 can be handled at once." in text_of(response)


def test_pages_of_documents_are_all_read(
    curator_client: Client,
    change_url: str,
    documents: dict[str, Document],
    monkeypatch: pytest.MonkeyPatch,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    monkeypatch.setattr(selection, "PAGE", 3)
    standin.reset_requests()
    page = text_of(curator_client.get(change_url, put("a", "b") | {"scope": "all"}))
    assert "4 documents will change" in page
    assert len(standin.requests(tenant_key)) == 4, "dataset, summary, two pages"
