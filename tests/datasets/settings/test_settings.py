"""The settings of a dataset: what is shown, and what is sent."""

from __future__ import annotations

import io
import re
import time

import pytest
from django.test import Client

from dashboard.datasets import methods
from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import Inputs, opened, sent
from tests.support.pages.reading import text_of

pytestmark = pytest.mark.releases


def test_the_page_shows_what_is_stored(curator_client: Client, url: str) -> None:
    form = opened(curator_client, url)

    assert form["name"] == ["Handbook"]
    assert form["description"] == ["For\r\nall"]
    assert form["parser-auto_keywords"] == ["3"]
    assert form["parser-delimiter"] == ["\\n"]
    assert form["pagerank"] == ["0"]


@pytest.mark.parametrize("method", [method.key for method in methods.for_datasets(())])
def test_a_form_that_nobody_touched_sends_nothing(
    curator_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    standin: StandinProcess,
    tenant_key: str,
    method: str,
) -> None:
    made = ragflow.datasets.create(name=f"By {method}", chunk_method=method)
    url = ragflow_server.url("datasets:settings", made.id)
    form = opened(curator_client, url)

    response = curator_client.post(url, form, follow=True)

    assert "No changes to save" in text_of(response)
    assert sent(standin, tenant_key) == []


def test_only_what_was_changed_is_sent(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, ragflow: RAGFlow, dataset: Dataset
) -> None:
    form = opened(curator_client, url)

    response = curator_client.post(
        url,
        form
        | {
            "name": "Rules",
            "parser-chunk_token_num": "256",
            "parser-raptor__max_cluster": "20",
            "parser-html4excel": "on",
            "pagerank": "10",
        },
    )

    assert response.status_code == 302
    (body,) = sent(standin, tenant_key)
    assert body == {
        "name": "Rules",
        "pagerank": 10,
        "parser_config": {"chunk_token_num": 256, "html4excel": True, "raptor": {"max_cluster": 20}},
    }
    stored = ragflow.datasets.get(dataset.id)
    assert (stored.name, stored.pagerank, stored.parser_config["auto_keywords"]) == ("Rules", 10, 3)
    assert set(dataset.parser_config) <= set(stored.parser_config), "what RAGFlow keeps for itself stays"
    page = text_of(curator_client.get(url))
    assert "Settings saved" in page
    assert 'value="256"' in page
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.outcome, entry.target_names) == ("dataset.update", "ok", ["Handbook"])


def test_saving_costs_two_calls_and_opening_one_once_the_models_are_known(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str
) -> None:
    form = opened(curator_client, url)
    standin.reset_requests()

    curator_client.get(url)
    assert len(standin.requests(tenant_key)) == 1
    standin.reset_requests()
    curator_client.post(url, form | {"name": "Rules"})

    assert [entry["method"] for entry in standin.requests(tenant_key)] == ["GET", "PUT"]


def test_a_stored_value_that_the_form_would_refuse_does_not_stand_in_the_way(
    curator_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    made = ragflow.datasets.create(
        name="Odd", parser_config={"layout_recognize": "MinerU@Elsewhere", "raptor": {"threshold": 0.12345}}
    )
    url = ragflow_server.url("datasets:settings", made.id)
    form = opened(curator_client, url)

    curator_client.post(url, form | {"parser-auto_questions": "2"})

    assert form["parser-layout_recognize"] == ["MinerU@Elsewhere"]
    assert sent(standin, tenant_key) == [{"parser_config": {"auto_questions": 2}}]


def test_another_method_is_stored_with_the_settings_that_stand_on_the_form(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, ragflow: RAGFlow, dataset: Dataset
) -> None:
    form = opened(curator_client, url)
    shown = curator_client.post(f"{url}?show=fields", form | {"chunk_method": "one"}, HTTP_HX_REQUEST="true")
    assert "<html" not in text_of(shown)
    assert 'name="parser-chunk_token_num" value="512"' in text_of(shown), "kept for going back"
    assert sent(standin, tenant_key) == []

    curator_client.post(url, form | {"chunk_method": "one", "fields_of": "one", "parser-auto_questions": "4"})

    (body,) = sent(standin, tenant_key)
    assert body == {
        "chunk_method": "one",
        "parser_config": {"layout_recognize": "DeepDOC", "auto_keywords": 3, "auto_questions": 4},
    }
    assert ragflow.datasets.get(dataset.id).chunk_method == "one"


def test_a_method_can_be_chosen_without_script(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str
) -> None:
    form = opened(curator_client, url)

    page = curator_client.post(f"{url}?show=fields", form | {"chunk_method": "table", "name": "Typed"})

    assert 'value="Typed"' in text_of(page)
    assert "This method has no settings." in text_of(page)
    again = dict(Inputs(page.content.decode()).values)
    curator_client.post(url, again)
    assert sent(standin, tenant_key) == [{"name": "Typed", "chunk_method": "table"}]


def test_the_settings_go_back_to_their_defaults_and_nothing_is_saved_yet(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str
) -> None:
    form = opened(curator_client, url) | {"name": "Typed", "parser-chunk_token_num": "99"}

    page = curator_client.post(f"{url}?show=defaults", form)

    again = dict(Inputs(page.content.decode()).values)
    assert (again["parser-chunk_token_num"], again["parser-auto_keywords"], again["name"]) == (
        ["512"],
        ["0"],
        ["Typed"],
    )
    assert sent(standin, tenant_key) == []
    curator_client.post(url, again)
    assert sent(standin, tenant_key) == [{"name": "Typed", "parser_config": {"auto_keywords": 0}}]


def test_the_embedding_model_is_locked_once_there_are_chunks(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, standin: StandinProcess, tenant_key: str
) -> None:
    made = ragflow.datasets.create(name="Handbook")
    uploaded = ragflow.documents.upload(made, "a.txt", io.BytesIO(b"One"), 3)
    ragflow.documents.parse(ragflow.documents.get(made.id, uploaded.id))
    end = time.monotonic() + 20
    while not ragflow.datasets.get(made.id).chunk_count:
        assert time.monotonic() < end, "the stand-in does not parse"
        time.sleep(0.05)
    url = ragflow_server.url("datasets:settings", made.id)
    standin.reset_requests()

    page = text_of(curator_client.get(url))
    form = opened(curator_client, url)
    curator_client.post(url, form | {"embedding_model": "other@Builtin"})

    assert "Can't be changed while the dataset has chunks (1)" in page
    assert re.search(r'<select[^>]*name="embedding_model"[^>]*disabled', page)
    assert sent(standin, tenant_key) == []


def test_what_ragflow_stores_otherwise_is_said(
    curator_client: Client, url: str, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(curator_client, url)
    monkeypatch.setattr("dashboard.ragflow.resources.datasets.Datasets.update", lambda _self, found, **_changed: found)

    page = text_of(curator_client.post(url, form | {"name": "Mine", "parser-auto_keywords": "9"}, follow=True))

    assert "RAGFlow stored other values than you entered for Name, Keywords per chunk." in page


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "a\u202etxt.exe", "x" * 128])
def test_hostile_names_are_shown_as_text(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, name: str
) -> None:
    made = ragflow.datasets.create(name=name, description=f"{name}</textarea>")
    url = ragflow_server.url("datasets:settings", made.id)

    response = curator_client.get(url)

    assert "<img src=x" not in response.content.decode()
    assert dict(Inputs(response.content.decode()).values)["name"] == [name]


def test_viewers_neither_see_nor_save_settings(
    viewer_client: Client, ragflow_server: Server, url: str, dataset: Dataset
) -> None:
    assert viewer_client.get(url).status_code == 403
    assert viewer_client.post(url, {"name": "Mine"}).status_code == 403
    documents = viewer_client.get(ragflow_server.url("documents:list", dataset.id))
    assert url not in documents.content.decode()
