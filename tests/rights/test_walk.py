"""Walks every address of a server as people who may see one dataset, and looks for a word of all the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from dashboard.core.access.rights import Role
from dashboard.models import Grant, Server
from ragflow_admin.standin.testing import StandinProcess
from tests.rights.conftest import MARK, Rooms, signed_in
from tests.support.code.addresses import ADDRESSES, Address, allowed_methods

# Parts of addresses that name something of a dataset. Whoever may not see the dataset gets 404.
OF_SECRET = {
    "dataset_id": "dataset",
    "assistant_id": "assistant",
    "target_id": "assistant",
    "job_id": "job",
    "run_id": "run",
    "set_id": "set",
}
BESIDE_THEM = {
    "document_id": "document",
    "chunk_id": "chunk",
    "session_id": "session",
    "question_id": "question",
}
OF_WHOLE_SERVER = {"datasets:create"}
ON_SERVER = [address for address in ADDRESSES if "server_slug" in address.arguments]


def named(address: Address, rooms: Rooms) -> Address:
    """The address of what is secret."""
    ids = {**OF_SECRET, **BESIDE_THEM}
    if "set_id" in address.arguments:
        ids["run_id"] = "question_run"
    known = {part: getattr(rooms.secret, ids[part]) for part in address.arguments if part in ids}
    return address._replace(arguments={**address.arguments, **known})


def body_of(response: HttpResponseBase) -> str:
    content = response.getvalue() if response.streaming else response.content  # type: ignore[attr-defined]
    return str(content, "utf-8", "replace")


def answers(client: Client, methods: list[str], address: Address) -> Iterator[tuple[str, HttpResponseBase, str]]:
    for method in methods:
        response = client.generic(method, address.path)
        yield method, response, body_of(response)


def test_the_walk_knows_every_part_of_an_address() -> None:
    parts = {part for address in ON_SERVER for part in address.arguments}
    # The server and the person have tests of their own; the others are parts of one of those above.
    elsewhere = {"server_slug", "person_id", "image_id", "turn_id", "log_id", "other_id", "link_id"}
    elsewhere |= {"kind", "number", "pk", "letter"}
    assert parts - set(OF_SECRET) - set(BESIDE_THEM) <= elsewhere


@pytest.mark.parametrize(
    "role", [Role.VIEWER, pytest.param(Role.CURATOR, marks=pytest.mark.releases)], ids=lambda role: role.name.lower()
)
def test_no_address_tells_of_a_dataset_that_a_person_may_not_see(
    role: Role, rooms: Rooms, limited: Callable[[Role], User], standin: StandinProcess, person: Callable[..., User]
) -> None:
    client, boss = signed_in(limited(role)), signed_in(person(Role.ADMINISTRATOR))
    walked, writes_before = 0, _writes(standin, rooms.secret.key)
    for address in ON_SERVER:
        there = named(address, rooms)
        for method, response, body in answers(client, allowed_methods(boss, address), there):
            walked += 1
            assert MARK not in body, (address.name, method)
            assert MARK not in str(response.headers), (address.name, method)
            assert response.status_code != 500, (address.name, method)
            if set(OF_SECRET) & set(address.arguments):
                # Whoever may not do something at all is told so, before it matters what it is about.
                refused = (404,) if {"dataset_id", "assistant_id"} & set(address.arguments) else (403, 404)
                assert response.status_code in refused, (address.name, method, response.status_code)
            if address.view.role <= role and address.name not in OF_WHOLE_SERVER:  # type: ignore[attr-defined]
                assert response.status_code != 403, (address.name, method)
    assert walked > 150
    assert _writes(standin, rooms.secret.key) == writes_before


def _writes(standin: StandinProcess, key: str) -> list[str]:
    """What changed something at RAGFlow; asking is no change."""
    asked = (entry for entry in standin.requests(key) if entry["method"] != "GET")
    return [f"{entry['method']} {entry['path']}" for entry in asked if not entry["path"].endswith("/retrieval")]


def test_a_server_without_any_right_does_not_exist(
    rooms: Rooms, person: Callable[..., User], standin: StandinProcess
) -> None:
    other = Server(name="Second", slug="second", base_url=standin.base_url)
    other.api_key = standin.new_key()
    other.save()
    user = person(None, "erik")
    Grant.objects.create(user=user, server=other, role=int(Role.CURATOR))
    client, boss = signed_in(user), signed_in(person(Role.ADMINISTRATOR))
    assert client.get("/", follow=True).redirect_chain[-1][0] == other.get_absolute_url()
    asked = len(standin.requests(rooms.secret.key))
    for address in ON_SERVER:
        for method, response, body in answers(client, allowed_methods(boss, address), named(address, rooms)):
            assert response.status_code == 404, (address.name, method)
            assert MARK not in body
            assert rooms.server.name not in body
    assert len(standin.requests(rooms.secret.key)) == asked, "RAGFlow is not even asked"
    about = client.get(reverse("accounts:about"), {"server": rooms.server.slug})
    assert rooms.server.name not in body_of(about)
