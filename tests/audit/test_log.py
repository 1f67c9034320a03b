"""The audit log: filters, pages, what changed, where it leads, and the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dashboard.core.access.rights import Role
from dashboard.models import AuditEntry, Job, Person, Server
from dashboard.ragflow import RAGFlow
from dashboard.servers.connection import connect
from tests.support.pages.people import invite
from tests.support.pages.reading import text_of

PAGE = "/audit-log/"


def entry(action: str = "dataset.update", at: datetime | None = None, **values: object) -> AuditEntry:
    told: dict[str, object] = {"username": "carla", "target_type": action.partition(".")[0], "outcome": "ok"}
    made = AuditEntry.objects.create(action=action, **{**told, "target_names": ["Handbook"], **values})
    if at:
        AuditEntry.objects.filter(pk=made.pk).update(at=at)
    return made


def listed(client: Client, **query: str) -> str:
    return text_of(client.get(PAGE, query)).partition('id="table"')[2].partition("</main>")[0]


def test_each_filter_stands_in_the_address_and_can_be_removed(
    administrator_client: Client, ragflow_server: Server
) -> None:
    dataset, now = "d" * 32, datetime.now(UTC)
    Job.objects.create(server=ragflow_server, dataset_id=dataset, dataset_name="Policies", username="x", action="parse")
    entry(server=ragflow_server, server_name="Test server", target_names=["Alpha"], dataset_id=dataset)
    entry("document.delete", username="viktor", target_names=["Beta"], outcome="failed", error="No room")
    entry("person.sign-in", username="mallory", target_names=["mallory"], outcome="failed")
    entry("chunk.update", target_names=["Gamma"], at=now - timedelta(days=40))
    expected = {
        ("who", "VIK"): {"Beta"},
        ("what", "documents"): {"Beta"},
        ("what", "sign-ins"): {"mallory"},
        ("server", ragflow_server.slug): {"Alpha"},
        ("dataset", "polic"): {"Alpha"},
        ("dataset", dataset): {"Alpha"},
        ("outcome", "failed"): {"Beta", "mallory"},
        ("until", f"{now - timedelta(days=30):%Y-%m-%d}"): {"Gamma"},
        ("since", f"{now - timedelta(days=30):%Y-%m-%d}"): {"Alpha", "Beta", "mallory"},
    }
    for (name, value), wanted in expected.items():
        found = listed(administrator_client, **{name: value})
        assert {word for word in ("Alpha", "Beta", "Gamma", "mallory") if word in found} == wanted, (name, value)
    page = text_of(administrator_client.get(PAGE, {"who": "vik", "outcome": "failed"}))
    assert f'href="{PAGE}?outcome=failed"' in page, "the address without the other filter"
    assert "No entry fits these filters" in listed(administrator_client, who="nobody")


@pytest.mark.parametrize(
    "query",
    [
        {"since": "soon"},
        {"what": "everything"},
        {"since": "2026-02-01", "until": "2026-01-01"},
        {"until": "9999-12-31"},
        {"since": "0001-01-01"},
    ],
)
def test_a_filter_that_makes_no_sense_is_named_and_left_out(
    query: dict[str, str], administrator_client: Client, db: None
) -> None:
    entry()
    response = administrator_client.get(PAGE, query)
    assert response.status_code == 200
    assert "ra-error" in text_of(response)
    file = administrator_client.get(reverse("audit:export"), query)
    assert (file.status_code, file["Location"].partition("?")[0]) == (302, PAGE), "no file with other entries"


def test_the_pages_hold_all_entries_once(administrator_client: Client, db: None) -> None:
    for number in range(60):
        entry(target_names=[f"Set {number:02}"])
    seen = [listed(administrator_client, page=str(page)) for page in (1, 2, 3)]
    for number in range(60):
        assert sum(f"Set {number:02}<" in page for page in seen) == 1
    assert "No more entries" in listed(administrator_client, page="9")


def test_days_are_those_of_the_persons_time_zone(administrator_client: Client, db: None) -> None:
    me = User.objects.get(pk=administrator_client.session["_auth_user_id"])
    Person.objects.update_or_create(user=me, defaults={"time_zone": "Pacific/Auckland"})
    entry(target_names=["Late"], at=datetime(2026, 3, 1, 20, 0, tzinfo=UTC))
    assert "Late" in listed(administrator_client, since="2026-03-02", until="2026-03-02")
    assert "Late" not in listed(administrator_client, until="2026-03-01")


@pytest.mark.releases
def test_a_change_shows_the_differing_keys_before_and_after(
    administrator_client: Client, ragflow_server: Server, ragflow: RAGFlow, person: Callable[..., User]
) -> None:
    dataset = ragflow.datasets.create(name="Handbook")
    carla = person(Role.CURATOR, "carla")
    connect(ragflow_server, carla).datasets.update(
        dataset, name="Staff handbook", parser_config={"chunk_token_num": 256, "raptor": {"use_raptor": True}}
    )
    told = AuditEntry.objects.get(action="dataset.update").detail
    assert told["before"]["name"] == "Handbook"
    assert told["after"]["name"] == "Staff handbook"
    assert told["after"]["parser_config.chunk_token_num"] == 256
    assert told["after"]["parser_config.raptor.use_raptor"] is True
    assert "description" not in told["after"]
    page = listed(administrator_client, who="carla")
    assert "parser_config.chunk_token_num" in page
    assert ragflow_server.url("documents:list", dataset.id) in page


def test_people_servers_and_sign_ins_are_in_it(administrator_client: Client, ragflow_server: Server) -> None:
    invite(administrator_client, "zoe@example.org")
    administrator_client.post(reverse("servers:edit", args=[ragflow_server.slug]), {"name": "Renamed", "anyway": "1"})
    Client().post("/sign-in/", {"username": "mallory", "password": "guess"})
    zoe = User.objects.get(email="zoe@example.org")
    page = listed(administrator_client)
    assert "invited" in page
    assert f'href="/people/{zoe.pk}/"' in page
    assert "could not sign in" in page


def test_a_server_that_was_removed_can_be_chosen(administrator_client: Client, ragflow_server: Server) -> None:
    entry(server=ragflow_server, server_name="Old one", target_names=["Alpha"])
    entry(target_names=["Beta"])
    ragflow_server.delete()
    assert "Old one (removed)</option>" in text_of(administrator_client.get(PAGE))
    found = listed(administrator_client, server="removed:Old one")
    assert "Alpha" in found
    assert "Beta" not in found


@pytest.mark.parametrize("name", ["Übersicht", 'say "hi"', "back\\slash"])
def test_a_dataset_is_found_by_any_letters_of_its_name(name: str, administrator_client: Client, db: None) -> None:
    entry(target_names=[f"{name} 2026"], dataset_id="a" * 32)
    entry("document.upload", target_names=["Up"], dataset_id="b" * 32, detail={"dataset": f"{name} 2027"})
    entry(target_names=["Other"], dataset_id="c" * 32)
    found = listed(administrator_client, dataset=name)
    assert " 2026<" in found
    assert "Up<" in found
    assert "Other" not in found


def test_a_person_who_was_deleted_has_no_link(administrator_client: Client, db: None) -> None:
    entry("person.invite", target_ids=["999999"], target_names=["zoe"])
    page = text_of(administrator_client.get(PAGE))
    assert "zoe" in page
    assert "/people/999999/" not in page
    assert "Entries are kept for 400 days" in page


def test_what_comes_from_outside_stays_text(administrator_client: Client, db: None) -> None:
    evil = "<img src=x onerror=alert(1)>"
    entry("future.kind", target_names=[evil], username=evil, detail={evil: evil, "after": {evil: evil}}, error=evil)
    page = administrator_client.get(PAGE).content.decode()
    assert "<img src=x" not in page
    assert "made a change" in page


def test_the_file_has_the_same_entries_and_runs_no_formula(administrator_client: Client, db: None) -> None:
    for number in range(1_200):
        entry(target_names=[f"=SUM({number})"], detail={"before": {"name": "a"}, "after": {"name": "b"}})
    entry("person.sign-in", username="mallory")
    response = administrator_client.get(reverse("audit:export"), {"what": "datasets"})
    assert response.streaming
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    assert len(rows) == 1_200
    assert rows[0]["names"] == "'=SUM(1199)"
    assert (rows[0]["before"], rows[0]["after"]) == ('{"name": "a"}', '{"name": "b"}')
