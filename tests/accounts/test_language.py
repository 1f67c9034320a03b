"""The language of pages: what is translated, and nothing half."""

from __future__ import annotations

from django.test import Client


def test_a_german_browser_gets_one_language_not_two(client: Client, db: None) -> None:
    headers = {"Accept-Language": "de-DE,de;q=0.9"}
    page = client.post("/sign-in/", {"username": "", "password": ""}, headers=headers)
    assert '<html lang="en">' in page.content.decode()
    assert page["Content-Language"] == "en"
    assert "This field is required." in page.content.decode()
    assert "Dieses Feld" not in page.content.decode()
