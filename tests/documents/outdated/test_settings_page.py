"""Outdated settings on the dataset's settings page: how many documents, and saving with a new parse."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from dashboard.models import Job, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import opened
from tests.support.pages.reading import HTMX, text_of


def test_the_settings_page_tells_how_many_with_one_call_more_than_the_dataset(
    curator_client: Client,
    ragflow_server: Server,
    dataset: Dataset,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    stored("a.txt", parse=False)
    stored("b.txt", parse=False)
    changed(chunk_method="one")
    url = ragflow_server.url("outdated:older", dataset.id)
    page = text_of(curator_client.get(ragflow_server.url("datasets:settings", dataset.id)))
    assert f'hx-get="{url}"' in page
    standin.reset_requests()

    assert "2 documents use outdated settings." in text_of(curator_client.get(url, headers=HTMX))

    assert len(standin.requests(tenant_key)) == 2
    standin.reset_requests()
    curator_client.get(url, headers=HTMX)
    assert len(standin.requests(tenant_key)) == 1, "counted again only after half a minute"


def test_save_and_parse_again_saves_and_then_asks(
    curator_client: Client,
    ragflow_server: Server,
    dataset: Dataset,
    apply_url: str,
    stored: Callable[..., Document],
    ragflow: RAGFlow,
) -> None:
    stored("a.txt", parse=False)
    stored("b.txt", parse=False)
    url = ragflow_server.url("datasets:settings", dataset.id)
    assert "Save and reparse 2" in text_of(curator_client.get(url))

    response = curator_client.post(url, opened(curator_client, url) | {"parser-chunk_token_num": "99", "then": "parse"})

    assert response["Location"] == apply_url
    assert ragflow.datasets.get(dataset.id).parser_config["chunk_token_num"] == 99
    page = text_of(curator_client.get(apply_url))
    assert "Settings saved" in page
    assert "Apply the settings to 2 documents and reparse them?" in page
    assert Job.objects.count() == 0


def test_an_empty_dataset_has_nothing_to_parse_again(
    curator_client: Client, ragflow_server: Server, dataset: Dataset
) -> None:
    page = text_of(curator_client.get(ragflow_server.url("datasets:settings", dataset.id)))
    assert "Save and reparse" not in page
    assert ragflow_server.url("outdated:older", dataset.id) not in page
