"""Recorded answers about datasets."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.types import RunStatus
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture
from tests.support.ragflow.expected import (
    check_dataset,
)
from tests.support.ragflow.fake_upstream import FakeServer, Reply

DATASET_LISTS: dict[str, dict[str, Any]] = {
    "0021": {},
    "0061": {"page": 1, "page_size": 3},
    "0062": {"page": 2, "page_size": 3},
    "0063": {"page": 99, "page_size": 30},
    "0064": {"orderby": "update_time", "desc": False, "page_size": 2},
    "0077": {},
    "0100": {"page_size": 2},
    "1109": {},
}


@pytest.mark.parametrize("number", DATASET_LISTS)
def test_a_recorded_list_of_datasets_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    page = client.datasets.list(**DATASET_LISTS[number])
    assert page.total == recorded.body["total_datasets"]
    assert len(page.items) == len(recorded.data)
    for dataset, row in zip(page.items, recorded.data, strict=True):
        check_dataset(dataset, row)
    for key, value in (recorded.query or {}).items():
        if key != "name":
            assert fake.received[0].query[key] == [str(value)]


def test_the_pages_of_datasets_follow_from_the_total(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("GET", "/api/v1/datasets", capture("0061").reply)
    page = client.datasets.list(page=1, page_size=3)
    assert (page.total, len(page.items), page.has_next, page.pages) == (20, 3, True, 7)


@pytest.mark.parametrize("number", ["0066", "0096", "1074"])
def test_a_recorded_dataset_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("GET", recorded.path, recorded.reply)
    check_dataset(client.datasets.get(recorded.query["id"]), recorded.data[0])
    assert fake.received[0].query == {"id": [recorded.query["id"]]}


CREATED_DATASETS = [
    "0022",
    "0023",
    "0024",
    "0025",
    "0026",
    "0045",
    "0177",
    "0049",
    "0050",
    "0051",
    "0052",
    "0053",
    "0054",
    "0055",
    "0056",
    "0057",
    "0058",
    "0059",
    "0060",
    "1069",
]


@pytest.mark.parametrize("number", CREATED_DATASETS)
def test_a_recorded_creation_of_a_dataset_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("POST", recorded.path, recorded.reply)
    check_dataset(client.datasets.create(**recorded.sent), recorded.data)
    sent = fake.received[0].json
    assert {key: value for key, value in sent.items() if key != "parser_config"} == {
        key: value for key, value in recorded.sent.items() if key != "parser_config"
    }


def test_a_duplicate_dataset_comes_back_with_the_name_it_got(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", "/api/v1/datasets", capture("0023").reply)
    assert client.datasets.create(name="cap-1795292198").name == "cap-1795292198(1)"


UPDATED_DATASETS = ["0079", "0080", "0081", "0082", "0091", "0092", "0599", "1073"]


@pytest.mark.parametrize("number", UPDATED_DATASETS)
def test_a_recorded_update_of_a_dataset_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("PUT", recorded.path, recorded.reply)
    before = things.dataset(
        id=recorded.path.rpartition("/")[2],
        name="before",
        permission="team",
        parser_config={},
        pagerank=1,
        embedding_model="before@Builtin",
    )
    check_dataset(client.datasets.update(before, **recorded.sent), recorded.data)
    assert fake.received[0].json == recorded.sent


@pytest.mark.parametrize("number", ["0093", "0105", "1085"])
def test_a_recorded_deletion_of_datasets_is_read(number: str, fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture(number)
    fake.on("DELETE", recorded.path, recorded.reply)
    chosen = [things.dataset(id=dataset_id) for dataset_id in recorded.sent["ids"]]
    outcome = client.datasets.delete(chosen)
    assert outcome.deleted == tuple(chosen)
    assert outcome.failed == ()
    assert fake.received[0].json == recorded.sent


PIPELINE = "d0bebe30ae2211f0970942010a8e0005"


def test_a_pipeline_is_sent_without_method_and_settings(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("0022")
    row = recorded.data | {"pipeline_id": PIPELINE}
    fake.on("POST", recorded.path, Reply(json=recorded.body | {"data": row}))
    made = client.datasets.create(name="Piped", pipeline_id=PIPELINE, parse_type=2)
    assert made.pipeline_id == PIPELINE
    assert fake.received[0].json == {"name": "Piped", "pipeline_id": PIPELINE, "parse_type": 2}


@pytest.mark.parametrize(
    "given",
    [
        {"pipeline_id": PIPELINE},
        {"parse_type": 2},
        {"pipeline_id": PIPELINE, "parse_type": 2, "chunk_method": "naive"},
        {"pipeline_id": PIPELINE, "parse_type": 2, "parser_config": {}},
        {"pipeline_id": "somewhere", "parse_type": 2},
    ],
)
def test_what_the_recorded_server_refuses_of_a_pipeline_is_not_sent(
    given: dict[str, Any], fake: FakeServer, client: RAGFlow
) -> None:
    with pytest.raises(errors.UnsafeCall):
        client.datasets.create(name="Piped", **given)
    assert fake.received == []


def test_a_pipeline_is_left_for_a_method_and_never_changed(fake: FakeServer, client: RAGFlow) -> None:
    recorded = capture("0079")
    fake.on("PUT", recorded.path, recorded.reply)
    before = things.dataset(id=recorded.path.rpartition("/")[2], pipeline_id=PIPELINE, chunk_method="naive")
    client.datasets.update(before, chunk_method="naive", pipeline_id="")
    assert fake.received[0].json["pipeline_id"] is None
    assert fake.received[0].json["chunk_method"] == "naive", "RAGFlow wants one or the other"
    for other in ({"pipeline_id": "a" * 32, "chunk_method": "naive"}, {"pipeline_id": ""}):
        with pytest.raises(errors.UnsafeCall):
            client.datasets.update(before, **other)


def test_a_document_of_a_pipeline_is_parsed_by_the_call_that_heeds_it(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", "/v1/document/run", Reply(json={"code": 0, "data": True, "message": "success"}))
    # As it was seen before it was stopped: what counts is how it is now.
    document = things.document(pipeline_id=PIPELINE, run=RunStatus.RUNNING)
    path = f"/api/v1/datasets/{document.dataset_id}/documents"
    for run in ("CANCEL", "RUNNING"):
        fake.on("GET", path, Reply(json={"code": 0, "data": {"docs": [things.document_row(run=run)], "total": 1}}))
        if run == "CANCEL":
            client.documents.parse(document)
        else:
            with pytest.raises(errors.Rejected):
                client.documents.parse(document)
    (sent,) = [received.json for received in fake.received if received.method == "POST"]
    assert sent == {"doc_ids": [document.id], "run": "1", "delete": True}
