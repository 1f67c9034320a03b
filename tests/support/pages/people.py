"""Links for people, as a browser gets them."""

from __future__ import annotations

import re

from django.test import Client

PASSWORD = "an even better one 3"


def link_on(response: object) -> str:
    """The path of the link that a page shows."""
    found = re.search(r"http://testserver(/(?:join|reset)/[\w-]+/)", response.content.decode())  # type: ignore[attr-defined]
    assert found, "the page shows a link"
    return found[1]


def invite(client: Client, email: str, role: int = 2) -> str:
    """Invites somebody; the path of the link."""
    return link_on(client.post("/people/invite/", {"email": email, "name": "", "role": role}))


def join(link: str, username: str, **more: str) -> Client:
    """A new browser in which the invited person has joined."""
    browser = Client()
    answer = browser.post(link, {"username": username, "name": "", "password": PASSWORD, **more})
    assert answer.status_code == 302, answer.content.decode()
    return browser
