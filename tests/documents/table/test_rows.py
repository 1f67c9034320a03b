"""A row of the documents table: small, and its menu comes when it is opened."""

from __future__ import annotations

import html
import re

import pytest

from ragflow_admin.standin.testing import StandinProcess

# Bytes of a row with everything that the usual columns have. It was 3,900 with the menu in it.
MOST = 1_536
HTMX = {"HX-Request": "true"}


def rows(page: str) -> list[str]:
    return re.findall(r"<tr role=\"row\" id=.*?</tr>", page, re.DOTALL)


@pytest.fixture
def parsed(standin: StandinProcess, tenant_key: str, ragflow_server) -> str:
    """The address of the page of a dataset with fifty parsed documents."""
    documents = [
        {"name": f"service-note-{number:04}.pdf", "run": "DONE", "process_duration": 12, "chunks": [{"content": "a"}]}
        for number in range(50)
    ]
    [dataset] = standin.fill(tenant_key, datasets=[{"name": "Notes", "documents": documents}])["datasets"]
    return ragflow_server.url("documents:list", dataset["id"])


def test_a_row_is_small(curator_client, parsed: str) -> None:
    shown = rows(curator_client.get(parsed).content.decode())
    assert len(shown) == 50
    assert max(len(row.encode()) for row in shown) <= MOST


def test_addresses_in_a_row_lead_from_the_page_to_the_document(viewer_client, parsed: str) -> None:
    row = rows(viewer_client.get(parsed).content.decode())[0]
    [identifier] = re.findall(r'id="row-(\w+)"', row)
    links = re.findall(r' href="([^"#]+)"', row)
    assert links == [f"{identifier}/{page}/" for page in ("chunks", "log", "actions")]
    for link in links:
        assert viewer_client.get(parsed + link).status_code == 200


def entries(answer) -> list[str]:
    """What the menu offers, in its order."""
    parts = re.findall(r"<(?:a|button)\b[^>]*>(.*?)</(?:a|button)>", answer.content.decode(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", html.unescape(part)).split()) for part in parts]


def test_a_menu_offers_what_the_role_may_do(viewer_client, curator_client, address, stored) -> None:
    menu = address("actions", stored("a.txt").id)
    assert entries(viewer_client.get(menu, headers=HTMX)) == ["Chunks", "Log", "Download"]
    assert entries(curator_client.get(menu, headers=HTMX)) == ["Parse", "Chunks", "Log", "Download", "Edit", "Delete"]
    running = curator_client.get(f"{menu}?running=1", headers=HTMX)
    assert entries(running) == ["Stop", "Chunks", "Log", "Download", "Edit", "Delete"]


def test_opening_a_menu_asks_ragflow_nothing(curator_client, address, stored, standin, tenant_key) -> None:
    menu = address("actions", stored("a.txt").id)
    standin.reset_requests()
    assert curator_client.get(menu, headers=HTMX).status_code == 200
    assert standin.requests(tenant_key) == []


def test_without_script_the_menu_is_a_page_whose_buttons_work(curator_client, address, stored) -> None:
    document = stored("a.txt")
    page = curator_client.get(address("actions", document.id))
    shown = page.content.decode()
    assert page.status_code == 200
    assert "<h1>a.txt</h1>" in shown
    assert set(entries(page)) >= {"Parse", "Chunks", "Log", "Download", "Edit", "Delete"}
    assert re.search(r'<form id="bulk" method="post"[^>]*><input type="hidden" name="csrfmiddlewaretoken"', shown)
    for address_of in re.findall(r'form="bulk"[^>]*formaction="([^"]+)"', shown):
        assert address_of.startswith(address())
    asked = curator_client.get(address("delete"), {"only": document.id})
    assert "a.txt" in asked.content.decode()
    assert curator_client.post(address("parse"), {"only": document.id}).status_code == 302


def test_without_script_a_document_that_is_gone_has_no_menu(viewer_client, address, stored, ragflow) -> None:
    document = stored("a.txt")
    ragflow.documents.delete([document])
    assert viewer_client.get(address("actions", document.id)).status_code == 404


def test_a_hostile_name_is_text_on_the_page_of_its_menu(viewer_client, address, stored) -> None:
    document = stored("<img src=x onerror=alert(1)>.txt")
    shown = viewer_client.get(address("actions", document.id)).content.decode()
    assert "<img src=x" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt;.txt" in shown
