"""An ingestion pipeline instead of a chunk method."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import Inputs, opened, sent
from tests.support.pages.reading import HTMX, text_of

pytestmark = pytest.mark.releases
PIPELINE = "d0bebe30ae2211f0970942010a8e0005"
# What parses with a pipeline.
RUN = {"0.24": "/v1/document/run", "0.27": "/api/v1/documents/ingest"}


@pytest.fixture
def url(ragflow_server: Server) -> str:
    return ragflow_server.url("datasets:create")


@pytest.fixture
def piped(ragflow: RAGFlow) -> Dataset:
    return ragflow.datasets.create(name="Piped", pipeline_id=PIPELINE, parse_type=2)


def made(standin: StandinProcess, key: str) -> list[dict[str, Any]]:
    return [entry["json"] for entry in standin.requests(key) if entry["method"] == "POST"]


def test_a_pipeline_is_one_of_the_choices_of_a_new_dataset_and_has_fields_of_its_own(
    curator_client: Client, url: str, ragflow_server: Server, release: str
) -> None:
    form = dict(Inputs(curator_client.get(url).content.decode()).values)
    fields = ragflow_server.url("datasets:fields")

    shown = text_of(curator_client.post(fields, form | {"chunk_method": "pipeline"}, headers=HTMX))

    assert 'name="pipeline_id"' in shown
    assert ("Parsers in its Parser component" in shown) is (release == "0.24")
    assert 'name="parser-chunk_token_num" value="512"' in shown, "kept for going back, hidden"
    assert "Your own flow processes the files" in shown


def test_the_pipeline_is_sent_without_method_and_settings(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, ragflow: RAGFlow, release: str
) -> None:
    form = dict(Inputs(curator_client.get(url).content.decode()).values)
    standin.reset_requests()
    given = {"name": "Minutes", "chunk_method": "pipeline", "parse_type": "3"}
    address = f"https://ragflow.example/dataflow/{PIPELINE.upper()}?category=dataflow"

    response = curator_client.post(url, form | given | {"pipeline_id": address})

    assert response.status_code == 302
    (body,) = made(standin, tenant_key)
    # Newer releases take the number as a kind: 1 would be a chunk method.
    parsers = 3 if release == "0.24" else 2
    assert body == {"name": "Minutes", "permission": "me", "pipeline_id": PIPELINE, "parse_type": parsers}
    (stored,) = ragflow.datasets.walk()
    assert stored.pipeline_id == PIPELINE


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"pipeline_id": "", "parse_type": "1"}, "Paste the pipeline's id"),
        ({"pipeline_id": "my-flow", "parse_type": "1"}, "Enter 32 digits and letters a to f, not “my-flow”"),
        ({"pipeline_id": f"{PIPELINE} {'a' * 32}", "parse_type": "1"}, "32 digits and letters"),
    ],
)
def test_half_a_pipeline_is_an_error_beside_its_field_and_nothing_is_sent(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, given: dict[str, str], words: str
) -> None:
    form = dict(Inputs(curator_client.get(url).content.decode()).values)
    standin.reset_requests()

    response = curator_client.post(url, form | given | {"name": "Minutes", "chunk_method": "pipeline"})

    assert response.status_code == 422
    page = text_of(response)
    assert words in page
    assert "Not saved. Correct 1 field below." in page
    assert 'value="Minutes"' in page
    assert made(standin, tenant_key) == []


@pytest.mark.parametrize("parsers", ["65", ""])
def test_a_wrong_number_of_parsers_is_an_error_where_it_is_asked_for(
    curator_client: Client, url: str, release: str, parsers: str
) -> None:
    form = dict(Inputs(curator_client.get(url).content.decode()).values)
    given = {"name": "Minutes", "chunk_method": "pipeline", "pipeline_id": PIPELINE, "parse_type": parsers}

    response = curator_client.post(url, form | given)

    assert response.status_code == (422 if release == "0.24" else 302)
    assert ("Enter a whole number from 0 to 64." in text_of(response)) is (release == "0.24")


def test_pipelines_of_other_datasets_are_offered(
    curator_client: Client, url: str, ragflow_server: Server, piped: Dataset
) -> None:
    form = dict(Inputs(curator_client.get(url).content.decode()).values)
    fields = ragflow_server.url("datasets:fields")
    shown = text_of(curator_client.post(fields, form | {"chunk_method": "pipeline"}, headers=HTMX))
    assert f'<option value="{PIPELINE}">used in Piped</option>' in shown


def test_what_was_typed_of_a_pipeline_outlives_looking_at_a_method(
    curator_client: Client, url: str, ragflow_server: Server, release: str
) -> None:
    form = dict(Inputs(curator_client.get(url).content.decode()).values)
    fields = ragflow_server.url("datasets:fields")
    typed = form | {"chunk_method": "book", "pipeline_id": PIPELINE, "parse_type": "7"}
    shown = text_of(curator_client.post(fields, typed, headers=HTMX))
    assert f'<input type="hidden" name="pipeline_id" value="{PIPELINE}">' in shown
    assert ('<input type="hidden" name="parse_type" value="7">' in shown) is (release == "0.24")


def test_a_dataset_with_a_pipeline_says_so_everywhere(
    curator_client: Client, ragflow_server: Server, piped: Dataset
) -> None:
    assert "Ingestion pipeline" in text_of(curator_client.get(ragflow_server.url("datasets:list")))
    settings = text_of(curator_client.get(ragflow_server.url("datasets:settings", piped.id)))
    assert PIPELINE in settings
    assert "The pipeline of an existing dataset can't be changed" in settings
    assert 'name="parser-chunk_token_num"' not in settings
    assert "Save and reparse" not in settings


def test_a_dataset_without_one_is_not_offered_a_pipeline_in_its_settings(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow
) -> None:
    plain = ragflow.datasets.create(name="Plain")
    url = ragflow_server.url("datasets:settings", plain.id)
    form = opened(curator_client, url)
    assert "An ingestion pipeline can only be chosen for a new dataset." in text_of(curator_client.get(url))
    response = curator_client.post(url, form | {"chunk_method": "pipeline"})
    assert response.status_code == 422
    assert "“pipeline” is not a chunk method" in text_of(response)


def test_saving_without_a_change_leaves_the_pipeline_alone(
    curator_client: Client, ragflow_server: Server, piped: Dataset, standin: StandinProcess, tenant_key: str
) -> None:
    url = ragflow_server.url("datasets:settings", piped.id)
    form = opened(curator_client, url)
    assert form["chunk_method"] == ["pipeline"]
    curator_client.post(url, form | {"description": "Minutes of the board"})
    assert sent(standin, tenant_key) == [{"description": "Minutes of the board"}]


def test_a_method_takes_the_place_of_the_pipeline(
    curator_client: Client,
    ragflow_server: Server,
    piped: Dataset,
    standin: StandinProcess,
    tenant_key: str,
    ragflow: RAGFlow,
) -> None:
    url = ragflow_server.url("datasets:settings", piped.id)
    form = opened(curator_client, url)
    shown = curator_client.post(f"{url}?show=fields", form | {"chunk_method": "one"}, headers=HTMX)
    form |= dict(Inputs(f'<form method="post" enctype="multipart/form-data">{shown.content.decode()}').values)
    curator_client.post(url, form | {"chunk_method": "one", "parser-auto_keywords": "2"})
    (body,) = sent(standin, tenant_key)
    assert (body["chunk_method"], body["pipeline_id"]) == ("one", None)
    assert body["parser_config"]["auto_keywords"] == 2
    stored = ragflow.datasets.get(piped.id)
    assert (stored.chunk_method, stored.pipeline_id) == ("one", "")


def test_a_copy_takes_the_pipeline_over(
    curator_client: Client, url: str, piped: Dataset, standin: StandinProcess, tenant_key: str
) -> None:
    form = dict(Inputs(curator_client.get(f"{url}?from={piped.id}").content.decode()).values)
    assert (form["chunk_method"], form["pipeline_id"]) == (["pipeline"], [PIPELINE])
    standin.reset_requests()
    curator_client.post(url, form)
    (body,) = made(standin, tenant_key)
    assert body["pipeline_id"] == PIPELINE
    assert "chunk_method" not in body


@pytest.mark.releases
def test_documents_of_a_pipeline_are_parsed_by_it(
    curator_client: Client,
    ragflow_server: Server,
    piped: Dataset,
    ragflow: RAGFlow,
    standin: StandinProcess,
    release: str,
) -> None:
    up = ragflow.documents.upload(piped, "a.txt", io.BytesIO(b"Some text."), 10)
    standin.reset_requests()
    curator_client.post(ragflow_server.url("documents:parse", piped.id), {"id": up.id})
    paths = [entry["path"] for entry in standin.requests() if entry["method"] == "POST"]
    assert RUN[release] in paths
    assert f"/api/v1/datasets/{piped.id}/chunks" not in paths


@pytest.mark.releases
def test_a_document_of_a_pipeline_that_stands_still_is_recovered(
    curator_client: Client,
    ragflow_server: Server,
    piped: Dataset,
    ragflow: RAGFlow,
    standin: StandinProcess,
    release: str,
) -> None:
    up = ragflow.documents.upload(piped, "a.txt", io.BytesIO(b"Some text."), 10)
    standin.parsing(paused=True)
    ragflow.documents.parse(ragflow.documents.get(piped.id, up.id))
    standin.reset_requests()
    curator_client.post(ragflow_server.url("documents:recover", piped.id), {"id": up.id})
    calls = [(entry["method"], entry["path"]) for entry in standin.requests() if entry["method"] != "GET"]
    # Newer releases refuse the usual call for a dataset with a pipeline, and stop by the one that starts.
    stops = [
        ("DELETE", f"/api/v1/datasets/{piped.id}/chunks"),
        *([] if release == "0.24" else [("POST", RUN[release])]),
    ]
    assert calls == [*stops, ("POST", RUN[release])]
