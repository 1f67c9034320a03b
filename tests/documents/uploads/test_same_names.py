"""A name in NFC and one in NFD are the same name, although RAGFlow stores and searches them byte by byte."""

from __future__ import annotations

import json
import unicodedata

import pytest

from dashboard.documents.bulk.archive import names as archived
from dashboard.documents.uploads import replace_job
from dashboard.models import Job
from tests.support.pages.documents import names, put
from tests.support.pages.reading import HTMX, visible_text

NFC, NFD = (unicodedata.normalize(form, "Zürich Übersicht.txt") for form in ("NFC", "NFD"))
BOTH = pytest.mark.parametrize(("stored_as", "given"), [(NFC, NFD), (NFD, NFC)])


def asked_names(client, address, *wanted):
    return client.post(address("names"), json.dumps({"names": wanted}), content_type="application/json")


@BOTH
def test_a_file_in_the_other_form_is_the_same_name_on_upload(
    curator_client, address, stored, standin, tenant_key, stored_as, given
):
    document = stored(stored_as)
    asked_names(curator_client, address, "warm-up.txt")
    standin.reset_requests()
    found = asked_names(curator_client, address, given).json()["found"]
    assert {name: one["id"] for name, one in found.items()} == {given: document.id}
    assert len(standin.requests(tenant_key)) == 2  # one for each form; none for what is said beside the name


@BOTH
def test_among_many_files_the_other_form_is_found_too(curator_client, address, stored, stored_as, given):
    document = stored(stored_as)
    many = [f"{number}.txt" for number in range(replace_job.EACH)]
    found = asked_names(curator_client, address, given, *many).json()["found"]
    assert {name: one["id"] for name, one in found.items()} == {given: document.id}


def test_where_both_forms_are_stored_each_file_is_the_one_with_its_very_name(curator_client, address, stored):
    ids = {name: stored(name).id for name in (NFC, NFD)}
    for more in ([], [f"{number}.txt" for number in range(replace_job.EACH)]):
        found = asked_names(curator_client, address, NFC, NFD, *more).json()["found"]
        assert {name: one["id"] for name, one in found.items()} == ids


@BOTH
def test_a_file_replaces_the_document_of_the_other_form(curator_client, address, stored, stored_as, given):
    old = stored(stored_as)
    answer = put(curator_client, address, given, parse=1, replace=old.id).json()
    assert "will replace" in answer["note"]
    assert Job.objects.get().action == "replace"


@BOTH
def test_a_document_does_not_get_the_name_of_another_in_the_other_form(
    curator_client, address, stored, ragflow, stored_as, given
):
    stored(stored_as)
    document = stored("before.txt")
    answer = curator_client.post(address("edit", document.id), {"name": given, "enabled": "on"}, headers=HTMX)
    assert answer.status_code == 422
    assert "Another document in the dataset has this name" in visible_text(answer)
    assert ragflow.documents.get(document.dataset_id, document.id).name == "before.txt"


def test_a_document_may_get_its_own_name_in_the_other_form(curator_client, address, stored, ragflow):
    document = stored(NFD)
    curator_client.post(address("edit", document.id), {"name": NFC, "enabled": "on"}, headers=HTMX)
    assert ragflow.documents.get(document.dataset_id, document.id).name == NFC


@BOTH
def test_a_search_finds_the_document_in_the_other_form(viewer_client, address, stored, stored_as, given):
    stored(stored_as)
    stored("other.txt")
    answer = viewer_client.get(address(), {"q": given[:7]}, headers=HTMX)
    assert names(answer) == [stored_as]


def test_what_is_done_with_all_that_a_search_showed_means_what_it_showed(viewer_client, address, stored):
    stored(NFD)
    page = viewer_client.get(address(), {"q": NFC}).content.decode()
    assert f'name="q" value="{NFD}"' in page  # the list's actions send it along


def test_a_search_that_finds_nothing_asks_once_more_and_only_where_there_is_another_form(
    viewer_client, address, stored, standin, tenant_key
):
    stored("a.txt")

    def calls(word):
        viewer_client.get(address(), headers=HTMX)
        standin.reset_requests()
        assert names(viewer_client.get(address(), {"q": word}, headers=HTMX)) == []
        return len(standin.requests(tenant_key))

    plain = calls("nothing")
    assert calls("nöthing") == 2 * plain


def test_the_files_of_an_archive_differ_on_systems_that_know_one_form_only(stored):
    found = archived([stored(NFC), stored(NFD)])
    assert len({unicodedata.normalize("NFC", name) for name in found}) == 2


# ---------- names that end in a blank ----------


@pytest.mark.parametrize("end", [" ", "\u00a0", "\u200b"])
def test_a_name_with_a_blank_at_its_end_is_refused_in_words(curator_client, address, standin, tenant_key, end):
    standin.reset_requests()
    answer = put(curator_client, address, f"a.txt{end}")
    assert answer.status_code == 422
    assert "The name ends in a space or an invisible character after “.txt”" in answer.json()["error"]
    assert standin.requests(tenant_key) == []
    assert "RAGFlow doesn't accept .exe." in put(curator_client, address, f"a.exe{end}").json()["error"]


def test_a_blank_at_the_beginning_is_left_out_and_not_told_as_another_document_of_the_name(curator_client, address):
    answer = put(curator_client, address, " a.txt").json()
    assert (answer["name"], answer["renamed"]) == ("a.txt", False)


def test_a_blank_at_the_end_of_a_new_name_is_left_out_and_that_is_said(curator_client, address, stored, ragflow):
    document = stored("before.txt")
    answer = curator_client.post(address("edit", document.id), {"name": "after.txt ", "enabled": "on"}, headers=HTMX)
    assert ragflow.documents.get(document.dataset_id, document.id).name == "after.txt"
    assert "Spaces at the beginning and end of the name were removed" in visible_text(answer)


def test_an_invisible_character_at_the_end_of_a_new_name_is_refused_in_words(curator_client, address, stored):
    document = stored("before.txt")
    answer = curator_client.post(address("edit", document.id), {"name": "after.txt\u200b"}, headers=HTMX)
    assert answer.status_code == 422
    assert "The name ends in an invisible character. Delete what follows “after.txt”." in visible_text(answer)


def test_a_stored_name_with_a_blank_stays_as_it_is_when_nobody_edited_it(
    curator_client, address, stored, ragflow, standin, tenant_key
):
    document = ragflow.documents.update(stored("a.txt"), name=" a.txt")
    assert document.name == " a.txt"
    standin.reset_requests()
    curator_client.post(address("edit", document.id), {"name": document.name}, headers=HTMX)
    sent = [one["json"] for one in standin.requests(tenant_key) if one["method"] == standin.change]
    assert sent == [{"enabled": 0}]


def test_a_list_of_names_without_an_end_of_brackets_is_refused_and_no_fault_of_ours(curator_client, address):
    answer = curator_client.post(address("names"), '{"names": ' + "[" * 3000, content_type="application/json")
    assert answer.status_code == 400
    assert "Send a list" in answer.json()["error"]


def test_a_name_with_half_a_character_does_not_spoil_the_answer_for_the_others(curator_client, address, stored):
    stored("a.txt")
    body = '{"names": ["\\ud800.txt", "a.txt"]}'
    answer = curator_client.post(address("names"), body, content_type="application/json")
    assert list(answer.json()["found"]) == ["a.txt"]
