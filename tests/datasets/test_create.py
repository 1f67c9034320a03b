"""The form of a new dataset: every method's settings, what is wrong with an input, and what RAGFlow refuses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from dashboard.datasets import methods
from dashboard.datasets.settings.parser_fields import FIELDS, Kind
from dashboard.datasets.settings.parser_form import ParserForm
from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import filled
from tests.support.pages.forms import error_at
from tests.support.pages.reading import text_of


@pytest.fixture
def url(ragflow_server: Server) -> str:
    return ragflow_server.url("datasets:create")


def only(ragflow: RAGFlow) -> Any:
    """The one dataset that there is."""
    (dataset,) = ragflow.datasets.walk()
    return dataset


def sent(standin: StandinProcess, key: str) -> list[dict[str, Any]]:
    return [entry for entry in standin.requests(key) if entry["method"] == "POST"]


def test_a_dataset_is_made_and_opened(curator_client: Client, url: str, ragflow: RAGFlow) -> None:
    response = curator_client.post(url, filled(description="For all", permission="team"))

    dataset = only(ragflow)
    assert response.status_code == 302
    assert response["Location"].endswith(f"/datasets/{dataset.id}/documents/")
    assert (dataset.name, dataset.description, dataset.permission) == ("Handbook", "For all", "team")


@pytest.mark.parametrize("method", [method.key for method in methods.METHODS])
def test_each_method_is_made_with_its_defaults(curator_client: Client, url: str, ragflow: RAGFlow, method: str) -> None:
    response = curator_client.post(url, filled(method))

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
            parser_raptor__threshold="0.2",
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
    assert config["raptor"]["threshold"] == 0.2
    assert config["graphrag"] == {
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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "   "}, "Enter a name with at least one visible character."),
        ({"name": "x" * 129}, "At most 128 characters; this has 129."),
        ({"name": "ä" * 100}, "At most 128 bytes; this has 200."),
        ({"description": "x" * 65536}, "At most 65535 characters; this has 65536."),
        ({"embedding_model": "bge-m3"}, "Enter the model as name@provider"),
        ({"permission": "all"}, "Choose Only me or Team."),
        ({"chunk_method": "magic"}, "“magic” is not a chunk method."),
        ({"parser_chunk_token_num": "0"}, "Enter a whole number from 1 to 2,048 tokens."),
        ({"parser_chunk_token_num": "2049"}, "Enter a whole number from 1 to 2,048 tokens."),
        ({"parser_chunk_token_num": "many"}, "Enter a whole number from 1 to 2,048 tokens."),
        ({"parser_chunk_token_num": ""}, "Enter a whole number from 1 to 2,048 tokens."),
        ({"parser_auto_keywords": "33"}, "Enter a whole number from 0 to 32."),
        ({"parser_auto_questions": "-1"}, "Enter a whole number from 0 to 10."),
        ({"parser_delimiter": ""}, "Enter at least one character"),
        ({"parser_layout_recognize": "Eyes"}, "Choose one of DeepDOC, Plain Text."),
        ({"parser_task_page_size": "0"}, "Enter a whole number of at least 1."),
        ({"parser_filename_embd_weight": "1.5"}, "Enter a number with at most two decimals"),
        ({"parser_raptor__max_cluster": "1025"}, "Enter a whole number from 1 to 1,024."),
        ({"parser_raptor__threshold": "nan"}, "Enter a number with at most two decimals, from 0 to 1."),
        ({"parser_graphrag__entity_types": " , "}, "Enter at least one word."),
    ],
)
def test_a_wrong_input_is_named_with_what_would_be_right_and_nothing_is_sent(
    curator_client: Client,
    url: str,
    standin: StandinProcess,
    tenant_key: str,
    changes: dict[str, str],
    message: str,
) -> None:
    standin.reset_requests()

    response = curator_client.post(url, filled(**changes))

    assert response.status_code == 422
    (name,) = changes
    assert message in error_at(text_of(response), name.replace("parser_", "parser-", 1))
    assert sent(standin, tenant_key) == []


def test_a_wrong_input_keeps_everything_that_was_typed(curator_client: Client, url: str) -> None:
    page = text_of(
        curator_client.post(
            url,
            filled(
                name="Typed name",
                description="Typed description",
                permission="team",
                parser_chunk_token_num="9999",
                parser_auto_keywords="7",
                parser_raptor__prompt="Sum up {cluster_content}",
            ),
        )
    )

    assert 'value="Typed name"' in page
    assert "Typed description" in page
    assert re.search(r'value="team"\s+checked', page)
    assert 'value="9999"' in page
    assert 'value="7"' in page
    assert "Sum up {cluster_content}" in page


def test_a_refusal_of_ragflow_stands_beside_its_field(
    curator_client: Client, url: str, standin: StandinProcess
) -> None:
    standin.fault(
        "code",
        method="POST",
        path="/api/v1/datasets",
        code=101,
        message="Field: <parser_config.chunk_token_num> - Message: <Input should be less> - Value: <512>\n"
        "Field: <name> - Message: <Too plain> - Value: <Handbook>",
    )

    response = curator_client.post(url, filled())

    assert response.status_code == 422
    assert "Input should be less" in error_at(text_of(response), "parser-chunk_token_num")
    assert "Too plain" in error_at(text_of(response), "name")
    assert 'value="Handbook"' in text_of(response)


def test_a_model_that_the_server_does_not_have_is_refused_at_its_field(
    curator_client: Client, url: str, ragflow: RAGFlow
) -> None:
    response = curator_client.post(url, filled(embedding_model="nope@Nowhere"))

    assert response.status_code == 422
    assert "The server does not have this model." in error_at(text_of(response), "embedding_model")
    assert "nope@Nowhere" in text_of(response)
    assert list(ragflow.datasets.walk()) == []


def test_a_name_that_is_taken_is_shown_as_ragflow_stored_it(curator_client: Client, url: str, ragflow: RAGFlow) -> None:
    ragflow.datasets.create(name="Handbook")

    response = curator_client.post(url, filled(), follow=True)

    assert "Handbook(1)" in text_of(response)
    assert "A dataset named “Handbook” already exists" in text_of(response)


@pytest.mark.parametrize("kind", ["error500", "html", "half_json", "data_false", "unauthorized", "drop"])
def test_a_bad_day_of_ragflow_keeps_the_text_and_says_what_is_known(
    curator_client: Client, url: str, standin: StandinProcess, kind: str
) -> None:
    curator_client.get(url)
    standin.fault(kind, method="POST", path="/api/v1/datasets$")

    response = curator_client.post(url, filled(name="Not lost", description="Nor this"))

    assert response.status_code == 422
    page = text_of(response)
    assert 'value="Not lost"' in page
    assert "Nor this" in page
    assert "No dataset was created" in page or "may have been created" in page


def test_the_models_of_the_server_are_offered(curator_client: Client, url: str, ragflow: RAGFlow) -> None:
    models = [model.id for model in ragflow.system.models("embedding")]

    page = text_of(curator_client.get(url))

    assert models
    assert all(f'<option value="{model}"' in page for model in models)
    assert "Default (" in page


def test_without_a_list_of_models_the_model_is_typed(curator_client: Client, url: str, standin: StandinProcess) -> None:
    standin.fault("error500", path="/v1/llm/list")

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


def test_a_field_knows_its_range_default_and_label() -> None:
    for method, specs in FIELDS.items():
        form = ParserForm(method, tag_sets=[("0" * 32, "Tags")])
        assert set(form.fields) == {spec.name for spec in specs}
        for spec in specs:
            assert spec.label
            if spec.kind in (Kind.INTEGER, Kind.DECIMAL):
                assert spec.low is not None
                assert spec.default is not None
