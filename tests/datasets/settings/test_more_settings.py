"""Settings of a dataset that few people need: pages, what RAPTOR leaves out, and what is stored besides."""

from __future__ import annotations

import pytest
from django.test import Client

from dashboard.datasets import methods
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import opened, sent
from tests.support.pages.forms import error_at
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    return ragflow.datasets.create(name="Scans", parser_config={"pages": [[1, 20], [30, 30]]})


@pytest.fixture
def url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("datasets:settings", dataset.id)


def test_pages_are_shown_and_sent_as_ranges(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, ragflow: RAGFlow, dataset: Dataset
) -> None:
    form = opened(curator_client, url)
    assert form["parser-pages"] == ["1-20, 30"]
    curator_client.post(url, form | {"parser-pages": "3, 5 - 9"})
    assert sent(standin, tenant_key) == [{"parser_config": {"pages": [[3, 3], [5, 9]]}}]
    assert ragflow.datasets.get(dataset.id).parser_config["pages"] == [[3, 3], [5, 9]]


def test_emptied_pages_mean_all_of_them(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str
) -> None:
    form = opened(curator_client, url)
    curator_client.post(url, form | {"parser-pages": ""})
    assert sent(standin, tenant_key) == [{"parser_config": {"pages": None}}]


@pytest.mark.parametrize("typed", ["9-5", "0-3", "one to two", "3;5", "1-20, x"])
def test_what_are_no_ranges_is_an_error_that_says_how_to_write_them(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, typed: str
) -> None:
    form = opened(curator_client, url)
    response = curator_client.post(url, form | {"parser-pages": typed})
    assert response.status_code == 422
    assert "Enter ranges such as 1-20, 30-45" in error_at(text_of(response), "parser-pages")
    assert f'value="{typed}"' in text_of(response)
    assert sent(standin, tenant_key) == []


def test_raptor_may_be_told_not_to_leave_out_spreadsheets(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str
) -> None:
    form = opened(curator_client, url)
    assert form.pop("parser-raptor__auto_disable_for_structured_data") == ["on"]
    curator_client.post(url, form)
    assert sent(standin, tenant_key) == [{"parser_config": {"raptor": {"auto_disable_for_structured_data": False}}}]


def test_what_ragflow_stores_besides_is_named_and_never_sent(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, ragflow: RAGFlow, dataset: Dataset
) -> None:
    page = text_of(curator_client.get(url))
    assert "Other stored settings" in page
    assert "<code>table_context_size</code>" in page
    assert "<code>llm_id</code>" in page
    curator_client.post(url, opened(curator_client, url) | {"parser-auto_keywords": "1"})
    assert sent(standin, tenant_key) == [{"parser_config": {"auto_keywords": 1}}]
    assert ragflow.datasets.get(dataset.id).parser_config["llm_id"] == dataset.parser_config["llm_id"]


@pytest.mark.parametrize("key", [*methods.BY_KEY, methods.PIPELINE.key])
def test_the_card_tells_what_a_method_is_for_and_what_another_does_better(
    curator_client: Client, ragflow_server: Server, key: str
) -> None:
    page = text_of(curator_client.post(ragflow_server.url("datasets:fields"), {"chunk_method": key}))
    card = page[page.index('id="method-card"') :].partition("</aside>")[0]
    method = methods.card(key)
    assert f"Best for: </span>{method.fits}" in card
    assert f"Not suited for: </span>{method.unfit}" in card
    assert str(method.file_types) in card
