"""The settings of an assistant: what is shown, what is sent, and what happens when two people save."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Assistant
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import Inputs, image, opened
from tests.support.pages.forms import error_at
from tests.support.pages.reading import text_of
from tests.support.ragflow.knowledge import parsed_dataset

pytestmark = pytest.mark.releases

STORED: dict[str, Any] = {
    "prompt": "Answer on {day} from this:\r\n{knowledge}",
    "opener": "Hello",
    "variables": [{"key": "knowledge", "optional": False}, {"key": "day", "optional": True, "kind": "date"}],
    "vector_similarity_weight": 0.2,
    "top_k": 512,
    "tts": True,
    "from_the_future": {"a": [1]},
}


@pytest.fixture
def assistant(ragflow: RAGFlow) -> Assistant:
    made = ragflow.chats.create(
        name="Handbook", dataset_ids=[parsed_dataset(ragflow).id], prompt=STORED, llm={"temperature": 0.25, "seed": 7}
    )
    return ragflow.chats.get(made.id)


@pytest.fixture
def url(ragflow_server: Server, assistant: Assistant) -> str:
    return ragflow_server.url("assistants:settings", assistant.id)


def sent(standin: StandinProcess, key: str) -> list[dict[str, Any]]:
    return [one["json"] for one in standin.requests(key) if one["method"] in ("PUT", "PATCH")]


def test_a_form_that_nobody_touched_sends_nothing(
    curator_client: Client, url: str, standin: StandinProcess, tenant_key: str
) -> None:
    form = opened(curator_client, url)
    assert form["keyword_weight"] == ["0.8"], "the opposite of the vectors' weight, on every release"
    assert (form["temperature"], form["preset"], form["top_k"]) == (["0.25"], ["own"], ["512"])
    assert form["variable"][:2] == ["knowledge", "day"]
    response = curator_client.post(url, form, follow=True)
    assert "No changes to save" in text_of(response)
    assert sent(standin, tenant_key) == []


def test_only_what_was_changed_is_sent_and_the_rest_stays(
    curator_client: Client,
    url: str,
    standin: StandinProcess,
    tenant_key: str,
    ragflow: RAGFlow,
    assistant: Assistant,
    release: str,
) -> None:
    form = opened(curator_client, url)
    response = curator_client.post(url, form | {"keyword_weight": "0.6", "top_n": "3"}, follow=True)
    assert "Assistant saved" in text_of(response)
    bodies = sent(standin, tenant_key)
    if release == "0.24":
        # 0.24 unlinks the datasets that are not sent, and has the weight of the vectors under the other name.
        prompt = {"top_n": 3, "keywords_similarity_weight": 0.4}
        assert bodies == [{"prompt": prompt, "dataset_ids": list(assistant.dataset_ids)}]
    else:
        assert bodies == [{"top_n": 3, "vector_similarity_weight": 0.4}]
    now = ragflow.chats.get(assistant.id)
    assert now.dataset_ids == assistant.dataset_ids
    assert now.prompt == {**assistant.prompt, "top_n": 3, "vector_similarity_weight": 0.4}
    assert now.llm == assistant.llm
    entry = AuditEntry.objects.get(action="assistant.update")
    assert (entry.username, entry.detail["changed"], entry.outcome) == ("curator", ["prompt"], "ok")


def test_every_setting_can_be_changed(
    curator_client: Client, url: str, ragflow: RAGFlow, assistant: Assistant, release: str
) -> None:
    form = opened(curator_client, url)
    changes = {
        "name": "Rules",
        "description": "For all",
        "preset": "creative",
        "max_tokens": "900",
        "prompt": "On {today}: {knowledge}",
        "variable": ["knowledge", "today", "tone", ""],
        "variable_kind": ["required", "required", "optional", "optional"],
        "opener": "",
        "empty_response": "",
        "similarity_threshold": "0.35",
        "top_k": "64",
        "cross_languages": "German, French; German",
        "thinking": "medium",
        "keyword": "on",
        "use_kg": "on",
        "toc_enhance": "on",
        "filter_method": "manual",
        "logic": "or",
        "meta_key": ["author", "year"],
        "meta_operator": ["is", "≥"],
        "meta_value": ["Anna", "2020"],
    }
    for gone in ("show_quote", "refine_multiturn"):
        form.pop(gone)
    response = curator_client.post(url, form | changes, follow=True)
    assert "Assistant saved" in text_of(response)
    now = ragflow.chats.get(assistant.id)
    assert (now.name, now.description) == ("Rules", "For all")
    sampling = {"temperature": 0.8, "top_p": 0.9, "presence_penalty": 0.1, "frequency_penalty": 0.1, "max_tokens": 900}
    assert now.llm == assistant.llm | sampling, "with the seed that the form does not know"
    assert now.prompt == assistant.prompt | {
        "prompt": "On {today}: {knowledge}",
        "variables": [
            {"key": "knowledge", "optional": False},
            {"key": "today", "optional": False},
            {"key": "tone", "optional": True},
        ],
        "opener": "",
        "empty_response": "",
        "show_quote": False,
        "refine_multiturn": False,
        "similarity_threshold": 0.35,
        "top_k": 64,
        "cross_languages": ["German", "French"],
        "reasoning": True if release == "0.24" else 2,
        "keyword": True,
        "use_kg": True,
        "toc_enhance": True,
    }
    assert now.metadata_filter == {
        "method": "manual",
        "logic": "or",
        "manual": [{"key": "author", "op": "=", "value": "Anna"}, {"key": "year", "op": "≥", "value": "2020"}],
    }
    again = opened(curator_client, url)
    assert {name: again[name] for name in ("preset", "thinking", "meta_key", "logic")} == {
        "preset": ["creative"],
        "thinking": ["medium"],
        "meta_key": ["author", "year", ""],
        "logic": ["or"],
    }


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"prompt": "No place"}, "prompt", "Add {knowledge} where the chunks"),
        (
            {"variable_kind": ["required", "required", "optional"], "prompt": "{knowledge}"},
            "prompt",
            "Add {day} to the",
        ),
        ({"variable": ["knowledge", "a b", ""]}, "variables", "“a b” can't be a variable"),
        ({"variable": ["knowledge", "knowledge", ""]}, "variables", "two variables named “knowledge”"),
        ({"variable": ["x", "day", ""], "prompt": "{x}"}, "variables", "Add the variable “knowledge”"),
        ({"temperature": ""}, "temperature", "can't restore the model's default"),
        ({"filter_method": "manual"}, "filter_conditions", "Enter a condition"),
        ({"name": "ä" * 200}, "name", "At most 255 bytes"),
    ],
)
def test_bad_input_is_named_at_its_field_and_nothing_is_sent(
    curator_client: Client,
    url: str,
    standin: StandinProcess,
    tenant_key: str,
    changes: dict[str, Any],
    field: str,
    words: str,
) -> None:
    form = opened(curator_client, url) | {"opener": "Kept opener"} | changes
    response = curator_client.post(url, form)
    page = response.content.decode()
    assert response.status_code == 422
    assert words in error_at(page, field)
    assert "Kept opener" in page
    assert sent(standin, tenant_key) == []


def test_who_saves_later_sees_what_the_other_changed_before_it_is_replaced(
    curator_client: Client, url: str, ragflow: RAGFlow, assistant: Assistant
) -> None:
    form = opened(curator_client, url)
    theirs = {"opener": "Theirs", "top_n": 9, "variables": [{"key": "knowledge", "optional": False}]}
    ragflow.chats.update(assistant, prompt={**theirs, "prompt": "{knowledge}"})
    response = curator_client.post(url, form | {"opener": "Mine", "description": "Mine too"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Someone else has changed this assistant since" in page
    assert "You also changed Opening message" in page
    assert ragflow.chats.get(assistant.id).prompt["opener"] == "Theirs"
    merged = dict(Inputs(page).values)
    assert (merged["opener"], merged["top_n"], merged["variable"]) == (["Mine"], ["9"], ["knowledge", ""])
    assert curator_client.post(url, merged).status_code == 302
    now = ragflow.chats.get(assistant.id)
    assert (now.prompt["opener"], now.prompt["top_n"], now.description) == ("Mine", 9, "Mine too")
    assert now.prompt["prompt"] == "{knowledge}"


def test_what_is_stored_out_of_range_stays_until_it_is_changed(
    curator_client: Client, url: str, ragflow: RAGFlow, assistant: Assistant
) -> None:
    ragflow.chats.update(assistant, llm={"temperature": 9}, prompt={"top_n": 80})
    form = opened(curator_client, url)
    assert curator_client.post(url, form | {"opener": "New"}).status_code == 302
    now = ragflow.chats.get(assistant.id)
    assert (now.llm["temperature"], now.prompt["top_n"], now.prompt["opener"]) == (9, 80, "New")


def test_a_dataset_is_unlinked_only_on_purpose(
    curator_client: Client, url: str, ragflow: RAGFlow, assistant: Assistant, standin: StandinProcess
) -> None:
    form = opened(curator_client, url)
    assert form["datasets"] == list(assistant.dataset_ids)
    standin.fault("error500", method="GET", path="/datasets$")
    refused = curator_client.post(url, form | {"opener": "New"})
    assert refused.status_code == 422
    assert Inputs(refused.content.decode()).values["datasets"] == list(assistant.dataset_ids)
    standin.clear_faults()
    curator_client.post(url, {name: value for name, value in form.items() if name != "datasets"})
    assert ragflow.chats.get(assistant.id).dataset_ids == ()


def test_a_copy_has_all_settings_also_those_that_the_form_does_not_know(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, assistant: Assistant
) -> None:
    url = ragflow_server.url("assistants:create")
    form = opened(curator_client, f"{url}?from={assistant.id}")
    assert form["name"] == ["Handbook (copy)"]
    assert curator_client.post(url, form | {"opener": "Copied"}).status_code == 302
    copy = ragflow.chats.get(next(one.id for one in ragflow.chats.list() if one.name == "Handbook (copy)"))
    assert copy.dataset_ids == assistant.dataset_ids
    assert copy.llm == assistant.llm
    assert copy.prompt == {**assistant.prompt, "opener": "Copied"}


def test_a_picture_is_chosen_and_removed(
    curator_client: Client, url: str, ragflow: RAGFlow, assistant: Assistant
) -> None:
    upload = SimpleUploadedFile("a.png", image(), "image/png")
    assert curator_client.post(url, opened(curator_client, url) | {"picture_file": upload}).status_code == 302
    assert ragflow.chats.get(assistant.id).avatar.startswith("data:image/")
    curator_client.post(url, opened(curator_client, url) | {"remove_picture": "on"})
    assert ragflow.chats.get(assistant.id).avatar == ""


def test_keys_of_other_services_are_not_shown(
    curator_client: Client, url: str, ragflow: RAGFlow, assistant: Assistant
) -> None:
    ragflow.chats.update(assistant, prompt={"tavily_api_key": "tvly-secret"})
    page = curator_client.get(url).content.decode()
    assert "tavily_api_key" in page
    assert "tvly-secret" not in page


def test_an_assistant_that_is_gone_is_not_found(curator_client: Client, ragflow_server: Server) -> None:
    assert curator_client.get(ragflow_server.url("assistants:settings", "0" * 32)).status_code == 404
