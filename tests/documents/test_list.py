"""The documents page: what it shows, and what it costs."""

from __future__ import annotations


def test_the_page_names_every_document(administrator_client, address, stored):
    stored("a.txt")
    page = administrator_client.get(address())
    assert page.status_code == 200
    assert "a.txt" in page.content.decode()
