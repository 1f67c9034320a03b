"""A new dataset with the settings of another one."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import Inputs, image

pytestmark = pytest.mark.releases

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def url(ragflow_server: Server) -> str:
    return ragflow_server.url("datasets:create")


def form_of(response: Any) -> dict[str, Any]:
    return dict(Inputs(response.content.decode()).values)


def test_the_settings_are_copied_into_a_new_dataset(
    curator_client: Client, url: str, ragflow: RAGFlow, standin: StandinProcess, tenant_key: str
) -> None:
    original = ragflow.datasets.create(
        name="Contracts",
        description="Since 2019",
        permission="team",
        avatar=PIXEL,
        parser_config={"chunk_token_num": 99, "delimiter": "\n`##`", "raptor": {"use_raptor": True, "max_cluster": 30}},
    )
    opened = curator_client.get(f"{url}?from={original.id}")
    standin.reset_requests()

    response = curator_client.post(url, form_of(opened))

    assert response.status_code == 302
    assert "New dataset like Contracts" in opened.content.decode()
    made = next(dataset for dataset in ragflow.datasets.walk() if dataset.id != original.id)
    assert (made.name, made.description, made.permission, made.avatar) == (
        "Contracts (copy)",
        "Since 2019",
        "team",
        PIXEL,
    )
    assert made.parser_config["chunk_token_num"] == 99
    assert made.parser_config["delimiter"] == "\n`##`"
    assert made.parser_config["raptor"]["use_raptor"] is True
    assert made.parser_config["raptor"]["max_cluster"] == 30
    assert made.document_count == 0
    (sent,) = [entry["json"] for entry in standin.requests(tenant_key) if entry["method"] == "POST"]
    assert "llm_id" not in sent["parser_config"], "RAGFlow refuses its own keys"


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_copy_has_the_prompt_and_the_description_as_the_original_has_them(
    curator_client: Client, url: str, ragflow: RAGFlow, ends: str
) -> None:
    prompt, description = f"Sum up:{ends}{{cluster_content}}", f"Since 2019.{ends}Signed ones."
    original = ragflow.datasets.create(
        name="First", description=description, parser_config={"raptor": {"use_raptor": True, "prompt": prompt}}
    )
    form = form_of(curator_client.get(f"{url}?from={original.id}"))
    sent = {
        name: value.replace("\r\n", "\n").replace("\n", "\r\n") if isinstance(value, str) else value
        for name, value in form.items()
    }

    curator_client.post(url, sent)

    made = next(dataset for dataset in ragflow.datasets.walk() if dataset.id != original.id)
    assert made.parser_config["raptor"]["prompt"] == prompt
    assert made.description == description


@pytest.mark.parametrize("method", ["laws", "table", "one"])
def test_every_method_can_be_copied(curator_client: Client, url: str, ragflow: RAGFlow, method: str) -> None:
    original = ragflow.datasets.create(name="First", chunk_method=method)

    curator_client.post(url, form_of(curator_client.get(f"{url}?from={original.id}")))

    assert [dataset.chunk_method for dataset in ragflow.datasets.walk()] == [method, method]


@pytest.mark.parametrize("name", ["x" * 128, "ä" * 64, "<b>bold</b>"])
def test_the_name_of_the_copy_fits(curator_client: Client, url: str, ragflow: RAGFlow, name: str) -> None:
    original = ragflow.datasets.create(name=name)

    response = curator_client.post(url, form_of(curator_client.get(f"{url}?from={original.id}")))

    assert response.status_code == 302, html.unescape(response.content.decode())
    assert all(dataset.name.startswith(name[:55]) for dataset in ragflow.datasets.walk())


def test_a_new_dataset_may_have_a_picture(curator_client: Client, url: str, ragflow: RAGFlow) -> None:
    form = form_of(curator_client.get(url))

    curator_client.post(url, form | {"name": "Handbook", "picture_file": SimpleUploadedFile("logo", image())})

    (made,) = ragflow.datasets.walk()
    assert made.avatar.startswith("data:image/jpeg;base64,")


def test_copying_what_is_gone_or_no_id_is_told(curator_client: Client, url: str) -> None:
    assert curator_client.get(f"{url}?from={'f' * 32}").status_code == 404
    assert curator_client.get(f"{url}?from=nonsense").status_code == 404


def test_settings_and_duplicate_are_in_the_menu_of_each_row(
    curator_client: Client, viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, url: str
) -> None:
    made = ragflow.datasets.create(name="Handbook")
    links = (ragflow_server.url("datasets:settings", made.id), f"{url}?from={made.id}")

    curators = curator_client.get(ragflow_server.url("datasets:list")).content.decode()
    viewers = viewer_client.get(ragflow_server.url("datasets:list")).content.decode()

    assert all(f'href="{link}"' in curators for link in links)
    assert not any(link in viewers for link in links)
