"""A part of the dashboard itself is down: the answer says which, and needs none of them."""

from __future__ import annotations

import errno
import re

import psycopg
import pytest
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.utils import timezone
from kombu.exceptions import OperationalError as QueueError

from dashboard.audit import recorder
from dashboard.core.web import outages
from dashboard.core.web.outages import BUSY, CACHE, DATABASE, DISK, QUEUE, CacheDown, outage_of
from dashboard.core.web.roles import public
from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow

raised: list[Exception] = []


@public
def breaks(request: HttpRequest) -> HttpResponse:
    request.POST.get("question")
    raise raised[-1]


urlpatterns = [path("breaks/", breaks), path("", include("dashboard.urls"))]
handler404 = "dashboard.core.web.error_pages.not_found"
handler500 = "dashboard.core.web.error_pages.server_error"


def because_of(cause: Exception, error: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (OperationalError("connection refused"), DATABASE),
        (InterfaceError("connection already closed"), DATABASE),
        (OperationalError("database or disk is full"), DISK),
        (OperationalError('could not extend file "base/1": No space left on device'), DISK),
        (OperationalError("database is locked"), BUSY),
        (OperationalError("no such table: dashboard_server"), None),
        (CacheDown("gone"), CACHE),
        (QueueError("gone"), QUEUE),
        (OSError(errno.ENOSPC, "No space left on device"), DISK),
        (OSError(errno.EACCES, "Permission denied"), None),
        (because_of(OperationalError("gone"), RuntimeError("made of it")), DATABASE),
        (ValueError("a mistake"), None),
    ],
    ids=str,
)
def test_each_error_is_told_by_the_part_that_is_down(error, outage) -> None:
    assert outage_of(error) is outage


@pytest.mark.parametrize("error", [CacheDown(""), QueueError(""), OperationalError("disk I/O error")], ids=repr)
def test_whatever_fails_on_a_full_disk_is_the_full_disk(error, monkeypatch, settings) -> None:
    settings.DATA_ON_DISK = True
    monkeypatch.setattr(outages, "ROOM", 1 << 62)
    assert outage_of(error) is DISK


@pytest.fixture
def no_database(db):
    """Every query to our own database fails; nobody's session is in the cache."""

    def gone(*args: object) -> None:
        raise OperationalError("connection refused")

    cache.clear()
    with connection.execute_wrapper(gone):
        yield


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("address", ["/", "/servers/test/", "/nothing/here/", "/breaks/"])
def test_a_page_without_the_database_is_a_page_all_the_same(
    viewer_client: Client, ragflow_server: Server, no_database, address: str
) -> None:
    viewer_client.raise_request_exception = False
    raised.append(OperationalError("gone"))
    page = viewer_client.get(address)
    text = page.content.decode()
    assert page.status_code == 503
    assert "The dashboard&#x27;s database is unreachable" in text
    assert f'href="{address}"' in text
    assert page["X-Request-Id"] in text
    assert page["Retry-After"] == "5"
    assert "connection refused" not in text


def test_htmx_gets_a_toast_and_scripts_get_json(viewer_client: Client, ragflow_server: Server, no_database) -> None:
    viewer_client.raise_request_exception = False
    part = viewer_client.get("/servers/test/", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Reswap"]) == (503, "none")
    assert "<html" not in part.content.decode()
    assert 'role="alert"' in part.content.decode()
    told = viewer_client.get("/servers/test/", headers={"Accept": "application/json"})
    assert told.status_code == 503
    assert told.json() == {"error": f"{DATABASE.title}. {DATABASE.text}", "retry": True}


@override_settings(ROOT_URLCONF=__name__)
def test_what_was_written_into_a_form_is_shown_again_but_no_password(client: Client, db) -> None:
    raised.append(CacheDown("gone"))
    form = {"question": "Is <b>this</b> lost?", "password": "correct horse battery"}
    page = client.post("/breaks/", form).content.decode()
    assert "The cache is unreachable" in page
    assert "Is &lt;b&gt;this&lt;/b&gt; lost?" in page
    assert "Check before you repeat it" in page
    assert "correct horse" not in page


@override_settings(ROOT_URLCONF=__name__)
def test_a_mistake_is_no_outage_and_its_page_needs_nothing_either(
    viewer_client: Client, ragflow_server: Server, no_database
) -> None:
    viewer_client.raise_request_exception = False
    raised.append(RuntimeError("a mistake"))
    page = viewer_client.get("/breaks/")
    assert page.status_code == 500
    assert "Something went wrong on our side" in page.content.decode()


@override_settings(DATA_ON_DISK=True)
def test_a_full_disk_is_said_on_every_page(viewer_client: Client, ragflow_server: Server, monkeypatch) -> None:
    address = ragflow_server.url("datasets:list")
    assert "disk is full" not in viewer_client.get(address).content.decode()
    monkeypatch.setattr(outages, "ROOM", 1 << 62)
    page = viewer_client.get(address).content.decode()
    assert re.search(r'role="alert">.*?disk is full', page, re.DOTALL)


def test_what_was_done_while_the_database_was_away_is_in_the_audit_trail_when_it_is_back(
    ragflow_server: Server, tenant_key: str, monkeypatch, caplog, transactional_db
) -> None:
    client = RAGFlow(ragflow_server.base_url, tenant_key, on_write=recorder.recorder(ragflow_server, None))
    save = AuditEntry.save

    def fails(*args: object, **options: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(AuditEntry, "save", fails)
    began = timezone.now()
    client.datasets.create(name="While away")
    done = timezone.now()
    assert "While away" in caplog.text
    assert not AuditEntry.objects.exists()

    monkeypatch.setattr(AuditEntry, "save", save)
    client.datasets.create(name="Afterwards")
    entries = {entry.target_names[0]: entry for entry in AuditEntry.objects.all()}
    assert set(entries) == {"While away", "Afterwards"}
    assert began <= entries["While away"].at <= done, "when it was done, not when it could be stored"


def test_messages_are_sent_on_commit_by_all_but_the_safety_tick() -> None:
    """A page would fail, or wait, for a broker that is down; what is sent on commit is sent patiently (patience.py)."""
    import ast
    from pathlib import Path

    root = Path(__file__).parents[3] / "dashboard"
    senders = {
        str(file.relative_to(root))
        for file in root.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("delay", "apply_async", "send_task")
    }
    # The ``delay`` of jobs/items.py is that of an action.
    assert senders <= {"tasks.py", "jobs/items.py"}


def test_what_postgresql_says_is_understood_as_django_passes_it_on() -> None:
    with pytest.raises(psycopg.OperationalError) as refused:
        psycopg.connect("postgresql://nobody@127.0.0.1:9/none", connect_timeout=2)
    assert outage_of(because_of(refused.value, OperationalError(str(refused.value)))) is DATABASE
