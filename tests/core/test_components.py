from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.models import Server
from dashboard.ragflow import errors


def test_the_style_guide_shows_every_component(administrator_client: Client) -> None:
    html = administrator_client.get("/style-guide/").content.decode()
    for css in (
        "ra-table",
        "ra-chip",
        "ra-foot-bar",
        "ra-status--stall",
        "ra-banner--bad",
        "ra-drop",
        "ra-range",
        "ra-radio",
        "ra-choices",
        "ra-switch",
        "ra-save",
        "ra-scores",
        "ra-src",
        "ra-loading",
        "ra-bulk",
        "ra-menu",
        "ra-invalid",
    ):
        assert css in html, css


def test_no_page_carries_inline_style_or_script(administrator_client: Client) -> None:
    html = administrator_client.get("/style-guide/").content.decode()
    assert not re.search(r'\sstyle="|\son\w+="|hx-on|javascript:|<style|hx-vals=.js:', html)
    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []


def test_what_came_from_outside_is_text(administrator_client: Client) -> None:
    html = administrator_client.get("/style-guide/").content.decode()
    assert "<img src=x" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;.txt" in html


def test_only_administrators_see_the_style_guide(viewer_client: Client, curator_client: Client) -> None:
    assert viewer_client.get("/style-guide/").status_code == 403
    assert curator_client.get("/style-guide/").status_code == 403
    assert "Style guide" not in viewer_client.get("/no-such-page/").content.decode()


def test_the_sidebar_marks_where_we_are(administrator_client: Client) -> None:
    html = administrator_client.get("/style-guide/").content.decode()
    assert re.findall(r'title="([^"]+)"\s+aria-current="page"', html) == ["Style guide"]


def test_the_server_can_be_switched_when_there_are_two(administrator_client: Client) -> None:
    for slug in ("one", "two"):
        server = Server(name=slug.title(), slug=slug, base_url="http://127.0.0.1:1", is_default=slug == "one")
        server.api_key = "secret"
        server.save()
    html = administrator_client.get("/style-guide/").content.decode()
    assert 'href="/servers/two/"' in html
    assert "Switch server" in html
    assert "secret" not in html


def test_a_toast_comes_out_of_band_with_an_answer_for_htmx(administrator_client: Client) -> None:
    response = administrator_client.post(reverse("styleguide:toast", args=["ok"]), headers={"HX-Request": "true"})
    html = response.content.decode()
    assert 'hx-swap-oob="beforeend:#toasts"' in html
    assert "<b data-toast-title>Parsing 12 documents</b>" in html
    assert "About 4 min left." in html


def test_an_error_stays_until_it_is_closed(administrator_client: Client) -> None:
    post = {"headers": {"HX-Request": "true"}}
    good = administrator_client.post(reverse("styleguide:toast", args=["ok"]), **post).content.decode()
    bad = administrator_client.post(reverse("styleguide:toast", args=["bad"]), **post).content.decode()
    assert 'role="alert" data-stay' in bad
    assert "data-stay" not in good


def test_without_htmx_the_toast_waits_for_the_next_page(administrator_client: Client) -> None:
    response = administrator_client.post(reverse("styleguide:toast", args=["ok"]), follow=True)
    assert response.redirect_chain == [("/style-guide/", 302)]
    assert "Parsing 12 documents" in response.content.decode()


def test_a_confirm_names_three_things_and_counts_the_rest(administrator_client: Client) -> None:
    html = administrator_client.get("/style-guide/confirm/214/").content.decode()
    assert re.findall(r"document-\d+\.pdf", html) == ["document-1.pdf", "document-2.pdf", "document-3.pdf"]
    assert "and 211 more" in html
    assert html.count('type="hidden" name="id"') == 214
    assert 'name="typed"' in html


def test_a_confirm_for_htmx_is_only_the_dialog(administrator_client: Client) -> None:
    html = administrator_client.get("/style-guide/confirm/3/", headers={"HX-Request": "true"}).content.decode()
    assert html.strip().startswith("<dialog")
    assert "<html" not in html
    assert 'name="typed"' not in html


def test_a_wrong_name_is_asked_for_again(administrator_client: Client) -> None:
    url = reverse("styleguide:confirm", args=[214])
    for typed in ("", "company handbook", "Company"):
        response = administrator_client.post(url, {"typed": typed})
        assert response.status_code == 422
        assert "Type the name exactly as it is written." in response.content.decode()
    assert administrator_client.post(url, {"typed": " Company handbook "}).status_code == 302


def test_four_things_are_all_named_since_one_line_more_is_no_longer() -> None:
    confirmation = Confirmation("?", "", [AffectedItem(str(n)) for n in range(4)], "/", "Delete", "/")
    assert (len(confirmation.named), confirmation.more) == (4, 0)


@pytest.mark.parametrize("kind", [*errors.RAGFlowError.__subclasses__(), errors.TimedOut, errors.RAGFlowError])
@pytest.mark.parametrize(
    "template", ["errors/ragflow.html", "errors/_ragflow_fragment.html", "errors/_ragflow_toast.html"]
)
def test_every_error_of_ragflow_is_told_as_text_with_a_way_on(kind: type[errors.RAGFlowError], template: str) -> None:
    error = kind(
        "It said <b>no</b>.",
        status=500,
        code=100,
        method="GET",
        path="/api/v1/datasets",
        base_url="http://ragflow:9380",
        elapsed_ms=4200,
        excerpt="<html><script>",
    )
    request = RequestFactory().get("/servers/p/datasets/?q=1")
    request.user = User(username="ada", is_superuser=True)
    server = Server(name="Production", slug="p", base_url="http://ragflow:9380")
    request.server, request.servers = server, [server]
    html = render_to_string(template, {"error": error, "server": server, "request_id": "7f3a91c2"}, request)
    assert "<b>no</b>" not in html
    assert "It said &lt;b&gt;no&lt;/b&gt;." in html
    assert "<html><script>" not in html
    if template != "errors/_ragflow_toast.html":
        assert "GET http://ragflow:9380/api/v1/datasets" in html
        assert "&lt;html&gt;&lt;script&gt;" in html
        assert 'href="/servers/p/datasets/?q=1"' in html
        assert "7f3a91c2" in html


def test_a_write_that_may_have_happened_is_not_called_undone() -> None:
    error = errors.TimedOut("No answer in 25 s.", method="DELETE", path="/api/v1/datasets", maybe_done=True)
    html = render_to_string("errors/_ragflow_toast.html", {"error": error})
    assert "Check before you repeat it" in html
    assert "Nothing was changed" not in html


@pytest.mark.django_db
def test_too_many_wrong_passwords_are_answered_by_a_page_that_says_so(client: Client) -> None:
    User.objects.create_user("ada", password="a good password 1")
    for _try in range(8):
        response = client.post("/sign-in/", {"username": "ada", "password": "wrong"})
    assert response.status_code == 429
    assert "Too many failed sign-ins" in response.content.decode()
    response = client.post("/sign-in/", {"username": "ada", "password": "a good password 1"})
    assert response.status_code == 429


def test_a_page_that_is_not_there_keeps_the_frame(viewer_client: Client) -> None:
    response = viewer_client.get("/no-such-page/")
    assert response.status_code == 404
    assert 'id="sidebar"' in response.content.decode()


def test_an_htmx_request_that_is_refused_becomes_a_toast(viewer_client: Client) -> None:
    response = viewer_client.get("/style-guide/", headers={"HX-Request": "true"})
    assert response.status_code == 403
    assert response["HX-Reswap"] == "none"
    assert 'hx-swap-oob="beforeend:#toasts"' in response.content.decode()
