"""Documents that are linked from RAGFlow's file manager: on 0.24 the original goes with them, and that is said."""

from __future__ import annotations

import pytest
import requests
from django.core.cache import cache

from dashboard.documents import originals
from dashboard.models import Job, JobItem
from dashboard.ragflow.releases import detection
from dashboard.ragflow.releases.release import Release
from dashboard.ragflow.resources import files
from tests.support.pages.documents import parsed, put
from tests.support.pages.reading import visible_text
from tests.support.processes.worker import go_on, work

TEXT = "The procedure has three steps. " * 40


@pytest.fixture
def filled(standin, tenant_key, ragflow_server):
    """Two datasets: one with a plain and two linked documents, and another one made of the first one's file."""
    made = standin.fill(
        tenant_key,
        datasets=[
            {
                "name": "Handbook",
                "documents": [
                    {"name": "plain.txt", "text": TEXT},
                    {"name": "office.txt", "text": TEXT, "original": "Contracts/2024/office.txt"},
                    {"name": "notes.txt", "text": TEXT, "original": "notes.txt"},
                ],
            },
            {"name": "Other", "documents": [{"name": "office.txt", "original": "Contracts/2024/office.txt"}]},
        ],
    )
    return made["datasets"][0]["id"]


@pytest.fixture
def at(filled, ragflow_server):
    return lambda name="list": ragflow_server.url(f"documents:{name}", filled)


@pytest.fixture
def document(filled, ragflow):
    def find(name):
        return next(one for one in ragflow.documents.list(filled) if one.name == name)

    return find


@pytest.fixture
def on_027(ragflow):
    detection.remember(ragflow.base_url, Release("v0.27.0", (0, 27, 0)))
    yield
    detection.forget(ragflow.base_url)


def stored(standin, tenant_key, path):
    """Whether the file manager still has the content of a file."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {tenant_key}"
    folder, found = None, {}
    for name in path.split("/"):
        query = {"parent_id": folder} if folder else {}
        listed = session.get(f"{standin.base_url}/api/v1/file/list", params=query, timeout=10).json()["data"]["files"]
        found = next(file for file in listed if file["name"] == name)
        folder = found["id"]
    answer = session.get(f"{standin.base_url}/api/v1/file/get/{found['id']}", timeout=10)
    return "json" not in answer.headers["Content-Type"]


def test_a_linked_document_is_marked_in_the_table_and_others_are_not(curator_client, at):
    page = curator_client.get(at()).content.decode()
    assert page.count(">Linked file<") == 2
    row = page.partition("plain.txt")[2].partition("</tr>")[0]
    assert "Linked file" not in row


def test_the_dialog_names_the_linked_document_and_what_is_lost(curator_client, at, document):
    ids = [document(name).id for name in ("plain.txt", "office.txt")]
    page = visible_text(curator_client.get(at("delete"), {"id": ids}))
    assert "office.txt is linked from RAGFlow" in page
    assert "destroys the original there" in page
    assert "with its original in the file manager: Contracts/2024/office.txt" in page
    assert "1 other document created from the same file can no longer be parsed." in page
    assert "plain.txt is linked" not in page
    page = visible_text(curator_client.get(at("delete"), {"id": ids[:1]}))
    assert "file manager" not in page


def test_deleting_all_that_match_names_them_too(curator_client, at):
    page = visible_text(curator_client.get(at("delete"), {"all": "yes"}))
    assert "notes.txt and office.txt are linked" in page or "office.txt and notes.txt are linked" in page


def test_the_stand_in_destroys_the_original_as_the_real_server_does(curator_client, at, document, standin, tenant_key):
    assert stored(standin, tenant_key, "Contracts/2024/office.txt")
    curator_client.post(at("delete"), {"id": [document("office.txt").id]})
    assert not stored(standin, tenant_key, "Contracts/2024/office.txt")
    assert stored(standin, tenant_key, "notes.txt")


def test_replacing_a_linked_document_keeps_the_file_and_says_so(
    curator_client, at, document, ragflow, filled, standin, tenant_key
):
    old = parsed(ragflow, document("office.txt"))
    found = curator_client.post(at("names"), {"names": ["office.txt"]}, content_type="application/json").json()
    assert "linked from the file manager" in found["found"]["office.txt"]["note"]
    answer = put(curator_client, at, "office.txt", TEXT.encode(), parse=1, batch="batch-00001", replace=old.id).json()
    assert "office.txt will be disabled" in answer["note"]
    go_on(ragflow, answer["id"])
    assert stored(standin, tenant_key, "Contracts/2024/office.txt")
    item = JobItem.objects.get()
    assert "Disabled instead of deleted, because it is linked from RAGFlow's file manager" in item.reason
    assert "office(1).txt" in item.reason
    assert Job.objects.get().ended_at is not None
    assert not ragflow.documents.get(filled, old.id).enabled
    assert ragflow.documents.get(filled, answer["id"]).enabled


def test_on_newer_servers_nothing_is_lost_and_nothing_said(curator_client, at, document, on_027, standin, tenant_key):
    assert "Linked file" not in curator_client.get(at()).content.decode()
    standin.reset_requests()
    page = visible_text(curator_client.get(at("delete"), {"id": [document("office.txt").id]}))
    assert "file manager" not in page
    assert not any("/file/" in entry["path"] for entry in standin.requests(tenant_key))


def test_a_sign_that_the_file_manager_does_not_confirm_is_no_mark(curator_client, at, monkeypatch):
    """Uploads of very old releases look like it, too."""
    monkeypatch.setattr(files.Files, "originals", lambda self: files.Originals({}, complete=True))
    assert "Linked file" not in curator_client.get(at()).content.decode()


def test_a_file_manager_that_is_too_large_or_does_not_answer_leaves_the_mark(
    curator_client, at, document, standin, monkeypatch
):
    monkeypatch.setattr(files, "CALLS", 1)
    assert curator_client.get(at()).content.decode().count(">Linked file<") == 2
    cache.clear()
    standin.fault("error500", path="/file/list")
    assert curator_client.get(at()).content.decode().count(">Linked file<") == 2
    page = visible_text(curator_client.get(at("delete"), {"id": [document("notes.txt").id]}))
    assert "notes.txt is linked from RAGFlow" in page


def test_the_file_manager_is_asked_once_for_many_looks_and_never_without_a_sign(
    curator_client, at, standin, tenant_key, ragflow, ragflow_server
):
    def asked():
        return sum("/file/list" in entry["path"] for entry in standin.requests(tenant_key))

    plain = ragflow.datasets.create(name="Plain")
    standin.reset_requests()
    curator_client.get(ragflow_server.url("documents:list", plain.id))
    assert asked() == 0
    for _ in range(3):
        curator_client.get(at())
    assert asked() == 3, "the root, Contracts, Contracts/2024"


def test_a_job_deletes_what_was_agreed_to(curator_client, at, standin, tenant_key, ragflow, filled):
    curator_client.post(at("delete"), {"all": "yes", "confirmed": "yes", "expected": "3"})
    work()
    assert list(ragflow.documents.list(filled)) == []
    assert not stored(standin, tenant_key, "notes.txt")


def test_of_many_linked_documents_the_first_are_named(filled, ragflow):
    some = [originals.AtRisk(document, None) for document in ragflow.documents.list(filled)] * 2
    said = originals.warning(some, complete=False)
    assert "and 3 more are linked from RAGFlow's file manager" in said
    assert said.endswith("Documents that were not checked may be affected too.")
    assert originals.warning([]) == ""
