"""Settings that are not saved: wrong input, refusals of RAGFlow, and changes by someone else."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import Inputs, opened, sent
from tests.support.pages.forms import error_at
from tests.support.pages.reading import text_of


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "Enter a name with at least one visible character."),
        ({"pagerank": "101"}, "Enter a whole number from 0 to 100."),
        ({"pagerank": ""}, "Enter a whole number from 0 to 100."),
        ({"parser-chunk_token_num": "0"}, "Enter a whole number from 1 to 2,048 tokens."),
        ({"parser-raptor__prompt": ""}, "RAGFlow can't restore its default here."),
        ({"embedding_model": "bge-m3"}, "Enter the model as name@provider"),
        ({"chunk_method": "magic"}, "“magic” is not a chunk method."),
    ],
)
def test_a_wrong_input_is_named_and_nothing_is_lost_or_sent(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, changes: dict[str, str], message: str
) -> None:
    form = opened(curator_client, url)

    response = curator_client.post(url, form | {"description": "Typed description"} | changes)

    (name,) = changes
    assert response.status_code == 422
    assert message in error_at(text_of(response), name)
    assert "Typed description" in text_of(response)
    assert sent(standin, tenant_key) == []


def test_a_name_that_is_taken_is_refused_beside_the_name(
    curator_client: Client, url: str, ragflow: RAGFlow, dataset: Dataset
) -> None:
    ragflow.datasets.create(name="Taken")
    form = opened(curator_client, url)

    response = curator_client.post(url, form | {"name": "taken", "description": "Not lost"})

    page = text_of(response)
    assert response.status_code == 422
    assert "Dataset name 'taken' already exists" in page[page.index('id="id_name_error"') :][:400]
    assert 'value="taken"' in page
    assert "Not lost" in page
    assert ragflow.datasets.get(dataset.id).description == "For\nall"


@pytest.mark.parametrize("kind", ["error500", "html", "half_json", "data_false", "unauthorized", "drop"])
def test_a_bad_day_of_ragflow_keeps_the_text_and_says_what_is_known(
    curator_client: Client, url: str, standin: StandinProcess, kind: str
) -> None:
    form = opened(curator_client, url)
    standin.fault(kind, method="PUT", path="/api/v1/datasets/")

    response = curator_client.post(url, form | {"name": "Not lost"})

    assert response.status_code == 422
    assert 'value="Not lost"' in text_of(response)
    assert re.search("Nothing was saved|may have been saved", text_of(response))


@pytest.mark.parametrize("kind", ["error500", "drop", "unauthorized"])
def test_not_even_reading_the_dataset_loses_what_was_typed(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, kind: str
) -> None:
    form = opened(curator_client, url)
    standin.fault(kind, method="GET", path="/api/v1/datasets")

    response = curator_client.post(url, form | {"name": "Not lost", "parser-chunk_token_num": "77"})

    assert response.status_code == 422
    assert "Nothing was saved" in text_of(response)
    assert sent(standin, tenant_key) == []
    standin.clear_faults()
    again = dict(Inputs(response.content.decode()).values)
    assert curator_client.post(url, again).status_code == 302
    assert sent(standin, tenant_key) == [{"name": "Not lost", "parser_config": {"chunk_token_num": 77}}]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("'pagerank' can only be set when doc_engine is elasticsearch", "pagerank"),
        ("Field: <avatar> - Message: <Unsupported MIME type> - Value: <x>", "picture_file"),
        ("When chunk_num (4) > 0, embedding_model must remain x@y", "embedding_model"),
        ("Field: <parser_config.raptor.max_cluster> - Message: <Too much> - Value: <2>", "parser-raptor__max_cluster"),
    ],
)
def test_a_refusal_of_ragflow_stands_beside_its_field(
    curator_client: Client, url: str, standin: StandinProcess, message: str, field: str
) -> None:
    form = opened(curator_client, url)
    standin.fault("code", method="PUT", path="/api/v1/datasets/", code=101, message=message)

    response = curator_client.post(url, form | {"name": "Not lost"})

    assert response.status_code == 422
    assert f'id="id_{field}_error"' in text_of(response)
    assert 'value="Not lost"' in text_of(response)


def test_what_others_changed_meanwhile_is_said_and_not_overwritten(
    curator_client: Client, url: str, ragflow: RAGFlow, dataset: Dataset, standin: StandinProcess, tenant_key: str
) -> None:
    form = opened(curator_client, url)
    ragflow.datasets.update(dataset, description="Theirs", parser_config={"auto_keywords": 7, "chunk_token_num": 100})
    standin.reset_requests()

    response = curator_client.post(url, form | {"name": "Mine", "parser-chunk_token_num": "200"})

    page = text_of(response)
    assert response.status_code == 422
    assert "Someone else has changed this dataset since: Description, Chunk size, Keywords per chunk." in page
    assert "You also changed Chunk size" in page
    assert sent(standin, tenant_key) == []

    again = dict(Inputs(response.content.decode()).values)
    assert (again["description"], again["parser-auto_keywords"]) == (["Theirs"], ["7"])
    assert (again["name"], again["parser-chunk_token_num"]) == (["Mine"], ["200"])
    assert curator_client.post(url, again).status_code == 302
    assert sent(standin, tenant_key) == [{"name": "Mine", "parser_config": {"chunk_token_num": 200}}]


def test_a_dataset_that_is_gone_is_told(curator_client: Client, url: str, ragflow: RAGFlow, dataset: Dataset) -> None:
    ragflow.datasets.delete([dataset])

    assert curator_client.get(url).status_code == 404
