"""An administrator gives roles on single servers and in single datasets."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User
from django.test import Client

from dashboard.core.access.rights import Role
from dashboard.models import AuditEntry, Grant, Server
from dashboard.ragflow import RAGFlow
from tests.rights.conftest import signed_in
from tests.support.pages.people import invite
from tests.support.pages.reading import text_of


def granted(user: User) -> dict[str, Role]:
    """The roles by dataset; "" stands for the whole server."""
    return {grant.dataset_id: Role(grant.role) for grant in Grant.objects.filter(user=user)}


def test_somebody_is_invited_for_one_server_and_then_for_one_dataset(
    administrator_client: Client, ragflow_server: Server, ragflow: RAGFlow
) -> None:
    kept, other = ragflow.datasets.create(name="Kept"), ragflow.datasets.create(name="Other")
    invite(administrator_client, "carla@example.org", role=0)
    carla = User.objects.get(email="carla@example.org")
    assert granted(carla) == {}

    page = text_of(administrator_client.get(f"/people/{carla.pk}/"))
    address = ragflow_server.url("datasets:access", carla.pk)
    assert address in page
    assert "By server" not in text_of(administrator_client.get("/people/"))
    chosen = administrator_client.post(address, {f"role-{kept.id}": "2", f"role-{other.id}": "0"}, follow=True)
    assert "Saved" in text_of(chosen)
    assert granted(carla) == {kept.id: Role.CURATOR}
    assert "1 dataset" in text_of(administrator_client.get(f"/people/{carla.pk}/"))
    assert "By server" in text_of(administrator_client.get("/people/"))

    entry = AuditEntry.objects.filter(action="person.rights").latest("pk")
    assert entry.detail["dataset"] == "Kept"
    assert (entry.detail["before"], entry.detail["after"]) == ({"role": ""}, {"role": "Curator"})

    administrator_client.post(address, {f"role-{kept.id}": "0"})
    assert granted(carla) == {}


def test_a_role_on_a_server_is_given_and_taken_on_the_page_of_the_person(
    administrator_client: Client, ragflow_server: Server, person: Callable[..., User]
) -> None:
    carla = person(None, "carla")
    field = f"server-{ragflow_server.pk}"
    sent = {"name": "Carla", "email": "", "role": "0", field: "2"}
    assert administrator_client.post(f"/people/{carla.pk}/", sent).status_code == 302
    assert granted(carla) == {"": Role.CURATOR}
    assert signed_in(carla).get(ragflow_server.url("datasets:create")).status_code == 200
    people = text_of(administrator_client.get("/people/", {"server": ragflow_server.slug}))
    assert 'title="Carla"' in people
    assert administrator_client.post(f"/people/{carla.pk}/", {**sent, field: "9"}).status_code == 422
    administrator_client.post(f"/people/{carla.pk}/", {**sent, field: "0"})
    assert not Grant.objects.filter(user=carla).exists()
    assert 'title="Carla"' not in text_of(administrator_client.get("/people/", {"server": ragflow_server.slug}))


def test_a_role_that_cannot_be_given_changes_nothing(
    administrator_client: Client, ragflow_server: Server, ragflow: RAGFlow, person: Callable[..., User]
) -> None:
    kept, carla = ragflow.datasets.create(name="Kept"), person(None, "carla")
    address = ragflow_server.url("datasets:access", carla.pk)
    page = administrator_client.post(address, {f"role-{kept.id}": "3"}, follow=True)
    assert "Nothing saved" in text_of(page)
    assert not Grant.objects.exists()


def test_a_dataset_that_is_gone_can_still_be_taken_away(
    administrator_client: Client, ragflow_server: Server, person: Callable[..., User]
) -> None:
    carla, gone = person(None, "carla"), "a" * 32
    Grant.objects.create(user=carla, server=ragflow_server, dataset_id=gone, dataset_name="Gone", role=1)
    address = ragflow_server.url("datasets:access", carla.pk)
    assert "Chosen, but not listed above" in text_of(administrator_client.get(address))
    administrator_client.post(address, {f"role-{gone}": "0"})
    assert not Grant.objects.exists()
