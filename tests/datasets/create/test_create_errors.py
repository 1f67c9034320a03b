"""A new dataset that is not made: wrong input, refusals of RAGFlow, and what was typed."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.datasets.create.conftest import sent
from tests.support.pages.dataset_form import filled
from tests.support.pages.forms import error_at
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases


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
        ({"parser_filename_embd_weight": "nan"}, "Enter a number with at most two decimals, from 0 to 1."),
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
