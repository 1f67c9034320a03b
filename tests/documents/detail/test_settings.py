"""Chunk method and parser settings of documents: only what changed is sent, and losses are named first."""

from __future__ import annotations

import re
from html import unescape

import pytest

from dashboard.models import Job
from tests.support.pages.documents import parsed, sent
from tests.support.pages.reading import HTMX, visible_text
from tests.support.processes.worker import told, work, work_to_the_end

pytestmark = pytest.mark.releases


def form_of(page):
    """What a browser would send back from the page as it is."""
    html = page.content.decode()
    html = html[html.index('name="seen"') - 2000 : html.index('class="ra-save"')]
    data: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, kind = re.search(r'name="([^"]*)"', tag), re.search(r'type="(\w+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if not name or (kind and kind[1] in ("checkbox", "radio") and " checked" not in tag):
            continue
        data.setdefault(name[1], []).append(
            unescape(value[1]) if value else "on" if kind and kind[1] == "checkbox" else ""
        )
    for name, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', inside)
        data[name] = [unescape(chosen[1]) if chosen else ""]
    for name, inside in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\s?(.*?)</textarea>', html, re.DOTALL):
        data[name] = [unescape(inside)]
    data.pop("csrfmiddlewaretoken", None)
    return data


@pytest.fixture
def shown(curator_client, address):
    """The page for documents: ``shown(a, b)``."""
    return lambda *documents: curator_client.get(address("settings"), {"id": [d.id for d in documents]})


def test_saving_the_form_untouched_sends_nothing(curator_client, address, stored, shown, standin, tenant_key):
    document = stored()
    data = form_of(shown(document))
    assert data["chunk_method"] == ["naive"]
    standin.reset_requests()
    answer = curator_client.post(address("settings"), data)
    assert answer.status_code == 302
    assert sent(standin, tenant_key, standin.change, document.id) == []


def test_one_changed_setting_goes_to_each_and_nothing_else(
    curator_client, address, stored, shown, ragflow, standin, tenant_key
):
    documents = [stored("a.txt"), stored("b.txt")]
    data = form_of(shown(*documents)) | {"parser-chunk_token_num": "64"}
    standin.reset_requests()
    curator_client.post(address("settings"), data)
    work_to_the_end()
    for document in documents:
        [body] = sent(standin, tenant_key, standin.change, document.id)
        assert set(body) == {"parser_config"}
        assert set(body["parser_config"]) <= {"chunk_token_num", "raptor"}
        assert ragflow.documents.get(document.dataset_id, document.id).parser_config["chunk_token_num"] == 64


def test_another_method_asks_before_chunks_go(curator_client, address, stored, shown, ragflow, standin, tenant_key):
    document = parsed(ragflow, stored())
    data = form_of(shown(document)) | {"chunk_method": "one"}
    standin.reset_requests()
    asked = curator_client.post(address("settings"), data)
    assert asked.status_code == 422
    assert "immediately deletes the chunks of 1 document" in visible_text(asked)
    assert sent(standin, tenant_key, standin.change, document.id) == []
    curator_client.post(address("settings"), data | {"agreed": asked.context["agreed"]})
    [body] = sent(standin, tenant_key, standin.change, document.id)
    assert body["chunk_method"] == "one"
    assert ragflow.documents.get(document.dataset_id, document.id).chunk_count == 0


def test_what_others_changed_meanwhile_is_not_overwritten(
    curator_client, address, stored, shown, ragflow, standin, tenant_key
):
    document = stored()
    data = form_of(shown(document)) | {"parser-chunk_token_num": "64"}
    ragflow.documents.update(document, parser_config={"chunk_token_num": 99})
    standin.reset_requests()
    answer = curator_client.post(address("settings"), data)
    assert answer.status_code == 422
    assert "someone else has changed these settings since" in visible_text(answer)
    assert 'value="64"' in answer.content.decode()
    assert sent(standin, tenant_key, standin.change, document.id) == []


def test_a_value_out_of_range_names_the_field(curator_client, address, stored, shown):
    data = form_of(shown(stored())) | {"parser-chunk_token_num": "0"}
    answer = curator_client.post(address("settings"), data)
    assert answer.status_code == 422
    assert "Enter a whole number from 1 to 2,048 tokens." in visible_text(answer)


def test_choosing_a_method_shows_its_settings_and_saves_nothing(
    curator_client, address, stored, shown, standin, tenant_key
):
    document = stored()
    data = form_of(shown(document)) | {"chunk_method": "table"}
    answer = curator_client.post(address("settings") + "?show=fields", data, headers=HTMX)
    assert "This method has no settings" in visible_text(answer)
    assert sent(standin, tenant_key, standin.change, document.id) == []


def test_the_selection_leads_to_the_page(curator_client, address, stored):
    document = stored()
    answer = curator_client.get(address("settings"), {"id": document.id, "status": "not-parsed"}, headers=HTMX)
    assert answer["HX-Redirect"] == f"{address('settings')}?id={document.id}&status=not-parsed"
    answer = curator_client.get(address("settings"), {"id": document.id, "all": "yes", "q": "a"}, headers=HTMX)
    assert answer["HX-Redirect"] == f"{address('settings')}?all=yes&q=a"


def test_one_that_fails_does_not_keep_the_others(curator_client, address, stored, shown, ragflow, standin):
    documents = [stored("a.txt"), stored("b.txt")]
    data = form_of(shown(*documents)) | {"parser-chunk_token_num": "64"}
    standin.fault("code", method=standin.change, path=documents[0].id, code=102, message="Not now", times=1)
    answer = curator_client.post(address("settings"), data)
    text = told(curator_client, work())
    assert "1 document was not changed" in text
    assert "a.txt : Not now" in text
    assert "Not now" in visible_text(curator_client.get(answer.url))
    assert ragflow.documents.get(documents[1].dataset_id, documents[1].id).parser_config["chunk_token_num"] == 64


def test_all_that_match_get_the_settings_as_a_job(
    curator_client, address, stored, ragflow, standin, tenant_key, ragflow_server
):
    matching, other = [stored(f"a{n}.txt") for n in range(3)], stored("b.txt")
    page = curator_client.get(address("settings"), {"all": "yes", "q": "a"})
    assert "All 3 matching documents" in visible_text(page)
    data = form_of(page) | {"parser-chunk_token_num": "64", "all": "yes", "q": "a"}
    standin.reset_requests()
    answer = curator_client.post(address("settings"), data)
    job = Job.objects.get()
    assert answer.url.endswith(f"/jobs/{job.pk}/")
    work_to_the_end()
    for document in matching:
        [body] = sent(standin, tenant_key, standin.change, document.id)
        assert set(body) == {"parser_config"}
    assert sent(standin, tenant_key, standin.change, other.id) == []
    assert "3 of 3 changed" in visible_text(curator_client.get(ragflow_server.url("activity:job", job.pk)))


def test_a_method_for_all_that_match_names_the_chunks_that_go(
    curator_client, address, stored, ragflow, standin, tenant_key
):
    document = parsed(ragflow, stored("a.txt"))
    stored("b.txt")
    data = form_of(curator_client.get(address("settings"), {"all": "yes"})) | {"chunk_method": "one", "all": "yes"}
    standin.reset_requests()
    asked = curator_client.post(address("settings"), data)
    assert asked.status_code == 422
    assert "immediately deletes the chunks of 1 document" in visible_text(asked)
    assert sent(standin, tenant_key, standin.change, document.id) == []
    curator_client.post(address("settings"), data | {"agreed": asked.context["agreed"]})
    work_to_the_end()
    assert {one.chunk_method for one in ragflow.documents.list(document.dataset_id)} == {"one"}


PROMPT = "Sum up:\n\n{cluster_content}\n\nIn one paragraph.\n"


@pytest.mark.parametrize("prompt", [PROMPT, PROMPT.replace("\n", "\r\n")])
def test_a_prompt_that_nobody_touched_is_not_rewritten(
    curator_client, address, stored, shown, ragflow, standin, tenant_key, prompt
):
    document = stored()
    document = ragflow.documents.update(document, parser_config={"raptor": {"use_raptor": True, "prompt": prompt}})
    data = as_a_browser(form_of(shown(document)))
    standin.reset_requests()

    curator_client.post(address("settings"), data)
    assert sent(standin, tenant_key, standin.change, document.id) == []

    curator_client.post(address("settings"), data | {"parser-chunk_token_num": "64"})
    assert ragflow.documents.get(document.dataset_id, document.id).parser_config["raptor"]["prompt"] == prompt

    data = as_a_browser(form_of(shown(document)))
    curator_client.post(address("settings"), data | {"parser-raptor__prompt": "Mine:\r\n{cluster_content}"})
    stored_now = ragflow.documents.get(document.dataset_id, document.id).parser_config["raptor"]["prompt"]
    assert stored_now == "Mine:\n{cluster_content}"


def as_a_browser(data: dict[str, list[str]]) -> dict[str, list[str]]:
    """Browsers send each line end of a form as two characters."""
    return {
        name: [value.replace("\r\n", "\n").replace("\n", "\r\n") for value in values] for name, values in data.items()
    }
