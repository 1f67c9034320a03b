"""What documents are called now, although RAGFlow's chunks tell what they were called when they were cut."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dashboard.documents.query import document_names
from dashboard.documents.query.document_names import present_names
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document, RunStatus
from ragflow_admin.standin.testing import StandinProcess
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.releases


def test_chunks_keep_the_name_their_document_had_and_the_present_one_is_found(
    ragflow: RAGFlow, ragflow_server: Server, dataset: Dataset, stored: Callable[..., Document]
) -> None:
    document = stored("beta.txt")
    ragflow.documents.parse(document)
    wait_until(lambda: ragflow.documents.get(dataset.id, document.id).run is RunStatus.DONE)
    ragflow.documents.update(document, name="gamma.txt")
    hit = ragflow.retrieval.search("sick leave procedure", [dataset.id]).hits[0]
    assert hit.document_name == "beta.txt"  # as a real server says it
    assert present_names(ragflow, ragflow_server, {dataset.id: {document.id}}) == {document.id: "gamma.txt"}


def test_names_of_a_page_cost_one_call_and_then_none(
    standin: StandinProcess,
    tenant_key: str,
    ragflow: RAGFlow,
    ragflow_server: Server,
    dataset: Dataset,
    stored: Callable[..., Document],
) -> None:
    documents = [stored(f"{n}.txt") for n in range(5)]
    gone = "0" * 32
    wanted = {dataset.id: [gone, *(document.id for document in documents)]}
    standin.reset_requests()
    assert present_names(ragflow, ragflow_server, wanted) == {document.id: document.name for document in documents}
    assert len(standin.requests(tenant_key)) == 1
    # The one that is gone is not looked for again either.
    assert len(present_names(ragflow, ragflow_server, wanted)) == 5
    assert len(standin.requests(tenant_key)) == 1


def test_a_document_beyond_the_hundred_that_changed_last_is_looked_up_by_its_id(
    standin: StandinProcess, tenant_key: str, ragflow: RAGFlow, ragflow_server: Server, release: str
) -> None:
    rows = [{"name": f"{n:03}.txt", "create_time": 1_700_000_000_000 + n} for n in range(130)]
    made = standin.fill(tenant_key, datasets=[{"name": "Many", "documents": rows}])
    dataset = ragflow.datasets.get(made["datasets"][0]["id"])
    oldest = ragflow.documents.list(dataset.id, page_size=40, orderby="update_time", desc=False)
    standin.reset_requests()
    wanted = {dataset.id: [document.id for document in oldest]}
    found = present_names(ragflow, ragflow_server, wanted)
    assert found == {document.id: document.name for document in oldest.items if document.id in found}
    by_id = document_names.LOOKUPS if release == "0.24" else 0
    assert len(found) == (10 + by_id if by_id else 40), "newer releases list them by their ids"
    assert len(standin.requests(tenant_key)) == 1 + by_id


def test_names_that_cannot_be_asked_for_are_left_to_the_chunks(
    standin: StandinProcess, ragflow: RAGFlow, ragflow_server: Server, dataset: Dataset, stored: Callable[..., Document]
) -> None:
    document = stored("a.txt")
    standin.fault("error500", path="/documents$")
    assert present_names(ragflow, ragflow_server, {dataset.id: [document.id], "": [""], "f" * 32: ["x"]}) == {}
    standin.clear_faults()
    assert present_names(ragflow, ragflow_server, {dataset.id: [document.id]}) == {document.id: "a.txt"}


@pytest.mark.django_db
def test_a_rename_in_the_dashboard_is_known_at_once(
    curator_client, ragflow: RAGFlow, ragflow_server: Server, dataset: Dataset, stored: Callable[..., Document]
) -> None:
    document = stored("beta.txt")
    wanted = {dataset.id: [document.id]}
    assert present_names(ragflow, ragflow_server, wanted) == {document.id: "beta.txt"}
    address = ragflow_server.url("documents:edit", dataset.id, document.id)
    curator_client.post(address, {"name": "gamma.txt", "enabled": "on"})
    assert present_names(ragflow, ragflow_server, wanted) == {document.id: "gamma.txt"}
