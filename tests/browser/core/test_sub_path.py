"""Below a path of a host (SCRIPT_NAME), and open to other machines (HOST=0.0.0.0): nothing leads out of the path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Browser, expect

from ragflow_admin.local.listening import own_addresses
from tests.support.processes.product import PASSWORD, USERNAME, RunningProduct

PREFIX = "/tools/ragflow-admin"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProduct]:
    folder = tmp_path_factory.mktemp("sub-path") / "var"
    with RunningProduct(folder, SCRIPT_NAME=PREFIX, HOST="0.0.0.0", ALLOWED_HOSTS="") as running:
        yield running


def test_the_ready_line_shows_the_address_that_others_open(product) -> None:
    shown = (product.var_dir / "up.log").read_text()
    assert product.address.endswith(PREFIX)
    if own_addresses():
        assert urlsplit(product.address).hostname in own_addresses()
    assert re.search(rf"and  http://127\.0\.0\.1:\d+{PREFIX}\n", shown)
    assert "Not encrypted:" in shown
    for address in own_addresses():
        host = f"[{address}]" if ":" in address else address
        page = requests.get(f"{product.address}/sign-in/", headers={"Host": host}, timeout=20)
        assert page.status_code == 200, address


def test_redirects_cookies_and_static_files_stay_below_the_path(product) -> None:
    first = requests.get(f"{product.address}/", timeout=20, allow_redirects=False)
    assert first.headers["Location"].startswith(f"{PREFIX}/sign-in/")
    session = requests.Session()
    page = session.get(f"{product.address}/", timeout=20)
    addresses = re.findall(r'\b(?:href|src|action)="(/[^"]*)"', page.text)
    files = [address for address in addresses if "/static/" in address]
    assert len(files) >= 3
    assert all(address.startswith(f"{PREFIX}/") for address in addresses), addresses
    origin = product.address.removesuffix(PREFIX)
    for file in files:
        answer = session.get(origin + file, timeout=20)
        assert answer.status_code == 200, file
        assert "immutable" in answer.headers["Cache-Control"], file
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    form = {"username": USERNAME, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    page = session.post(f"{product.address}/sign-in/", data=form, headers={"Referer": product.address}, timeout=20)
    assert urlsplit(page.url).path == f"{PREFIX}/servers/demo/"
    assert {cookie.path for cookie in session.cookies} == {f"{PREFIX}/"}


def test_a_proxy_may_take_the_path_off(product) -> None:
    origin = product.address.removesuffix(PREFIX)
    assert requests.get(f"{origin}/health/", timeout=20).status_code == 200
    page = requests.get(f"{origin}/sign-in/", timeout=20)
    assert f"{PREFIX}/static/" in page.text
    assert requests.get(f"{product.address}elsewhere/", timeout=20).status_code == 404


@pytest.mark.thorough
@pytest.mark.browser
def test_what_scripts_ask_for_stays_below_the_path(product, browser: Browser) -> None:
    context = browser.new_context()
    context.set_default_timeout(30_000)
    page = context.new_page()
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.on(
        "response", lambda answer: problems.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
    )
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(product.address)
    page.get_by_label("Username").fill(USERNAME)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(f"{PREFIX}/servers/demo/$"))

    for place in ("datasets/", "assistants/", "retrieval/", "activity/"):
        page.goto(f"{product.address}/servers/demo/{place}")
    page.goto(f"{product.address}/servers/demo/datasets/")
    page.locator("tbody a[href*='/documents/']").first.click()
    expect(page).to_have_url(re.compile("/documents/"))
    page.wait_for_load_state("networkidle")  # the script that takes files is there
    page.locator("input[type=file]").first.set_input_files(
        [{"name": "note.txt", "mimeType": "text/plain", "buffer": b"A note about the sub-path."}]
    )
    expect(page.get_by_role("link", name="note.txt").first).to_be_visible(timeout=20_000)

    # While a file is on its way, other pages are shown in a frame.
    page.route("**/upload/?*", lambda route: None)
    page.locator("input[type=file]").first.set_input_files(
        [{"name": "held.txt", "mimeType": "text/plain", "buffer": b"A file that takes long."}]
    )
    page.get_by_role("link", name="Activity", exact=True).click()
    frame = page.frame_locator("iframe.ra-away")
    expect(frame.get_by_role("heading", name="Activity", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile(f"{PREFIX}/servers/demo/activity/$"))
    context.close()
    assert problems == []
    assert any("upload" in path for path in asked), "the upload's address is made by a script"
    assert [path for path in asked if not path.startswith(f"{PREFIX}/")] == [PREFIX]
