"""The settings of a dataset: what is shown, what is sent, and what happens if someone else saves first."""

from __future__ import annotations

import base64
import io
import re
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from dashboard.datasets import methods
from dashboard.datasets.pictures import LIMIT
from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import Inputs, image, opened, sent
from tests.support.pages.forms import error_at
from tests.support.pages.reading import text_of


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    made = ragflow.datasets.create(name="Handbook", description="For\nall", parser_config={"auto_keywords": 3})
    return ragflow.datasets.get(made.id)


@pytest.fixture
def url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("datasets:settings", dataset.id)


def test_the_page_shows_what_is_stored(curator_client: Client, url: str) -> None:
    form = opened(curator_client, url)

    assert form["name"] == ["Handbook"]
    assert form["description"] == ["For\r\nall"]
    assert form["parser-auto_keywords"] == ["3"]
    assert form["parser-delimiter"] == ["\\n"]
    assert form["pagerank"] == ["0"]


@pytest.mark.parametrize("method", [method.key for method in methods.METHODS])
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
            "parser-raptor__threshold": "0.20",
            "parser-html4excel": "on",
            "pagerank": "10",
        },
    )

    assert response.status_code == 302
    (body,) = sent(standin, tenant_key)
    assert body == {
        "name": "Rules",
        "pagerank": 10,
        "parser_config": {"chunk_token_num": 256, "html4excel": True, "raptor": {"threshold": 0.2}},
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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "Enter a name with at least one visible character."),
        ({"pagerank": "101"}, "Enter a whole number from 0 to 100."),
        ({"pagerank": ""}, "Enter a whole number from 0 to 100."),
        ({"parser-chunk_token_num": "0"}, "Enter a whole number from 1 to 2,048 tokens."),
        ({"parser-raptor__prompt": ""}, "RAGFlow can't restore its default here."),
        ({"embedding_model": "bge-m3"}, "Enter the model as name@provider"),
        ({"chunk_method": "magic"}, "“magic” is not a chunk method."),
    ],
)
def test_a_wrong_input_is_named_and_nothing_is_lost_or_sent(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, changes: dict[str, str], message: str
) -> None:
    form = opened(curator_client, url)

    response = curator_client.post(url, form | {"description": "Typed description"} | changes)

    (name,) = changes
    assert response.status_code == 422
    assert message in error_at(text_of(response), name)
    assert "Typed description" in text_of(response)
    assert sent(standin, tenant_key) == []


def test_a_name_that_is_taken_is_refused_beside_the_name(
    curator_client: Client, url: str, ragflow: RAGFlow, dataset: Dataset
) -> None:
    ragflow.datasets.create(name="Taken")
    form = opened(curator_client, url)

    response = curator_client.post(url, form | {"name": "taken", "description": "Not lost"})

    page = text_of(response)
    assert response.status_code == 422
    assert "Dataset name 'taken' already exists" in page[page.index('id="id_name_error"') :][:400]
    assert 'value="taken"' in page
    assert "Not lost" in page
    assert ragflow.datasets.get(dataset.id).description == "For\nall"


@pytest.mark.parametrize("kind", ["error500", "html", "half_json", "data_false", "unauthorized", "drop"])
def test_a_bad_day_of_ragflow_keeps_the_text_and_says_what_is_known(
    curator_client: Client, url: str, standin: StandinProcess, kind: str
) -> None:
    form = opened(curator_client, url)
    standin.fault(kind, method="PUT", path="/api/v1/datasets/")

    response = curator_client.post(url, form | {"name": "Not lost"})

    assert response.status_code == 422
    assert 'value="Not lost"' in text_of(response)
    assert re.search("Nothing was saved|may have been saved", text_of(response))


@pytest.mark.parametrize("kind", ["error500", "drop", "unauthorized"])
def test_not_even_reading_the_dataset_loses_what_was_typed(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, kind: str
) -> None:
    form = opened(curator_client, url)
    standin.fault(kind, method="GET", path="/api/v1/datasets")

    response = curator_client.post(url, form | {"name": "Not lost", "parser-chunk_token_num": "77"})

    assert response.status_code == 422
    assert "Nothing was saved" in text_of(response)
    assert sent(standin, tenant_key) == []
    standin.clear_faults()
    again = dict(Inputs(response.content.decode()).values)
    assert curator_client.post(url, again).status_code == 302
    assert sent(standin, tenant_key) == [{"name": "Not lost", "parser_config": {"chunk_token_num": 77}}]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("'pagerank' can only be set when doc_engine is elasticsearch", "pagerank"),
        ("Field: <avatar> - Message: <Unsupported MIME type> - Value: <x>", "picture_file"),
        ("When chunk_num (4) > 0, embedding_model must remain x@y", "embedding_model"),
        ("Field: <parser_config.raptor.threshold> - Message: <Too much> - Value: <2>", "parser-raptor__threshold"),
    ],
)
def test_a_refusal_of_ragflow_stands_beside_its_field(
    curator_client: Client, url: str, standin: StandinProcess, message: str, field: str
) -> None:
    form = opened(curator_client, url)
    standin.fault("code", method="PUT", path="/api/v1/datasets/", code=101, message=message)

    response = curator_client.post(url, form | {"name": "Not lost"})

    assert response.status_code == 422
    assert f'id="id_{field}_error"' in text_of(response)
    assert 'value="Not lost"' in text_of(response)


def test_what_others_changed_meanwhile_is_said_and_not_overwritten(
    curator_client: Client, url: str, ragflow: RAGFlow, dataset: Dataset, standin: StandinProcess, tenant_key: str
) -> None:
    form = opened(curator_client, url)
    ragflow.datasets.update(dataset, description="Theirs", parser_config={"auto_keywords": 7, "chunk_token_num": 100})
    standin.reset_requests()

    response = curator_client.post(url, form | {"name": "Mine", "parser-chunk_token_num": "200"})

    page = text_of(response)
    assert response.status_code == 422
    assert "Someone else has changed this dataset since: Description, Chunk size, Keywords per chunk." in page
    assert "You also changed Chunk size" in page
    assert sent(standin, tenant_key) == []

    again = dict(Inputs(response.content.decode()).values)
    assert (again["description"], again["parser-auto_keywords"]) == (["Theirs"], ["7"])
    assert (again["name"], again["parser-chunk_token_num"]) == (["Mine"], ["200"])
    assert curator_client.post(url, again).status_code == 302
    assert sent(standin, tenant_key) == [{"name": "Mine", "parser_config": {"chunk_token_num": 200}}]


def test_a_dataset_that_is_gone_is_told(curator_client: Client, url: str, ragflow: RAGFlow, dataset: Dataset) -> None:
    ragflow.datasets.delete([dataset])

    assert curator_client.get(url).status_code == 404


def test_what_ragflow_stores_otherwise_is_said(
    curator_client: Client, url: str, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(curator_client, url)
    monkeypatch.setattr("dashboard.ragflow.resources.datasets.Datasets.update", lambda _self, found, **_changed: found)

    page = text_of(curator_client.post(url, form | {"name": "Mine", "parser-auto_keywords": "9"}, follow=True))

    assert "RAGFlow stored other values than you entered for Name, Keywords per chunk." in page


@pytest.mark.parametrize(
    ("kind", "mode", "head"),
    [("PNG", "RGBA", "png"), ("JPEG", "RGB", "jpeg"), ("GIF", "L", "jpeg"), ("WEBP", "RGB", "jpeg")],
)
def test_a_picture_is_made_small_stored_and_removed_again(
    curator_client: Client, url: str, ragflow: RAGFlow, dataset: Dataset, kind: str, mode: str, head: str
) -> None:
    content = image(kind=kind, mode=mode)
    form = opened(curator_client, url)

    curator_client.post(url, form | {"picture_file": SimpleUploadedFile("logo", content)})

    stored = ragflow.datasets.get(dataset.id).avatar
    assert stored.startswith(f"data:image/{head};base64,")
    assert len(stored) <= LIMIT
    with Image.open(io.BytesIO(base64.b64decode(stored.partition(",")[2]))) as found:
        assert found.width == found.height
    assert stored in text_of(curator_client.get(url))

    curator_client.post(url, opened(curator_client, url) | {"remove_picture": "on"})
    assert ragflow.datasets.get(dataset.id).avatar == ""


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"\x89PNG\r\n\x1a\n broken", b"GIF89a"],
)
def test_what_is_no_picture_is_refused(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str, content: bytes
) -> None:
    form = opened(curator_client, url)

    response = curator_client.post(url, form | {"picture_file": SimpleUploadedFile("logo.png", content)})

    assert response.status_code == 422
    assert "Choose a PNG, JPEG, WebP or GIF file" in error_at(text_of(response), "picture_file")
    assert sent(standin, tenant_key) == []


def test_a_picture_that_unfolds_to_millions_of_pixels_is_refused(curator_client: Client, url: str) -> None:
    buffer = io.BytesIO()
    Image.new("1", (9000, 9000)).save(buffer, "PNG")
    form = opened(curator_client, url)

    response = curator_client.post(url, form | {"picture_file": SimpleUploadedFile("bomb.png", buffer.getvalue())})

    assert response.status_code == 422
    assert "At most 40 million pixels" in error_at(text_of(response), "picture_file")


def test_a_chosen_picture_outlives_an_error_elsewhere(
    curator_client: Client, url: str, ragflow: RAGFlow, dataset: Dataset
) -> None:
    form = opened(curator_client, url)
    refused = curator_client.post(url, form | {"name": " ", "picture_file": SimpleUploadedFile("logo", image())})
    assert refused.status_code == 422

    again = dict(Inputs(refused.content.decode()).values)
    curator_client.post(url, again | {"name": "Handbook"})

    assert ragflow.datasets.get(dataset.id).avatar == again["picture"][0]


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
