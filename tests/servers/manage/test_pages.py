"""The pages about servers: what they list, save, refuse and remove, and what the audit trail has of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from dashboard.core.access.rights import Role
from dashboard.models import AuditEntry, Job, ParseRun, QuestionSet, Server, SessionOwner
from dashboard.servers.bootstrap import ensure_ragflow, ensure_standin, release_environment
from tests.support.ragflow.certificates import Authority
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Reply, closed_port

Typed = Callable[..., dict[str, str]]
PAGES = "/administration/servers/"


def page_of(client: Client, path: str = "") -> str:
    response = client.get(PAGES + path)
    assert response.status_code == 200
    return response.content.decode()


def audited() -> list[tuple[str, object]]:
    found = AuditEntry.objects.order_by("pk")
    assert KEY not in "".join(str(vars(entry)) for entry in found)
    return [(entry.action, entry.detail) for entry in found]


def test_without_a_server_the_start_page_leads_an_administrator_to_adding_one(
    administrator_client: Client, viewer_client: Client
) -> None:
    assert f'href="{PAGES}add/"' in administrator_client.get("/").content.decode()
    assert "An administrator can connect the first one." in viewer_client.get("/").content.decode()
    assert "No server yet" in page_of(administrator_client)


def test_a_server_is_added_after_a_test_and_the_first_is_default(administrator_client: Client, typed: Typed) -> None:
    response = administrator_client.post(f"{PAGES}add/", typed(name="Production RAGFlow", tls="off"))
    assert (response.status_code, response["Location"]) == (302, PAGES)
    server = Server.objects.get()
    assert (server.slug, server.api_key, server.verify_tls) == ("production-ragflow", KEY, False)
    assert server.is_default
    assert not server.from_environment
    page = page_of(administrator_client)
    assert "Production RAGFlow" in page
    assert "TLS not checked" in page
    assert KEY not in page + page_of(administrator_client, "production-ragflow/edit/")
    assert audited() == [("server.create", {"address": server.base_url})]


def test_a_connection_that_does_not_work_is_saved_only_if_that_is_meant(
    administrator_client: Client, typed: Typed
) -> None:
    nobody = typed(base_url=f"http://127.0.0.1:{closed_port()}")
    response = administrator_client.post(f"{PAGES}add/", nobody)
    page = response.content.decode()
    assert response.status_code == 422
    assert "refused the connection" in page
    assert "Enter the API key again before you save" in page
    assert KEY not in page
    assert not Server.objects.exists()
    assert administrator_client.post(f"{PAGES}add/", nobody | {"anyway": "yes"}).status_code == 302
    assert Server.objects.get().name == "Second"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "test server"}, "Another server has this name."),
        ({"base_url": "ragflow:9380"}, "Begin the address with http://"),
        ({"base_url": "http://user:word@ragflow"}, "This is not an address"),
        ({"base_url": "http://ragflow:99999"}, "This is not an address"),
        ({"api_key": ""}, "Enter the API key."),
        ({"api_key": "two words"}, "A key has no spaces"),
        ({"tls": "own"}, "Enter the path of the file."),
        ({"tls": "own", "ca_file": "/nowhere.pem"}, "There is no readable file with PEM certificates"),
        ({"tls": "perhaps"}, "Choose how the certificate is checked."),
    ],
)
def test_what_cannot_be_right_is_refused_without_asking_anybody(
    administrator_client: Client,
    ragflow_server: Server,
    typed: Typed,
    fake: FakeServer,
    changed: dict[str, str],
    sentence: str,
) -> None:
    response = administrator_client.post(f"{PAGES}add/", typed(**changed))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert fake.received == []
    assert Server.objects.count() == 1


def test_an_empty_key_keeps_the_stored_one_and_a_new_one_replaces_it(
    administrator_client: Client, typed: Typed, fake: FakeServer
) -> None:
    administrator_client.post(f"{PAGES}add/", typed())
    administrator_client.post(f"{PAGES}second/edit/", typed(name="Renamed", api_key=""))
    server = Server.objects.get()
    assert (server.name, server.slug, server.api_key) == ("Renamed", "second", KEY)
    administrator_client.post(f"{PAGES}second/edit/", typed(name="Renamed", api_key="ragflow-another"))
    assert Server.objects.get().api_key == "ragflow-another"
    assert fake.received[-1].headers["authorization"] == "Bearer ragflow-another"
    entries = audited()
    assert [action for action, _ in entries] == ["server.create", "server.update", "server.update"]
    assert entries[1][1] == {"fields": ["name"], "before": {"name": "Second"}, "after": {"name": "Renamed"}}
    assert entries[2][1] == {"fields": ["api_key"], "before": {}, "after": {}}


def test_a_stored_key_is_never_sent_to_another_place(
    administrator_client: Client, typed: Typed, fake: FakeServer, ragflow_server: Server
) -> None:
    for action in ("edit", "test"):
        response = administrator_client.post(f"{PAGES}test/{action}/", typed(api_key=""))
        assert response.status_code == 422
        assert "Enter the key of that server." in response.content.decode()
    assert fake.received == []


def test_the_own_authority_of_a_server_is_used_for_its_pages(
    administrator_client: Client, typed: Typed, fake: FakeServer, authority: Authority
) -> None:
    address = authority.serve(fake)
    own = typed(base_url=address, tls="own", ca_file=str(authority.file))
    assert administrator_client.post(f"{PAGES}add/", own).status_code == 302
    server = Server.objects.get()
    assert administrator_client.get(server.url("datasets:list")).status_code == 200
    Path(authority.file).unlink()
    server.base_url = address.replace("127.0.0.1", "localhost")  # a connection that is not open yet
    server.save()
    page = administrator_client.get(server.url("datasets:list"))
    assert page.status_code == 502
    assert "certificates cannot be read" in page.content.decode()


def test_a_server_of_the_environment_can_be_renamed_and_nothing_else(administrator_client: Client) -> None:
    ensure_ragflow("http://ragflow.example.org", KEY)
    page = page_of(administrator_client, "ragflow/edit/")
    assert "RAGFLOW_BASE_URL" in page
    assert 'name="base_url"' not in page
    assert KEY not in page
    changed = {"name": "Ours", "base_url": "http://evil.example.org", "api_key": "evil", "tls": "off"}
    assert administrator_client.post(f"{PAGES}ragflow/edit/", changed).status_code == 302
    server = Server.objects.get()
    assert (server.name, server.base_url, server.api_key) == ("Ours", "http://ragflow.example.org", KEY)
    assert server.verify_tls
    assert "From the environment" in page_of(administrator_client)
    assert f"{PAGES}ragflow/remove/" not in page_of(administrator_client)
    administrator_client.post(f"{PAGES}ragflow/remove/", {"confirmed": "yes"})
    assert Server.objects.count() == 1


def test_another_address_in_the_environment_lets_go_of_the_former_server(administrator_client: Client) -> None:
    ensure_ragflow("http://old.example.org", KEY)
    ensure_ragflow("http://new.example.org", "another")
    assert 'name="base_url"' in page_of(administrator_client, "ragflow/edit/")
    assert 'name="base_url"' not in page_of(administrator_client, "new-example-org/edit/")
    release_environment()
    assert 'name="base_url"' in page_of(administrator_client, "new-example-org/edit/")


def test_the_default_that_an_administrator_chose_survives_a_start(administrator_client: Client, typed: Typed) -> None:
    ensure_ragflow("http://ragflow.example.org", KEY)
    administrator_client.post(f"{PAGES}add/", typed())
    assert administrator_client.post(f"{PAGES}second/default/").status_code == 302
    ensure_ragflow("http://ragflow.example.org", KEY)
    assert Server.objects.get(is_default=True).slug == "second"
    assert administrator_client.get("/")["Location"] == "/servers/second/"
    assert ("server.default", {}) in audited()


def test_a_server_that_was_added_by_hand_is_not_taken_for_the_demo(administrator_client: Client, typed: Typed) -> None:
    administrator_client.post(f"{PAGES}add/", typed(name="Demo"))
    ensure_standin("http://127.0.0.1:1", "key of the demo")
    assert Server.objects.get(slug="demo-2").api_key == KEY
    assert "Built-in demo" in page_of(administrator_client)


def test_servers_are_moved_up_and_down(administrator_client: Client) -> None:
    for name in "ABC":
        ensure_ragflow(f"http://{name.lower()}.example.org", KEY)

    def names() -> list[str]:
        return [server.slug[0] for server in Server.objects.all()]

    assert names() == ["r", "b", "c"]
    response = administrator_client.post(f"{PAGES}c-example-org/move/", {"to": "up"})
    assert (response.status_code, names()) == (302, ["r", "c", "b"])
    part = administrator_client.post(f"{PAGES}ragflow/move/", {"to": "down"}, headers={"HX-Request": "true"})
    assert "is now number 2" in part.content.decode()
    assert "<html" not in part.content.decode()
    administrator_client.post(f"{PAGES}b-example-org/move/", {"to": "down"})
    assert names() == ["c", "r", "b"]
    assert [action for action, _ in audited()] == ["server.order", "server.order"]


def test_removing_a_server_says_what_goes_and_takes_all_of_it(
    administrator_client: Client, ragflow_server: Server, typed: Typed, person, standin, tenant_key: str
) -> None:
    administrator_client.post(f"{PAGES}add/", typed())
    other = Server.objects.get(slug="second")
    user = person(Role.CURATOR)
    for server in (ragflow_server, other):
        ParseRun.objects.create(server=server, dataset_id="d", dataset_name="D", username="c")
        Job.objects.create(server=server, dataset_id="d", dataset_name="D", username="c", action="parse")
        QuestionSet.objects.create(server=server, name="Q", username="c")
        SessionOwner.objects.create(server=server, session_id="s", user=user)
    standin.reset_requests()
    page = page_of(administrator_client, "test/remove/")
    for part in ("1 parse run", "1 background job", "1 question set", "who started 1 chat", "1 job is running"):
        assert part in page
    assert "Nothing is changed on RAGFlow itself." in page
    administrator_client.post(f"{PAGES}test/remove/")
    assert Server.objects.count() == 2, "it asks before it removes"
    assert administrator_client.post(f"{PAGES}test/remove/", {"confirmed": "yes"}).status_code == 302
    assert Server.objects.get() == other
    assert Server.objects.get().is_default
    assert {model.objects.get().server for model in (ParseRun, Job, QuestionSet, SessionOwner)} == {other}
    assert standin.requests(tenant_key) == []
    entry = AuditEntry.objects.get(action="server.delete")
    assert (entry.server, entry.target_names) == (None, ["Test server"])


def test_the_list_shows_release_and_health_and_asks_nobody_by_itself(
    administrator_client: Client, ragflow_server: Server, standin, tenant_key: str
) -> None:
    standin.reset_requests()
    assert "Status not known yet" in page_of(administrator_client)
    assert standin.requests() == []
    part = page_of(administrator_client, "test/status/")
    assert "Healthy" in part
    assert "RAGFlow 0.2" in part
    standin.reset_requests()
    assert "Healthy" in page_of(administrator_client)
    assert standin.requests() == []


def test_a_server_whose_key_cannot_be_decrypted_says_so_and_can_be_given_another(
    administrator_client: Client, typed: Typed
) -> None:
    administrator_client.post(f"{PAGES}add/", typed())
    Server.objects.update(encrypted_api_key=b"encrypted with a secret key that is lost")
    assert "cannot be decrypted" in administrator_client.post(f"{PAGES}second/test/").content.decode()
    assert administrator_client.post(f"{PAGES}second/edit/", typed()).status_code == 302
    assert Server.objects.get().api_key == KEY


def test_the_test_of_a_stored_connection_needs_no_form(
    administrator_client: Client, typed: Typed, fake: FakeServer
) -> None:
    administrator_client.post(f"{PAGES}add/", typed())
    fake.on("GET", "/api/v1/datasets", Reply({"code": 401, "message": "no"}, status=401))
    assert "RAGFlow rejected the API key" in administrator_client.post(f"{PAGES}second/test/").content.decode()
    assert audited()[-1] == ("server.test", {"address": fake.base_url, "outcome": "key refused"})


def test_a_page_that_cannot_reach_its_server_leads_an_administrator_to_it(
    administrator_client: Client, viewer_client: Client, typed: Typed, fake: FakeServer
) -> None:
    administrator_client.post(f"{PAGES}add/", typed())
    fake.on("GET", "/api/v1/datasets", Reply({"code": 401, "message": "no"}, status=401))
    for name in ("datasets:list", "overview:page"):
        path = Server.objects.get().url(name)
        link = f'href="{PAGES}second/edit/"'
        assert link in administrator_client.get(path).content.decode()
        assert link not in viewer_client.get(path).content.decode()
