"""Choosing a model: the same list by provider wherever there is one, on every release."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import filled, opened, sent
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases
GONE = "gone-model@Elsewhere"


def select(page: str, name: str) -> str:
    found = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL)
    assert found
    return found[0]


@pytest.mark.parametrize(
    ("view", "name", "type", "default"),
    [
        ("datasets:create", "embedding_model", "embedding", "embedding_model"),
        ("assistants:create", "model", "chat", "chat_model"),
        ("retrieval:lab", "rerank_id", "rerank", "rerank_model"),
    ],
)
def test_models_are_listed_by_provider_and_the_default_is_marked(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, view: str, name: str, type: str, default: str
) -> None:
    listed = select(text_of(curator_client.get(ragflow_server.url(view))), name)

    models = ragflow.system.models(type)
    assert models
    for model in models:
        assert f'<optgroup label="{model.provider}">' in listed
        marked = " (default)" if model.id == getattr(ragflow.system.defaults(), default) else ""
        assert re.search(
            rf'<option value="{re.escape(model.id)}"[^>]*>{re.escape(model.name)}{re.escape(marked)}<', listed
        )


def test_a_model_that_is_gone_is_said_and_kept(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow
) -> None:
    lab = text_of(curator_client.get(ragflow_server.url("retrieval:lab") + f"?rerank_id={GONE}"))
    dataset = ragflow.datasets.create(name="Handbook")
    url = ragflow_server.url("datasets:settings", dataset.id)
    form = opened(curator_client, url) | {"embedding_model": GONE}
    settings = text_of(curator_client.post(url + "?show=fields", form))

    for page, name in ((lab, "rerank_id"), (settings, "embedding_model")):
        assert f'<option value="{GONE}" selected>' in select(page, name)
        assert f"The server no longer has the model {GONE}." in page


def test_a_model_stored_by_another_of_its_names_stays_as_it_is(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, standin: StandinProcess, tenant_key: str
) -> None:
    model = next(model for model in ragflow.system.models("embedding") if model.provider != "Builtin")
    stored = model.key or model.id
    dataset = ragflow.datasets.create(name="Handbook", embedding_model=stored)
    url = ragflow_server.url("datasets:settings", dataset.id)

    page = text_of(curator_client.get(url))
    form = opened(curator_client, url)
    standin.reset_requests()
    curator_client.post(url, form | {"description": "New"})

    assert re.search(rf'<option value="{stored}" selected>{model.name}', select(page, "embedding_model"))
    assert "no longer has the model" not in page
    assert sent(standin, tenant_key) == [{"description": "New"}]
    assert model.name in text_of(curator_client.get(ragflow_server.url("datasets:list")))


def test_a_model_that_the_server_does_not_know_is_refused_at_its_field(
    curator_client: Client, ragflow_server: Server
) -> None:
    response = curator_client.post(ragflow_server.url("datasets:create"), filled(embedding_model=GONE))

    assert response.status_code == 422
    assert "The server does not have this model." in text_of(response)
