"""New datasets and changes of datasets: the configuration that is sent, and nothing more."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.ragflow import RAGFlow, WriteRecord
from dashboard.ragflow.releases.offers import OFFERS
from dashboard.ragflow.safety import guards
from tests.ragflow.safety.conftest import ANY
from tests.support.ragflow import things
from tests.support.ragflow.fake_upstream import FakeServer, Reply


def test_a_fetched_parser_configuration_is_stripped_to_the_keys_the_server_takes() -> None:
    fetched = {
        "chunk_token_num": 128,
        "delimiter": "\n",
        "llm_id": "m@p",
        "image_context_size": 0,
        "field_map": {},
        "pages": None,
        "html4excel": None,
        "raptor": {"use_raptor": True, "scope": "file", "ext": {}},
        "graphrag": {"use_graphrag": False, "batch": 3},
    }
    assert guards.parser_config(fetched, ()) == {
        "chunk_token_num": 128,
        "delimiter": "\n",
        "pages": None,
        "raptor": {"use_raptor": True},
        "graphrag": {"use_graphrag": False},
    }


def test_keys_of_a_newer_release_are_only_sent_to_it() -> None:
    # 0.25 stores this by itself, and refuses it (ragflow-0.27 §6).
    fetched = {"children_delimiter": "", "raptor": {"clustering_ratio": 0.5}, "graphrag": {"retry_attempts": 2}}
    assert guards.parser_config(fetched, ()) == {"raptor": {}, "graphrag": {}}
    assert guards.parser_config(fetched, OFFERS) == fetched


def dataset_row(**changes: Any) -> dict[str, Any]:
    return {"id": things.DATASET_ID, "name": "Handbook", "chunk_method": "naive", **changes}


@pytest.mark.parametrize("method", [None, "naive"])
def test_a_new_dataset_has_raptor_and_graphrag_off(method: str | None, fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", "/api/v1/datasets", Reply({"code": 0, "data": dataset_row()}))
    client.datasets.create(name="Handbook", chunk_method=method)
    assert fake.writes[0].json["parser_config"] == {
        "delimiter": "\n",
        "raptor": {"use_raptor": False},
        "graphrag": {"use_graphrag": False},
    }


def test_raptor_is_on_when_it_was_asked_for(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", "/api/v1/datasets", Reply({"code": 0, "data": dataset_row()}))
    client.datasets.create(name="x", parser_config={"raptor": {"use_raptor": True}, "llm_id": "m@p"})
    assert fake.writes[0].json == {
        "name": "x",
        "parser_config": {"delimiter": "\n", "raptor": {"use_raptor": True}},
    }


def test_another_method_is_created_without_configuration(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("POST", "/api/v1/datasets", Reply({"code": 0, "data": dataset_row(chunk_method="qa")}))
    client.datasets.create(name="x", chunk_method="qa", description="d")
    assert fake.writes[0].json == {"name": "x", "chunk_method": "qa", "description": "d"}


def test_a_dataset_update_sends_the_difference_of_the_configuration(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("PUT", f"/api/v1/datasets/{things.DATASET_ID}", Reply({"code": 0, "data": dataset_row()}))
    config = {"chunk_token_num": 512, "llm_id": "m@p", "raptor": {"use_raptor": True, "max_token": 256}}
    client.datasets.update(
        things.dataset(), name="Handbook", description="new", chunk_method="naive", parser_config=config
    )
    assert [request.json for request in fake.writes] == [
        {"description": "new", "parser_config": {"raptor": {"use_raptor": True}}}
    ]


def test_an_unchanged_dataset_is_not_sent(fake: FakeServer, client: RAGFlow, records: list[WriteRecord]) -> None:
    same = things.dataset()
    assert client.datasets.update(same, name="Handbook", parser_config=dict(same.parser_config)) is same
    assert fake.received == []
    assert records == []


def test_going_back_to_naive_does_not_switch_raptor_on(fake: FakeServer, client: RAGFlow) -> None:
    fake.on("PUT", ANY, Reply({"code": 0, "data": dataset_row()}))
    client.datasets.update(things.dataset(chunk_method="qa"), chunk_method="naive")
    assert fake.writes[0].json["parser_config"]["raptor"] == {"use_raptor": False}
