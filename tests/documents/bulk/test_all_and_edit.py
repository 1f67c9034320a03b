"""Parse all that is new, retry all that failed, filter by file type, rename, enable and disable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.documents.parsing import failure_causes
from dashboard.models import AuditEntry, Job
from tests.support.pages.documents import names, parsed, sent, toasts
from tests.support.pages.reading import HTMX, visible_text
from tests.support.processes.waiting import wait_until
from tests.support.processes.worker import told, work, work_to_the_end

pytestmark = pytest.mark.releases


@pytest.fixture
def failed(ragflow, stored):
    """Stores a file that is none, and waits until its parsing failed."""

    def fail(name="broken.docx"):
        document = stored(name, b"this is no office file at all")
        ragflow.documents.parse(document)
        wait_until(lambda: ragflow.documents.get(document.dataset_id, document.id).run == "FAIL")
        return document

    return fail


def test_the_head_offers_what_is_new_and_what_failed(curator_client, viewer_client, address, stored, failed):
    stored("a.txt")
    stored("b.txt")
    failed()
    text = visible_text(curator_client.get(address()))
    assert "Parse 2 new" in text
    assert "Retry 1 failed" in text
    assert "Parse 2 new" not in visible_text(viewer_client.get(address()))


def test_parsing_what_is_new_leaves_everything_else_alone(
    curator_client, address, stored, ragflow, standin, tenant_key
):
    parsed(ragflow, stored("old.txt"))
    new = [stored(f"{n}.txt").id for n in range(2)]
    standin.reset_requests()
    curator_client.post(address("parse-new"), headers=HTMX)
    job = work()
    assert sent(standin, tenant_key, "POST", "/chunks") == [{"document_ids": [one]} for one in new]
    assert "Parsing 2 documents" in told(curator_client, job)


def test_what_was_parsed_between_the_list_and_its_turn_is_left_alone(
    curator_client, address, stored, ragflow, standin, tenant_key
):
    documents = [stored("a.txt"), stored("b.txt")]
    curator_client.post(address("parse-new"))
    parsed(ragflow, documents[0])
    standin.reset_requests()
    work_to_the_end()
    assert sent(standin, tenant_key, "POST", "/chunks") == [{"document_ids": [documents[1].id]}]
    assert "Someone else already parsed it" in Job.objects.get().items.get(name="a.txt").reason


def test_with_nothing_new_nothing_is_parsed(curator_client, address, stored, ragflow, standin, tenant_key):
    parsed(ragflow, stored("old.txt"))
    standin.reset_requests()
    answer = curator_client.post(address("parse-new"))
    assert sent(standin, tenant_key, "POST", "/chunks") == []
    assert "Nothing to parse" in toasts(curator_client, answer)


def test_failures_are_grouped_by_cause_and_retried(curator_client, address, failed, standin, tenant_key):
    first, second = failed("one.docx"), failed("two.docx")
    standin.reset_requests()
    dialog = curator_client.get(address("retry"), headers=HTMX)
    text = visible_text(dialog)
    assert "Retry 2 failed documents?" in text
    assert "2 \u00d7" in text
    assert "one.docx" in text
    assert len(standin.requests(tenant_key)) == 2
    cause = failure_causes.key_of(dialog.context["groups"][0].documents[0])
    curator_client.post(address("retry"), {"cause": cause})
    work()
    assert sent(standin, tenant_key, "POST", "/chunks") == [{"document_ids": [d.id]} for d in (first, second)]


def test_a_retry_without_a_cause_starts_nothing(curator_client, address, failed, standin, tenant_key):
    failed()
    standin.reset_requests()
    answer = curator_client.post(address("retry"), {"cause": "something else"})
    assert sent(standin, tenant_key, "POST", "/chunks") == []
    assert "Nothing selected" in toasts(curator_client, answer)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("Fail to bind embedding model: 429 rate limit", "quota"),
        ("PdfReadError: file has not been decrypted", "password"),
        ("Embedding model not available", "model"),
        ("Task timed out after 600 s", "timeout"),
    ],
)
def test_known_causes_are_told_apart(words, key, ragflow, stored):
    document = replace(stored(), progress_msg=f"10:00:00 [ERROR]{words}", run="FAIL")
    assert failure_causes.key_of(document) == key


def test_unknown_causes_go_by_their_words_without_numbers(ragflow, stored):
    document = stored()
    one, two = (replace(document, progress_msg=f"[ERROR]Odd thing at byte {n}") for n in (17, 4711))
    assert [len(cause.documents) for cause in failure_causes.grouped([one, two])] == [2]


def test_the_file_type_filters_and_counts(viewer_client, address, stored, standin, tenant_key):
    stored("a.txt")
    stored("b.md")
    stored("c.csv")
    standin.reset_requests()
    page = viewer_client.get(address() + "?type=text")
    assert names(page) == ["b.md", "a.txt"]
    assert "Not parsed 2" in visible_text(page)
    assert len(standin.requests(tenant_key)) <= 6
    assert "No documents have this file type" in visible_text(viewer_client.get(address() + "?type=mail"))
    assert len(names(viewer_client.get(address() + "?type=nonsense"))) == 3


def test_disabling_and_enabling_a_selection(curator_client, address, stored, ragflow, standin, tenant_key):
    chosen = [stored(f"{n}.txt") for n in range(2)]
    standin.reset_requests()
    curator_client.post(address("disable"), {"id": [d.id for d in chosen]}, headers=HTMX)
    job = work()
    assert [sent(standin, tenant_key, standin.change, d.id) for d in chosen] == [[{"enabled": 0}]] * 2
    assert "Disabled 2 documents" in told(curator_client, job)
    assert not ragflow.documents.get(chosen[0].dataset_id, chosen[0].id).enabled
    curator_client.post(address("enable"), {"only": chosen[0].id})
    assert ragflow.documents.get(chosen[0].dataset_id, chosen[0].id).enabled
    assert AuditEntry.objects.filter(action="document.update").count() == 3


def test_renaming_sends_the_name_alone(curator_client, address, stored, ragflow, standin, tenant_key):
    document = stored("before.txt")
    form = curator_client.get(address("edit", document.id), headers=HTMX)
    assert 'value="before.txt"' in form.content.decode()
    standin.reset_requests()
    answer = curator_client.post(address("edit", document.id), {"name": "after.txt", "enabled": "on"}, headers=HTMX)
    assert sent(standin, tenant_key, standin.change, document.id) == [{"name": "after.txt"}]
    assert names(answer) == ["after.txt"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.pdf", "Keep the extension .txt"),
        ("", "at least one visible character"),
        ("ä" * 130 + ".txt", "At most 255 bytes"),
        ("other.txt", "Duplicated document name"),
        ("../a.txt", "use slashes in the name"),
    ],
)
def test_a_name_that_cannot_be_is_refused_beside_the_field(curator_client, address, stored, ragflow, name, reason):
    stored("other.txt")
    document = stored("before.txt")
    answer = curator_client.post(address("edit", document.id), {"name": name}, headers=HTMX)
    assert answer.status_code == 422
    assert reason in visible_text(answer)
    assert name in answer.content.decode() or "&" in name
    assert ragflow.documents.get(document.dataset_id, document.id).name == "before.txt"
