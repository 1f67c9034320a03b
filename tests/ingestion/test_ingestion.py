"""The ingestion log of a dataset, of a document and of one run; and releases that keep none."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.resources.graph import JobKind
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.reading import HTMX, text_of
from tests.support.processes.waiting import wait_until

Url = Callable[..., str]
Made = dict[str, Any]
pytestmark = pytest.mark.releases


def rows(page: str) -> list[str]:
    """The rows of the table of runs, as text."""
    found = re.findall(r'<th scope="row">(.*?)</tr>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def test_a_viewer_sees_each_run_with_its_state_duration_and_log(
    viewer_client: Client, url: Url, made: Made, ragflow_server: Server, newest: StandinProcess, tenant_key: str
) -> None:
    newest.reset_requests()
    page = text_of(viewer_client.get(url()))
    assert len(newest.requests(tenant_key)) == 3, "dataset, runs, states of the documents"
    good = next(row for row in rows(page) if "good.txt" in row)
    bad = next(row for row in rows(page) if "bad.pdf" in row)
    assert re.search(r"General Parsing Done 1\smin\s04\ss", good)
    assert "Task done (1.10s)" in good
    assert "Parsing Failed" in bad
    assert "The file is broken 10:00:00 Task has been received." in bad, "the reason, then the log"
    assert "new.txt" not in page
    assert "1 not parsed, 1 parsed, 1 failed" in " ".join(page.split())
    assert ragflow_server.url("documents:log", made["id"], made["documents"][0]["id"]) in page


def test_words_of_ragflow_are_no_markup(viewer_client: Client, url: Url) -> None:
    assert "<b>broken" not in viewer_client.get(url()).content.decode()


def test_jobs_over_the_dataset_are_a_list_of_their_own(
    viewer_client: Client, url: Url, made: Made, ragflow: RAGFlow, ragflow_server: Server
) -> None:
    page = text_of(viewer_client.get(url(), {"of": "jobs"}))
    assert "No job has ended yet" in page
    dataset = ragflow.datasets.get(made["id"])
    ragflow.graph.run(dataset, JobKind.RAPTOR)
    wait_until(lambda: bool(rows(text_of(viewer_client.get(url(), {"of": "jobs"})))))
    page = text_of(viewer_client.get(url(), {"of": "jobs"}))
    [job] = rows(page)
    assert job.startswith("RAPTOR summaries RAPTOR summaries Done")
    assert ragflow_server.url("graph:page", made["id"]) in page


def test_an_unknown_list_is_that_of_the_documents(viewer_client: Client, url: Url) -> None:
    assert "good.txt" in text_of(viewer_client.get(url(), {"of": "everything"}))


def test_the_log_comes_in_pages(
    viewer_client: Client, ragflow_server: Server, newest: StandinProcess, tenant_key: str
) -> None:
    documents = [{"name": f"{number}.txt", "run": "DONE", "progress_msg": "10:00:00 Done"} for number in range(30)]
    made = newest.fill(tenant_key, datasets=[{"name": "Large", "documents": documents}])["datasets"][0]
    first = ragflow_server.url("ingestion:page", made["id"])
    page = text_of(viewer_client.get(first))
    assert len(rows(page)) == 25
    assert "1 to 25 of 30" in " ".join(page.split())
    assert len(rows(text_of(viewer_client.get(first, {"page": "2"})))) == 5
    assert "There are no runs on this page." in text_of(viewer_client.get(first, {"page": "9"}))


def test_a_document_shows_only_its_own_runs(
    viewer_client: Client, url: Url, made: Made, newest: StandinProcess, tenant_key: str
) -> None:
    address = url("document", made["documents"][1]["id"])
    page = text_of(viewer_client.get(address))
    [bad] = rows(page)
    assert "bad.pdf" in bad
    newest.reset_requests()
    part = text_of(viewer_client.get(address, headers=HTMX))
    assert rows(part) == [bad]
    assert "<html" not in part
    assert len(newest.requests(tenant_key)) == 1
    page = text_of(viewer_client.get(url("document", made["documents"][2]["id"])))
    assert "RAGFlow has logged no run of this document." in page


def test_of_a_dataset_with_very_many_runs_the_newest_are_searched(
    viewer_client: Client, ragflow_server: Server, newest: StandinProcess, tenant_key: str
) -> None:
    documents = [{"name": f"{number}.txt", "run": "DONE", "progress_msg": "10:00:00 Done"} for number in range(310)]
    made = newest.fill(tenant_key, datasets=[{"name": "Large", "documents": documents}])["datasets"][0]
    newest.reset_requests()
    address = ragflow_server.url("ingestion:document", made["id"], made["documents"][5]["id"])
    page = text_of(viewer_client.get(address, headers=HTMX))
    assert "only the newest of the dataset were searched: 300." in page
    assert len(newest.requests(tenant_key)) == 3


def test_a_long_log_is_cut_in_the_table_and_has_a_page_of_its_own(
    viewer_client: Client, ragflow_server: Server, newest: StandinProcess, tenant_key: str
) -> None:
    log = "\n".join(f"10:00:00 Line {number}." for number in range(1, 501))
    document = {"name": "long.txt", "run": "DONE", "progress_msg": log}
    made = newest.fill(tenant_key, datasets=[{"name": "Long", "documents": [document]}])["datasets"][0]
    own = ragflow_server.url("ingestion:run", made["id"], made["documents"][0]["log"])
    page = text_of(viewer_client.get(ragflow_server.url("ingestion:page", made["id"])))
    assert "Line 500." in page
    assert "Line 7." not in page
    assert f'href="{own}"' in page
    assert "Line 7." in text_of(viewer_client.get(own))


def test_a_run_that_does_not_exist_is_not_found(viewer_client: Client, url: Url) -> None:
    assert viewer_client.get(url("run", "f" * 32)).status_code == 404
    assert viewer_client.get(url("document", "f" * 32)).status_code == 404


def test_the_log_is_linked_from_the_documents_the_graph_and_the_log_of_a_document(
    viewer_client: Client, url: Url, made: Made, ragflow_server: Server
) -> None:
    document = made["documents"][0]["id"]
    for name in ("documents:list", "graph:page"):
        assert f'href="{url()}"' in text_of(viewer_client.get(ragflow_server.url(name, made["id"])))
    log = ragflow_server.url("documents:log", made["id"], document)
    page = text_of(viewer_client.get(log))
    assert f'hx-get="{url("document", document)}"' in page
    assert f'href="{url("document", document)}"' in text_of(viewer_client.get(log, headers=HTMX))


def test_a_release_without_a_log_says_so_in_one_sentence(
    viewer_client: Client, ragflow_server: Server, standin: StandinProcess, tenant_key: str, release: str
) -> None:
    made = standin.fill(tenant_key, datasets=[{"name": "Old", "documents": [{"name": "a.txt"}]}])["datasets"][0]
    own = ragflow_server.url("ingestion:page", made["id"])
    documents = text_of(viewer_client.get(ragflow_server.url("documents:list", made["id"])))
    log = text_of(viewer_client.get(ragflow_server.url("documents:log", made["id"], made["documents"][0]["id"])))
    if release == "0.24":
        assert "keeps no ingestion log" in text_of(viewer_client.get(own))
        assert own not in documents
        assert "This RAGFlow keeps only the last log of a document." in log
    else:
        assert own in documents
        assert "keeps only the last log" not in log
