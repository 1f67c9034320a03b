"""RAGFlow's log of a document, and its file."""

from __future__ import annotations

import pytest

from tests.support.pages.reading import visible_text
from tests.support.processes.waiting import wait_until


def test_the_log_page_shows_what_ragflow_wrote(viewer_client, address, stored, ragflow):
    document = stored("a.txt")
    ragflow.documents.parse(document)
    wait_until(lambda: ragflow.documents.get(document.dataset_id, document.id).run == "DONE")
    page = viewer_client.get(address("log", document.id))
    assert page.status_code == 200
    assert "Task done" in visible_text(page)
    assert "every 3s" not in page.content.decode()


def test_htmx_gets_a_drawer(viewer_client, address, stored):
    document = stored("a.txt")
    html = viewer_client.get(address("log", document.id), headers={"HX-Request": "true"}).content.decode()
    assert '<dialog class="ra-drawer"' in html
    assert "<html" not in html


def test_while_it_runs_the_log_goes_on_by_itself(viewer_client, address, stored, ragflow, standin, tenant_key):
    standin.parsing(paused=True)
    document = stored("a.txt")
    ragflow.documents.parse(document)
    assert "every 3s" in viewer_client.get(address("log", document.id)).content.decode()
    standin.reset_requests()
    for _ in range(5):
        viewer_client.get(address("log", document.id), {"part": "body"}, headers={"HX-Request": "true"})
    assert len(standin.requests(tenant_key)) == 1


@pytest.mark.parametrize("name", ["<script>alert(1)</script>.txt", 'quote".txt', "ünïcode.txt"])
def test_a_download_is_the_file_and_always_saved(viewer_client, address, stored, name):
    document = stored(name, b"The very bytes")
    answer = viewer_client.get(address("download", document.id))
    assert b"".join(answer.streaming_content) == b"The very bytes"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "\n" not in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_document_of_another_dataset_is_not_given_out(viewer_client, address, stored, ragflow):
    foreign = stored("foreign.txt", into=ragflow.datasets.create(name="Another one"))
    assert viewer_client.get(address("download", foreign.id)).status_code == 404
    assert viewer_client.get(address("log", foreign.id)).status_code == 404


def test_an_empty_file_is_explained(viewer_client, address, stored):
    document = stored("empty.txt", b"")
    answer = viewer_client.get(address("download", document.id), follow=True)
    assert "Could not download" in visible_text(answer)
