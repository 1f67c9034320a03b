"""A team in Chromium: the first start, and a curator of one dataset who is disabled while chatting."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dashboard.accounts.sign_in import opening
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.browser.conftest import LOOKS, NewPage, assert_accessible
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset

pytestmark = pytest.mark.browser
PASSWORD = "an even better one 3"
SECRET = "Salaries"


def test_the_first_start_leads_from_the_terminals_address_to_a_connected_server(
    new_page: NewPage, standin: StandinProcess, tenant_key: str, settings: Any
) -> None:
    settings.FIRST_START = True
    page = new_page()
    page.goto("/")
    expect(page.get_by_text("This installation is not set up yet.")).to_be_visible()
    page.goto(opening.address())
    assert_accessible(page, LOOKS)
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill("12345678")
    page.get_by_label("Time zone").select_option("Europe/Zurich")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("entirely numeric")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1, name="Connect a server")).to_be_visible()
    assert_accessible(page, LOOKS)
    page.get_by_role("link", name="Connect my RAGFlow").click()
    page.get_by_label("Name").fill("Mine")
    page.get_by_label("Address").fill(standin.base_url)
    page.get_by_label("API key").fill("ragflow-wrong")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("alert")).to_contain_text("RAGFlow rejected the API key")
    page.get_by_label("API key").fill(tenant_key)
    page.get_by_role("button", name="Add server").click()
    expect(page).to_have_url(re.compile("/servers/mine/$"))
    expect(page.get_by_text("Server “Mine” added")).to_be_visible()


def joined(page: Page, carla: Page) -> None:
    """Invites Carla without a role on all servers; she joins in her own browser."""
    page.goto("/people/invite/")
    page.get_by_label("E-mail").fill("carla@example.org")
    page.get_by_label("By server").check()
    page.get_by_role("button", name="Create invitation").click()
    carla.goto(page.locator("#link").inner_text())
    carla.get_by_label("Username").fill("carla")
    carla.get_by_label("Password", exact=True).fill(PASSWORD)
    carla.get_by_role("button", name="Join").click()


def test_a_curator_of_one_dataset_sees_nothing_else_and_is_out_when_disabled(
    page: Page, new_page: NewPage, server: Server, ragflow: RAGFlow, standin: StandinProcess
) -> None:
    other = Server(name="Second", slug="second", base_url=standin.base_url, position=1)
    other.api_key = standin.new_key()
    other.save()
    hidden = ragflow.datasets.create(name=SECRET)
    handbook = parsed_dataset(ragflow)
    assistant_on(ragflow, handbook, "Helper")
    carla = new_page()
    joined(page, carla)
    expect(carla.get_by_text("This requires the Viewer role. Ask an administrator.")).to_be_visible()

    page.goto("/people/")
    page.get_by_role("link", name="carla", exact=True).click()
    page.get_by_role("link", name=re.compile("on Test server: choose|on .*: choose")).first.click()
    page.get_by_label(handbook.name).select_option("Curator")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()

    carla.goto("/")
    expect(carla).to_have_url(re.compile(f"/servers/{server.slug}/$"))
    assert SECRET not in carla.content()
    assert "Second" not in carla.content()
    carla.get_by_role("link", name="Datasets").first.click()
    expect(carla.get_by_role("link", name=handbook.name)).to_be_visible()
    assert SECRET not in carla.content()
    expect(carla.get_by_role("link", name="New dataset")).to_have_count(0)
    assert carla.request.get(server.url("documents:list", hidden.id)).status == 404
    assert carla.request.get(other.get_absolute_url()).status == 404
    carla.goto(server.url("datasets:settings", handbook.id))
    carla.get_by_label("Description").fill("Changed by Carla")
    carla.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(carla.get_by_text(re.compile("Saved|Settings saved"))).to_be_visible()

    carla.goto(server.url("assistants:list"))
    carla.get_by_role("link", name="Helper").first.click()
    carla.get_by_label("Question", exact=True).fill("How long is parental leave?")
    carla.keyboard.press("Enter")
    expect(carla.locator("#thread")).to_contain_text("24 months")

    page.goto("/people/")
    page.get_by_role("link", name="carla", exact=True).click()
    page.get_by_role("link", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Disable")).click()
    expect(page.get_by_text("can't sign in any more.")).to_be_visible()
    carla.goto(server.url("assistants:list"))
    expect(carla.get_by_role("heading", level=1, name="Sign in")).to_be_visible()

    page.get_by_role("link", name="Audit log").click()
    page.get_by_label("Who").fill("carla")
    page.get_by_role("button", name="Filter").click()
    entry = page.locator("details", has_text="changed the dataset")
    entry.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(entry).to_contain_text("Changed by Carla")
    assert_accessible(page, LOOKS)
    page.goto("/audit-log/?what=people")
    expect(page.locator("#table")).to_contain_text("disabled the account of carla")
    expect(page.locator("#table")).to_contain_text("changed the rights of carla")
