"""Walks every address with every role and with nobody: each view says who may use it and how, and means it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from dashboard.core.access.rights import Role
from dashboard.core.web.roles import viewer
from dashboard.models import Server
from ragflow_admin.standin.testing import StandinProcess
from tests.support.code.addresses import ADDRESSES, Address, allowed_methods, walk

# What differs from "a viewer may". A new view that changes something belongs here.
PUBLIC = {
    "accounts:sign-in",
    "accounts:sign-out",
    "accounts:join",
    "accounts:welcome",
    "accounts:reset",
    "share:page",
    "share:password",
    "share:ask",
    "share:ask-in",
    "share:session",
    "share:stream",
    "health:health",
    "health:ready",
}
CURATOR = {
    "datasets:create",
    "datasets:fields",
    "datasets:settings",
    "outdated:older",
    "outdated:apply",
    "datasets:delete",
    "documents:upload",
    "documents:upload-panel",
    "documents:names",
    "documents:parse",
    "documents:stop",
    "documents:recover",
    "documents:delete",
    "documents:parse-new",
    "documents:retry",
    "documents:enable",
    "documents:disable",
    "documents:edit",
    "documents:settings",
    "documents:metadata",
    "activity:stop",
    "activity:retry",
    "activity:retry-run",
    "chunks:add",
    "chunks:edit",
    "chunks:switch",
    "chunks:delete",
    "chunks:apply",
    "chunks:split",
    "chunks:merge",
    "chunks:undo",
    "metadata:change",
    "metadata:import",
    "metadata:save",
    "metadata:undo",
    "graph:run",
    "graph:release",
    "graph:delete",
    "retrieval:chunk",
    "retrieval:set-create",
    "retrieval:set-delete",
    "retrieval:set-import",
    "retrieval:question-add",
    "retrieval:question",
    "retrieval:keep",
    "retrieval:run-start",
    "retrieval:run-stop",
    "assistants:create",
    "assistants:delete",
    "assistants:settings",
    "assistants:trial",
    "assistants:compare-export",
    "sharing:list",
    "sharing:create",
    "sharing:edit",
    "sharing:revoke",
    "sharing:delete",
    "conversations:page",
    "conversations:export",
    "conversations:review",
    "conversations:close",
}
ADMINISTRATOR = {
    "styleguide:page",
    "styleguide:confirm",
    "styleguide:toast",
    "styleguide:drawer",
    "servers:list",
    "servers:add",
    "servers:first",
    "servers:test-new",
    "servers:edit",
    "servers:test",
    "servers:default",
    "servers:move",
    "servers:remove",
    "servers:status",
    "datasets:access",
    "audit:log",
    "audit:export",
    "people:list",
    "people:invite",
    "people:person",
    "people:link",
    "people:sign-out",
    "people:enable",
    "people:disable",
    "people:delete",
}


def without_role(addresses: Iterator[Address]) -> list[str]:
    return [address.name for address in addresses if not hasattr(address.view, "role")]


every_address = pytest.mark.parametrize("address", ADDRESSES, ids=[address.name for address in ADDRESSES])


def expected(name: str) -> Role | None:
    if name in PUBLIC:
        return None
    return Role.ADMINISTRATOR if name in ADMINISTRATOR else Role.CURATOR if name in CURATOR else Role.VIEWER


def test_every_area_is_walked() -> None:
    names = {address.name for address in ADDRESSES}
    assert names >= {"home", "overview:page", "datasets:list", "documents:upload", "chunks:list", "assistants:chat"}
    assert names >= (PUBLIC | CURATOR | ADMINISTRATOR)


def test_every_view_declares_its_role() -> None:
    assert without_role(iter(ADDRESSES)) == []


def test_a_view_that_forgets_its_role_is_found() -> None:
    def forgetful(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    patterns = [path("good/", viewer(forgetful), name="good"), path("forgotten/", forgetful, name="forgotten")]
    assert without_role(walk(patterns)) == ["forgotten"]


@every_address
def test_the_role_is_the_expected_one(address: Address) -> None:
    assert address.view.role == expected(address.name)  # type: ignore[attr-defined]


@every_address
def test_nobody_is_sent_to_sign_in(address: Address, client: Client, ragflow_server: Server) -> None:
    responses = {method: client.generic(method, address.path) for method in ("GET", "POST", "PUT", "DELETE")}
    for method, response in responses.items():
        if address.name in PUBLIC:
            assert response.status_code != 403
        else:
            assert response.status_code == 302, method
            assert response["Location"].startswith("/sign-in/?next="), method


@every_address
def test_each_role_reaches_what_it_may_and_nothing_more(
    address: Address,
    person: Callable[..., User],
    ragflow_server: Server,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    minimum = expected(address.name)
    if minimum is None:
        return
    clients = {}
    for role in (None, *Role):
        clients[role] = Client(raise_request_exception=False)
        clients[role].force_login(person(role), backend="django.contrib.auth.backends.ModelBackend")
    methods = allowed_methods(clients[Role.ADMINISTRATOR], address)
    for method in methods:
        for role, client in clients.items():
            if role is None or role < minimum:
                assert client.generic(method, address.path).status_code == 403, (method, role)
    # before anybody is let in: what a page asks side by side may still be on its way when the page has its answer
    assert standin.requests(tenant_key) == [], "what is forbidden never reaches RAGFlow"
    for method in methods:
        for role, client in clients.items():
            if role is not None and role >= minimum:
                response = client.generic(method, address.path)
                if response.streaming:
                    response.getvalue()  # to its end: closing it early would close this test's transaction too
                assert response.status_code not in (403, 405, 500), (method, role)
                assert response["Cache-Control"].startswith("private, no-store"), (method, role)
