"""What goes wrong is said in a sentence, with a number to find it by; RAGFlow's errors are answered in one place."""

from __future__ import annotations

import logging

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from dashboard.core.web import request_id
from dashboard.core.web.roles import viewer
from dashboard.models import Server
from dashboard.ragflow import errors
from ragflow_admin.standin.testing import StandinProcess

HTMX = {"HX-Request": "true", "HX-Target": "table"}


@viewer
def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret of the broken view")


urlpatterns = [path("breaks/", breaks), path("", include("dashboard.urls"))]
handler500 = "dashboard.core.web.error_pages.server_error"


def test_every_answer_names_its_request_and_the_log_does_too(client: Client, db, caplog) -> None:
    with caplog.at_level(logging.INFO, logger="dashboard.core.web.middleware"):
        response = client.get("/health/", headers={"X-Request-Id": "from-the-proxy-1"})
    assert response["X-Request-Id"] == "from-the-proxy-1"
    line = next(record for record in caplog.records if record.name == "dashboard.core.web.middleware")
    assert line.getMessage().startswith("GET /health/ 200 ")
    other = client.get("/health/")["X-Request-Id"]
    assert len(other) == 12
    assert request_id.current.get() == "-", "nothing of it stays behind"


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space-in-it", "new\nline-abc", "<script>alert(1)"])
def test_a_request_id_that_could_forge_log_lines_is_replaced(client: Client, db, given: str) -> None:
    response = client.get("/health/", headers={"X-Request-Id": given})
    assert response["X-Request-Id"] != given
    assert len(response["X-Request-Id"]) == 12


def test_log_lines_carry_the_id_of_their_request() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "text", None, None)
    token = request_id.current.set("abc")
    try:
        assert request_id.RequestIdFilter().filter(record)
    finally:
        request_id.current.reset(token)
    assert record.request_id == "abc"


def test_what_django_logs_after_the_middleware_has_ended_carries_the_id_too(
    viewer_client: Client, ragflow_server: Server, caplog
) -> None:
    with caplog.filtering(request_id.RequestIdFilter()):
        page = viewer_client.get("/nothing/here/")
    line = next(record for record in caplog.records if record.name == "django.request")
    assert line.request_id == page["X-Request-Id"]


def test_an_unknown_page_offers_a_way_on(viewer_client: Client, ragflow_server: Server) -> None:
    page = viewer_client.get("/nothing/here/")
    assert page.status_code == 404
    text = page.content.decode()
    assert "Page not found" in text
    assert f'href="{ragflow_server.url("datasets:list")}"' in text
    assert viewer_client.get("/servers/unknown/").status_code == 404


@override_settings(ROOT_URLCONF=__name__)
def test_a_mistake_of_ours_shows_a_number_and_no_detail(viewer_client: Client, ragflow_server: Server) -> None:
    viewer_client.raise_request_exception = False
    page = viewer_client.get("/breaks/")
    assert page.status_code == 500
    assert page["X-Request-Id"] in page.content.decode()
    assert "secret of the broken view" not in page.content.decode()


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ({"kind": "drop"}, 502, "closed the connection"),
        ({"kind": "error500"}, 502, "500"),
        ({"kind": "html"}, 502, ""),
        ({"kind": "half_json"}, 502, ""),
        ({"kind": "data_false"}, 502, ""),
        ({"kind": "unauthorized"}, 502, ""),
    ],
)
def test_a_bad_day_of_ragflow_is_a_page_that_says_so_and_offers_to_try_again(
    viewer_client: Client, ragflow_server: Server, standin: StandinProcess, tenant_key: str, fault, status, kind
) -> None:
    standin.fault(**fault, path="/api/v1/datasets")
    page = viewer_client.get(ragflow_server.url("documents:list", "f" * 32))
    text = page.content.decode()
    assert page.status_code == status
    assert ragflow_server.name in text
    assert "Try again" in text
    assert kind in text
    assert page["X-Request-Id"] in text
    assert tenant_key not in text
    assert "Traceback" not in text


def test_without_script_the_error_page_gives_back_what_was_written(
    viewer_client: Client, ragflow_server: Server, standin: StandinProcess
) -> None:
    standin.fault("error500")
    question = "How much leave, and is <b>this</b> text?"
    answer = viewer_client.post(ragflow_server.url("assistants:session-new", "f" * 32), {"question": question})
    assert answer.status_code == 502
    assert "How much leave, and is &lt;b&gt;this&lt;/b&gt; text?" in answer.content.decode()
    page = viewer_client.get(ragflow_server.url("datasets:list"))
    assert "Your input" not in page.content.decode()


def test_a_slow_ragflow_is_given_up_with_a_page(
    viewer_client: Client, ragflow_server: Server, standin: StandinProcess
) -> None:
    standin.fault("slow", path="/api/v1/datasets", seconds=30)
    with override_settings(RAGFLOW_READ_TIMEOUT=1):
        page = viewer_client.get(ragflow_server.url("documents:list", "f" * 32))
    assert page.status_code == 504
    assert "Try again" in page.content.decode()


def test_a_part_of_a_page_shows_the_error_in_its_place(
    viewer_client: Client, ragflow_server: Server, standin: StandinProcess
) -> None:
    standin.fault("error500", path="/api/v1/datasets")
    part = viewer_client.get(ragflow_server.url("documents:list", "f" * 32), headers=HTMX)
    assert part.status_code == 200, "or htmx would not show it"
    assert "<html" not in part.content.decode()
    assert 'role="alert"' in part.content.decode()


def test_a_write_through_htmx_that_fails_is_a_toast_and_leaves_the_page_alone(
    curator_client: Client, ragflow_server: Server, standin: StandinProcess
) -> None:
    standin.fault("error500", path="/api/v1/datasets")
    answer = curator_client.post(ragflow_server.url("documents:parse", "f" * 32), {"id": ["e" * 32]}, headers=HTMX)
    assert answer.status_code == 200
    assert answer["HX-Reswap"] == "none"
    assert 'hx-swap-oob="beforeend:#toasts"' in answer.content.decode()


def test_what_is_gone_is_a_404(viewer_client: Client, ragflow_server: Server) -> None:
    page = viewer_client.get(ragflow_server.url("documents:list", "f" * 32))
    assert page.status_code == 404


def test_every_error_of_the_client_has_a_status() -> None:
    from dashboard.core.web.middleware import status_of

    def family(kind: type[errors.RAGFlowError]) -> list[type[errors.RAGFlowError]]:
        return [kind, *(deeper for child in kind.__subclasses__() for deeper in family(child))]

    found = {kind.__name__: status_of(kind("said")) for kind in family(errors.RAGFlowError)}
    assert found["NotFound"] == 404
    assert found["TimedOut"] == 504
    assert set(found.values()) == {403, 404, 409, 502, 504}
