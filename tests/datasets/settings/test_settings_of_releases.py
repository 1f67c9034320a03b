"""Settings and chunk methods that not every release of RAGFlow has (ragflow-0.27 §6)."""

from __future__ import annotations

import io

import pytest
import requests
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import filled, opened
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases
ONLY_IN = {
    "0.24": {"raptor__threshold"},
    "0.27": {
        "raptor__clustering_threshold",
        "raptor__clustering_ratio",
        "enable_children",
        "children_delimiter",
        "graphrag__batch_chunk_token_size",
        "graphrag__retry_attempts",
        "graphrag__retry_backoff_seconds",
        "graphrag__retry_backoff_max_seconds",
        "graphrag__build_subgraph_timeout_per_chunk_seconds",
        "graphrag__build_subgraph_min_timeout_seconds",
        "graphrag__merge_timeout_seconds",
        "graphrag__resolution_timeout_seconds",
        "graphrag__community_timeout_seconds",
        "graphrag__lock_acquire_timeout_seconds",
    },
}


@pytest.fixture
def method_page(curator_client: Client, ragflow_server: Server, ragflow: RAGFlow) -> tuple[str, str]:
    """The settings of a dataset, and of one of its documents."""
    dataset = ragflow.datasets.create(name="Handbook")
    document = ragflow.documents.upload(dataset, "a.txt", io.BytesIO(b"One"), 3)
    url = ragflow_server.url("documents:settings", dataset.id) + f"?id={document.id}"
    return (
        text_of(curator_client.get(ragflow_server.url("datasets:settings", dataset.id))),
        text_of(curator_client.get(url)),
    )


def test_both_forms_have_the_settings_of_the_release(method_page: tuple[str, str], release: str) -> None:
    for page in method_page:
        for other, names in ONLY_IN.items():
            assert {name for name in names if f'name="parser-{name}"' in page} == (names if other == release else set())
        assert "Compilation templates" not in page, "there are none"


def test_resume_is_for_datasets_and_knowledge_graph_for_documents(method_page: tuple[str, str], release: str) -> None:
    of_dataset, of_document = method_page
    assert ('value="resume"' in of_dataset) is (release == "0.27")
    assert 'value="resume"' not in of_document
    assert 'value="knowledge_graph"' not in of_dataset
    assert ('value="knowledge_graph"' in of_document) is (release == "0.27")


def test_what_the_release_has_is_stored_and_emptied_again(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, release: str
) -> None:
    chosen = filled(
        parser_enable_children="on",
        parser_children_delimiter="\\n",
        parser_raptor__clustering_ratio="0.7",
        parser_graphrag__retry_attempts="4",
    )
    assert curator_client.post(ragflow_server.url("datasets:create"), chosen).status_code == 302
    (dataset,) = ragflow.datasets.list().items
    config = dataset.parser_config
    if release == "0.24":
        assert "enable_children" not in config
        return
    assert (config["enable_children"], config["children_delimiter"]) == (True, "\n")
    assert (config["raptor"]["clustering_ratio"], config["raptor"]["max_token"]) == (0.7, 512)
    assert config["graphrag"]["retry_attempts"] == 4

    url = ragflow_server.url("datasets:settings", dataset.id)
    page = curator_client.post(url, opened(curator_client, url) | {"parser-children_delimiter": ""}, follow=True)
    assert "Settings saved" in text_of(page)
    assert ragflow.datasets.get(dataset.id).parser_config["children_delimiter"] == ""


def test_groups_of_compilation_templates_are_chosen_where_there_are_some(
    curator_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    standin: StandinProcess,
    tenant_key: str,
    release: str,
) -> None:
    group = {"name": "Our graphs", "templates": [{"name": "Graph", "kind": "knowledge_graph", "config": {}}]}
    made = requests.post(
        f"{standin.base_url}/api/v1/compilation-template-groups",
        json=group,
        headers={"Authorization": f"Bearer {tenant_key}"},
        timeout=10,
    )
    dataset = ragflow.datasets.create(name="Handbook")
    url = ragflow_server.url("datasets:settings", dataset.id)
    page = text_of(curator_client.get(url))
    assert ("Our graphs" in page) is (release == "0.27")
    if release == "0.24":
        return

    group_id = made.json()["data"]["id"]
    name = "parser-compilation_template_group_id"
    curator_client.post(url, opened(curator_client, url) | {name: [group_id]})
    assert ragflow.datasets.get(dataset.id).parser_config["compilation_template_group_id"] == [group_id]
    form = opened(curator_client, url)
    assert form[name] == [group_id]
    curator_client.post(url, {key: value for key, value in form.items() if key != name})
    assert ragflow.datasets.get(dataset.id).parser_config["compilation_template_group_id"] == []
