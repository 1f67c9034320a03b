"""What the log of a graph job of 0.24 to 0.26 tells about each document, and what the page makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client

from dashboard.graph import joblog
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.resources.graph import Job, JobKind
from dashboard.ragflow.types import Dataset, Document
from tests.graph.conftest import TEXT
from tests.support.pages.reading import text_of

Url = Callable[[str], str]
REFUSED = "Exception('**ERROR**: CONNECTION_ERROR - Connection error.')"


def test_a_graph_that_was_built_without_some_documents_says_which_and_why(
    curator_client: Client,
    url: Url,
    ragflow: RAGFlow,
    dataset: Dataset,
    store: Callable[[str, bytes], Document],
    ended: Callable[[JobKind], Job],
) -> None:
    store("office.txt", TEXT)
    store("broken.txt", b"The model is asked to please fail here.")
    ragflow.graph.run(dataset, JobKind.GRAPH)
    assert "ok=1 / total=2" in ended(JobKind.GRAPH).log
    page = text_of(curator_client.get(url("page")))
    assert "Partly done" in page
    assert "1 of 2 documents is not in the graph" in page
    assert re.search(r"<bdi>broken.txt</bdi>[^/]*CONNECTION_ERROR", page)
    assert "<summary>Log</summary>" in page


def test_a_job_that_read_no_document_has_failed_whatever_ragflow_calls_it(
    curator_client: Client,
    url: Url,
    ragflow: RAGFlow,
    dataset: Dataset,
    store: Callable[[str, bytes], Document],
    ended: Callable[[JobKind], Job],
) -> None:
    store("broken.txt", b"The model is asked to please fail here.")
    ragflow.graph.run(dataset, JobKind.GRAPH)
    assert ended(JobKind.GRAPH).progress == 1
    page = text_of(curator_client.get(url("page")))
    assert "Failed" in page
    assert "1 of 1 documents is not in the graph" in page


def test_documents_that_the_graph_has_already_have_not_failed(
    curator_client: Client,
    url: Url,
    ragflow: RAGFlow,
    built: Dataset,
    store: Callable[[str, bytes], Document],
    ended: Callable[[JobKind], Job],
) -> None:
    store("more.txt", TEXT.replace(b"Anna", b"Hanna"))
    ragflow.graph.run(built, JobKind.GRAPH)
    log = ended(JobKind.GRAPH).log
    assert "Graph already contains" in log
    assert "ok=1 / total=2" in log
    page = text_of(curator_client.get(url("page")))
    assert "not in the graph" not in page
    assert "Partly done" not in page


def test_after_the_graph_is_deleted_the_card_says_so_and_not_how_long_it_took(
    curator_client: Client, url: Url, built: Dataset
) -> None:
    assert "took" in text_of(curator_client.get(url("page")))
    page = text_of(curator_client.post(url("delete"), follow=True))
    card = page.partition('id="job-graphrag"')[2].partition('id="job-raptor"')[0]
    assert "No graph" in card
    assert "It was deleted after it was built." in card
    assert "took" not in card.partition("<details")[0]


def test_the_log_of_a_real_server_is_read() -> None:
    ids = [f"{number:032x}" for number in range(4)]
    log = "\n".join(
        [
            "20:25:37 created task graphrag",
            f"20:25:38 [GraphRAG] build_subgraph doc:{ids[0]} start (chunks=1, timeout=10000000000s)",
            f"20:25:38 [GraphRAG] build_subgraph doc:{ids[0]} done",
            f"20:25:38 [GraphRAG] build_subgraph doc:{ids[1]} FAILED: {REFUSED}",
            f"20:25:38 Graph already contains {ids[2]}",
            f"20:25:38 [GraphRAG] build_subgraph doc:{ids[2]} empty",
            f"20:25:38 [GraphRAG] build_subgraph doc:{ids[3]} FAILED: timeout",
            "20:25:38 [GraphRAG] KB merge done in 0.65s. ok=1 / total=4",
        ]
    )
    found = joblog.read(log)
    assert (found.present, found.missing) == (2, 2)
    assert found.left_out == ((ids[1], REFUSED), (ids[3], "timeout"))
    assert joblog.read("") == joblog.Outcome()
    # A long log has lost its beginning.
    assert joblog.read("20:25:38 [GraphRAG] KB merge done in 0.65s. ok=7 / total=9").missing == 2
