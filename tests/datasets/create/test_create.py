"""The form of a new dataset: every method's settings, and what RAGFlow gets."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from dashboard.datasets import methods
from dashboard.datasets.settings.form_choices import Offers
from dashboard.datasets.settings.parser_field import Kind
from dashboard.datasets.settings.parser_fields import FIELDS, fields_of
from dashboard.datasets.settings.parser_form import ParserForm
from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.releases.offers import OFFERS, Offer
from ragflow_admin.standin.testing import StandinProcess
from tests.datasets.create.conftest import sent
from tests.support.pages.dataset_form import filled
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases


def only(ragflow: RAGFlow) -> Any:
    """The one dataset that there is."""
    (dataset,) = ragflow.datasets.walk()
    return dataset


def test_a_dataset_is_made_and_opened(curator_client: Client, url: str, ragflow: RAGFlow) -> None:
    response = curator_client.post(url, filled(description="For all", permission="team"))

    dataset = only(ragflow)
    assert response.status_code == 302
    assert response["Location"].endswith(f"/datasets/{dataset.id}/documents/")
    assert (dataset.name, dataset.description, dataset.permission) == ("Handbook", "For all", "team")


@pytest.mark.parametrize("method", [method.key for method in methods.METHODS])
def test_each_method_is_made_with_its_defaults(curator_client: Client, url: str, ragflow: RAGFlow, method: str) -> None:
    response = curator_client.post(url, filled(method))

    if method not in {one.key for one in methods.for_datasets(ragflow.offered())}:
        assert response.status_code == 422
        assert f"“{method}” is not a chunk method." in text_of(response)
        return
    dataset = only(ragflow)
    assert response.status_code == 302, text_of(response)
    assert dataset.chunk_method == method
    assert not (dataset.parser_config.get("raptor") or {}).get("use_raptor")
    assert not (dataset.parser_config.get("graphrag") or {}).get("use_graphrag")


def test_what_was_typed_is_what_ragflow_gets(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str
) -> None:
    standin.reset_requests()

    curator_client.post(
        url,
        filled(
            parser_chunk_token_num="256",
            parser_delimiter="\\n`##`",
            parser_auto_keywords="3",
            parser_html4excel="on",
            parser_filename_embd_weight="0.25",
            parser_raptor__use_raptor="on",
            parser_raptor__max_cluster="20",
            parser_graphrag__entity_types="person, place,, person",
        ),
    )

    (request,) = sent(standin, tenant_key)
    config = request["json"]["parser_config"]
    assert config["chunk_token_num"] == 256
    assert config["delimiter"] == "\n`##`"
    assert config["auto_keywords"] == 3
    assert config["html4excel"] is True
    assert config["filename_embd_weight"] == 0.25
    assert config["raptor"]["use_raptor"] is True
    assert config["raptor"]["max_cluster"] == 20
    assert config["graphrag"] == config["graphrag"] | {
        "use_graphrag": False,
        "entity_types": ["person", "place"],
        "method": "light",
        "resolution": False,
        "community": False,
    }


def test_tag_sets_are_offered_and_sent(
    curator_client: Client, url: str, ragflow: RAGFlow, standin: StandinProcess, tenant_key: str
) -> None:
    tags = ragflow.datasets.create(name="Our tags", chunk_method="tag")
    page = text_of(curator_client.get(url))
    standin.reset_requests()

    curator_client.post(url, filled() | {"parser-tag_kb_ids": [tags.id], "parser-topn_tags": "4"})

    assert "Our tags" in page
    config = sent(standin, tenant_key)[0]["json"]["parser_config"]
    assert (config["tag_kb_ids"], config["topn_tags"]) == ([tags.id], 4)


def test_the_models_of_the_server_are_offered(curator_client: Client, url: str, ragflow: RAGFlow) -> None:
    models = [model.id for model in ragflow.system.models("embedding")]

    page = text_of(curator_client.get(url))

    assert models
    assert all(f'<option value="{model}"' in page for model in models)
    assert "Default (" in page


def test_without_a_list_of_models_the_model_is_typed(curator_client: Client, url: str, standin: StandinProcess) -> None:
    standin.fault("error500", path="/v1/llm/list|/api/v1/models")

    page = text_of(curator_client.get(url))

    assert "models could not be listed" in page
    assert re.search(r'<input[^>]*name="embedding_model"', page)


def test_choosing_a_method_brings_exactly_its_fields_and_makes_nothing(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow
) -> None:
    url = ragflow_server.url("datasets:fields")
    typed = filled("naive", name="Typed", parser_auto_keywords="5", parser_chunk_token_num="77")

    response = curator_client.post(url, typed | {"chunk_method": "one"}, HTTP_HX_REQUEST="true")

    page = text_of(response)
    assert response.status_code == 200
    assert "<html" not in page
    shown = set(re.findall(r'<(?:input|select|textarea)[^>]*id="id_parser-([a-z0-9_]+)"', page))
    assert shown == {"layout_recognize", "auto_keywords", "auto_questions"}
    assert re.search(r'name="parser-auto_keywords"[^>]*value="5"', page)
    assert '<input type="hidden" name="parser-chunk_token_num" value="77">' in page
    assert 'id="method-card"' in page
    assert list(ragflow.datasets.walk()) == []


def test_choosing_a_method_without_script_keeps_the_whole_form(curator_client: Client, ragflow_server: Server) -> None:
    url = ragflow_server.url("datasets:fields")

    response = curator_client.post(url, filled("naive", name="Typed") | {"chunk_method": "table"})

    page = text_of(response)
    assert 'value="Typed"' in page
    assert re.search(r'value="table"\s+checked', page)
    assert "This method has no settings." in page


def test_a_method_chosen_without_seeing_its_fields_gets_its_defaults(
    curator_client: Client, url: str, ragflow: RAGFlow
) -> None:
    response = curator_client.post(
        url, {"name": "Handbook", "permission": "me", "chunk_method": "naive", "fields_of": "table"}
    )

    assert response.status_code == 302, text_of(response)
    assert only(ragflow).parser_config["chunk_token_num"] == 512


def test_a_new_dataset_is_in_the_audit_trail(curator_client: Client, url: str, ragflow: RAGFlow) -> None:
    curator_client.post(url, filled())

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.outcome, entry.username) == ("dataset.create", "ok", "curator")
    assert entry.target_ids == [only(ragflow).id]


def test_a_new_dataset_is_found_by_a_search_at_once(curator_client: Client, url: str, ragflow_server: Server) -> None:
    listed = ragflow_server.url("datasets:list")
    curator_client.get(f"{listed}?q=hand")

    curator_client.post(url, filled())

    assert "Handbook" in text_of(curator_client.get(f"{listed}?q=hand"))


@pytest.mark.parametrize("name", ["datasets:create", "datasets:fields"])
def test_viewers_may_not_make_datasets(viewer_client: Client, ragflow_server: Server, name: str) -> None:
    assert viewer_client.post(ragflow_server.url(name), filled()).status_code == 403


@pytest.mark.parametrize("accepts", [frozenset(), frozenset(OFFERS)])
def test_a_field_knows_its_range_default_and_label(accepts: frozenset[Offer]) -> None:
    choice = (("0" * 32, "A choice"),)
    for method in FIELDS:
        specs = fields_of(method, accepts)
        form = ParserForm(method, offered=Offers(accepts, tag_sets=choice, templates=choice))
        assert list(form.fields) == [spec.name for spec in specs]
        for spec in specs:
            assert spec.label
            if spec.kind in (Kind.INTEGER, Kind.DECIMAL):
                assert spec.low is not None
                assert spec.default is not None
