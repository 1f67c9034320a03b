"""Assistants: listing, making, deleting."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from dashboard.models import AuditEntry, Server
from dashboard.ragflow import RAGFlow
from ragflow_admin.standin.testing import StandinProcess
from tests.support.ragflow.knowledge import assistant_on, parsed_dataset

pytestmark = pytest.mark.releases


def filled(**changes: Any) -> dict[str, Any]:
    """The form as submitted with only these changes."""
    return {
        "name": "Handbook",
        "description": "",
        "prompt": "Answer from this: {knowledge}",
        "opener": "Hello",
        "empty_response": "Nothing found.",
        "variable": ["knowledge", ""],
        "variable_kind": ["required", "optional"],
        "show_quote": "on",
        "refine_multiturn": "on",
        "top_n": "4",
        "similarity_threshold": "0.15",
        "keyword_weight": "0.3",
        "top_k": "1024",
        **changes,
    }


def writes(standin: StandinProcess, key: str) -> list[dict[str, Any]]:
    return [one for one in standin.requests(key) if one["method"] != "GET"]


def test_an_assistant_is_made_with_what_was_typed(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, standin: StandinProcess, tenant_key: str
) -> None:
    dataset = parsed_dataset(ragflow)
    standin.reset_requests()
    answer = curator_client.post(ragflow_server.url("assistants:create"), filled(datasets=[dataset.id]))
    made = ragflow.chats.list().items[0]
    assert answer.status_code == 302
    assert answer["Location"] == ragflow_server.url("assistants:chat", made.id)
    assert made.name == "Handbook"
    assert made.dataset_ids == (dataset.id,)
    assert made.prompt["prompt"] == "Answer from this: {knowledge}"
    assert made.prompt["opener"] == "Hello"
    assert made.prompt["top_n"] == 4
    assert made.prompt["similarity_threshold"] == 0.15
    # The weight that is really used (contract §14.1)
    assert made.prompt["vector_similarity_weight"] == 0.7
    assert len(writes(standin, tenant_key)) == 1
    entry = AuditEntry.objects.get(action="assistant.create")
    assert (entry.username, entry.target_ids, entry.outcome) == ("curator", [made.id], "ok")


def test_only_datasets_with_chunks_can_be_chosen_and_the_others_say_why(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow
) -> None:
    parsed = parsed_dataset(ragflow)
    empty = ragflow.datasets.create(name="Empty one")
    page = curator_client.get(ragflow_server.url("assistants:create") + f"?dataset={parsed.id}").content.decode()
    boxes = {
        part.split('"', 1)[0]: part.split(">", 1)[0]
        for part in page.split('name="datasets"')[1:]
        for part in [part.split('value="', 1)[1]]
    }
    assert "checked" in boxes[parsed.id]
    assert "disabled" in boxes[empty.id]
    assert "no documents" in page
    refused = curator_client.post(ragflow_server.url("assistants:create"), filled(datasets=[empty.id]))
    assert refused.status_code == 422
    assert "has no chunks" in refused.content.decode()
    assert ragflow.chats.list().items == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "   "}, "Enter a name with at least one visible character."),
        ({"prompt": "No place for chunks"}, "Add {knowledge} where"),
        ({"prompt": ""}, "Enter instructions for the model"),
        ({"top_n": "0"}, "greater than or equal to 1"),
        ({"similarity_threshold": "1.5"}, "Enter a number from 0 to 1"),
        ({"model": "no-such-model@Nobody"}, "Select a valid choice"),
    ],
)
def test_bad_input_is_named_and_nothing_typed_is_lost(
    curator_client: Client,
    ragflow_server: Server,
    standin: StandinProcess,
    tenant_key: str,
    changes: dict[str, str],
    words: str,
) -> None:
    sent = filled(description="Kept <text>", opener="Kept opener", **changes)
    answer = curator_client.post(ragflow_server.url("assistants:create"), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "Kept &lt;text&gt;" in page
    assert "Kept opener" in page
    assert writes(standin, tenant_key) == []


def test_a_name_in_use_is_an_error_of_the_name(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow
) -> None:
    ragflow.chats.create(name="Handbook")
    answer = curator_client.post(ragflow_server.url("assistants:create"), filled(opener="Kept opener"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "An assistant named “Handbook” already exists" in page
    assert 'id="id_name_error"' in page
    assert "Kept opener" in page


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("The dataset {dataset} doesn't own parsed file", "datasets"),
        ("`model_name` gone doesn't exist", "model"),
        ("Parameter 'knowledge' is not used", "prompt"),
        ("Datasets use different embedding models.", "datasets"),
    ],
)
def test_what_ragflow_refuses_stands_beside_its_field(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, standin: StandinProcess, message: str, field: str
) -> None:
    dataset = parsed_dataset(ragflow)
    standin.fault("code", method="POST", path="/chats$", code=102, message=message.format(dataset=dataset.id))
    sent = filled(datasets=[dataset.id], opener="Kept opener")
    answer = curator_client.post(ragflow_server.url("assistants:create"), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in page
    assert "Kept opener" in page


def test_when_no_answer_comes_the_form_says_that_it_may_have_been_made(
    curator_client: Client, ragflow_server: Server, standin: StandinProcess
) -> None:
    standin.fault("drop", method="POST", path="/chats$")
    answer = curator_client.post(ragflow_server.url("assistants:create"), filled())
    assert answer.status_code == 422
    assert "may have been created anyway" in answer.content.decode()
    assert 'value="Handbook"' in answer.content.decode()


def test_the_form_is_there_when_models_cannot_be_listed(
    curator_client: Client, ragflow_server: Server, standin: StandinProcess, ragflow: RAGFlow
) -> None:
    standin.fault("error500", path="llm|user|tenant|models")
    page = curator_client.get(ragflow_server.url("assistants:create"))
    assert page.status_code == 200
    assert "default chat model" in page.content.decode()
    curator_client.post(ragflow_server.url("assistants:create"), filled())
    assert ragflow.chats.list().items[0].name == "Handbook"


@pytest.mark.parametrize("kind", ["error500", "drop", "half_json", "unauthorized"])
def test_nothing_typed_or_chosen_is_lost_when_ragflow_is_down(
    curator_client: Client, ragflow_server: Server, standin: StandinProcess, ragflow: RAGFlow, kind: str
) -> None:
    dataset = parsed_dataset(ragflow)
    url = ragflow_server.url("assistants:create")
    default = ragflow.system.defaults().chat_model
    model = next(one.id for one in ragflow.system.models() if one.type == "chat" and one.id != default)
    sent = filled(datasets=[dataset.id], opener="Kept opener", model=model)
    standin.fault(kind)
    answer = curator_client.post(url, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Your input is still here" in page
    assert "Kept opener" in page
    assert f'<input type="hidden" name="datasets" value="{dataset.id}">' in page
    assert re.search(rf'<option value="{re.escape(model)}"[^>]* selected', page)
    standin.clear_faults()
    assert ragflow.chats.list().items == ()
    assert curator_client.post(url, sent).status_code == 302
    assert ragflow.chats.list().items[0].dataset_ids == (dataset.id,)


def test_the_model_that_was_chosen_is_sent_though_models_cannot_be_listed_any_more(
    curator_client: Client, ragflow_server: Server, standin: StandinProcess, tenant_key: str
) -> None:
    standin.fault("error500", path="llm|user|tenant|models")
    sent = filled(model="no-such-model@Nobody", opener="Kept opener")
    answer = curator_client.post(ragflow_server.url("assistants:create"), sent)
    assert answer.status_code == 422
    assert 'id="id_model_error"' in answer.content.decode()
    assert "Kept opener" in answer.content.decode()


def test_the_list_comes_in_pages_also_without_a_total(
    viewer_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    standin: StandinProcess,
    tenant_key: str,
    release: str,
) -> None:
    for number in range(27):
        ragflow.chats.create(name=f"Assistant {number:02}")
    standin.reset_requests()
    first = viewer_client.get(ragflow_server.url("assistants:list")).content.decode()
    calls = [one["path"] for one in standin.requests(tenant_key)]
    assert calls.count("/api/v1/chats") == 1
    assert first.count('id="row-') == 25
    assert 'rel="next"' in first
    assert "1 to 25" in first
    assert (" of 27" in first.split("1 to 25")[1][:20]) == (release != "0.24"), "0.24 does not count them"
    second = viewer_client.get(ragflow_server.url("assistants:list") + "?page=2").content.decode()
    assert second.count('id="row-') == 2
    assert 'rel="next"' not in second
    beyond = viewer_client.get(ragflow_server.url("assistants:list") + "?page=3").content.decode()
    assert "No more assistants" in beyond
    assert 'rel="prev"' in beyond


def test_the_list_is_searched_and_sorted(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow, standin: StandinProcess, tenant_key: str
) -> None:
    for name in ("Beta HR", "Alpha hr", "Sales"):
        ragflow.chats.create(name=name)
    standin.reset_requests()
    url = ragflow_server.url("assistants:list")
    page = viewer_client.get(f"{url}?q=hr&sort=name").content.decode()
    assert re.findall(r'title="([^"]+)"><bdi>', page) == ["Alpha hr", "Beta HR"]
    assert 'aria-sort="ascending"' in page
    assert [one["path"] for one in standin.requests(tenant_key)].count("/api/v1/chats") == 1
    page = viewer_client.get(f"{url}?sort=-name").content.decode()
    assert re.findall(r'title="([^"]+)"><bdi>', page) == ["Sales", "Beta HR", "Alpha hr"]
    nothing = viewer_client.get(f"{url}?q=nope").content.decode()
    assert "No assistants match “nope”" in nothing


def test_deleting_names_what_goes_and_deletes_only_that(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow
) -> None:
    keep, goes = ragflow.chats.create(name="Keep me"), assistant_on(ragflow, parsed_dataset(ragflow), "Goes away")
    confirm = curator_client.get(ragflow_server.url("assistants:delete") + f"?id={goes.id}")
    page = confirm.content.decode()
    assert "Goes away" in page
    assert "uses Policies" in page
    assert "Test server" in page
    assert len(ragflow.chats.list().items) == 2
    found = ragflow_server.url("assistants:list") + "?q=goes"
    done = curator_client.post(ragflow_server.url("assistants:delete"), {"id": [goes.id], "back": found})
    assert done["Location"] == found
    assert [one.id for one in ragflow.chats.list().items] == [keep.id]


@pytest.mark.parametrize("ids", [[], [""], ["0" * 32], ["no-id"]])
def test_deleting_nothing_sends_nothing(
    curator_client: Client,
    ragflow_server: Server,
    ragflow: RAGFlow,
    standin: StandinProcess,
    tenant_key: str,
    ids: list[str],
) -> None:
    ragflow.chats.create(name="Still here")
    standin.reset_requests()
    answer = curator_client.post(ragflow_server.url("assistants:delete"), {"id": ids})
    assert answer.status_code == 302
    assert writes(standin, tenant_key) == []
    assert len(ragflow.chats.list().items) == 1


def test_a_viewer_is_offered_neither_making_nor_deleting(
    viewer_client: Client, ragflow_server: Server, ragflow: RAGFlow
) -> None:
    ragflow.chats.create(name="Handbook")
    page = viewer_client.get(ragflow_server.url("assistants:list")).content.decode()
    assert "New assistant" not in page
    assert "delete" not in page.lower()
    assert viewer_client.post(ragflow_server.url("assistants:create"), filled()).status_code == 403
