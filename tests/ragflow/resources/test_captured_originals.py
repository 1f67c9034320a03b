"""Recorded answers about documents that are made of files of the file manager, and about the file manager itself."""

from __future__ import annotations

import pytest

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.releases import detection
from dashboard.ragflow.resources.files import ManagedFile
from tests.support.ragflow.captures import capture
from tests.support.ragflow.fake_upstream import FakeServer, Reply


@pytest.fixture(autouse=True)
def fresh(client: RAGFlow) -> None:
    detection.forget(client.base_url)


@pytest.mark.parametrize(
    ("number", "version", "destroys"),
    [("0586", "v0.24.0", True), ("0586", "f2a8c1", False), ("0586", "v0.27.0", False), ("0128", "v0.24.0", False)],
)
def test_a_document_made_of_a_file_is_told_by_its_missing_thumbnail(
    number: str, version: str, destroys: bool, fake: FakeServer, client: RAGFlow
) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    fake.on("GET", "/api/v1/models", Reply({"code": 404}, status=404))
    fake.release = version
    documents = client.documents.list(recorded.path.split("/")[4], keywords="x")
    assert {document.destroys_original for document in documents} == {destroys}


def test_without_such_a_document_nobody_asks_for_the_version(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("0128")
    fake.on("GET", recorded.path, recorded.reply)
    client.documents.list(recorded.path.split("/")[4], keywords="x")
    assert [request.path for request in fake.received] == [recorded.path]


def test_the_file_manager_tells_of_which_file_each_document_is_made(fake: FakeServer, client: RAGFlow) -> None:
    folder = capture("0585")
    fake.on("GET", folder.path, folder.reply)
    found = client.files.originals()
    assert found.files == {"c777c48ae5e811f18dfc02fc00000001": ManagedFile("up-renamed.txt", 1)}
    assert found.complete


def test_what_was_uploaded_into_a_dataset_is_no_file_of_the_file_manager(fake: FakeServer, client: RAGFlow) -> None:
    hidden = capture("0534")
    fake.on("GET", hidden.path, hidden.reply)
    found = client.files.originals()
    assert (found.files, found.complete) == ({}, True)
    assert len(fake.received) == 1, "its folder is not looked into"
