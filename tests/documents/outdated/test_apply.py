"""Applying the dataset's settings to its documents: the question, and what RAGFlow gets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.models import AuditEntry, ChunkEdit, Job, JobItem, ParseRun, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document, RunStatus
from ragflow_admin.standin.testing import StandinProcess
from tests.documents.outdated.conftest import BADGE, agreed, until_parsed, writes
from tests.support.pages.reading import HTMX, text_of
from tests.support.processes.worker import work

pytestmark = pytest.mark.releases

State = JobItem.State


def test_the_question_names_what_is_lost(
    curator_client: Client,
    apply_url: str,
    ragflow_server: Server,
    dataset: Dataset,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    person: Callable[..., User],
) -> None:
    parsed, _new = stored("a.txt"), stored("b.txt", parse=False)
    text = {"content": "x", "important_keywords": [], "questions": [], "available": True}
    ChunkEdit.objects.create(
        server=ragflow_server,
        username="curator",
        dataset_id=dataset.id,
        document_id=parsed.id,
        chunk_id="c1",
        before=text,
        after=text | {"content": "y"},
    )
    changed(parser_config={"chunk_token_num": 64})

    dialog = text_of(curator_client.get(apply_url, headers=HTMX))

    assert "Apply the settings to 2 documents and reparse them?" in dialog
    assert f"{parsed.chunk_count} chunk" in dialog
    assert "1 edited chunk will be lost" in dialog
    assert "1 that was never parsed only gets the new settings." in dialog
    assert "Apply to 2 documents and reparse" in dialog
    assert Job.objects.count() == 0


def test_only_what_is_older_is_brought_over_one_document_per_call_and_parsed(
    curator_client: Client,
    apply_url: str,
    documents_url: str,
    dataset: Dataset,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    standin: StandinProcess,
    tenant_key: str,
    ragflow: RAGFlow,
    ragflow_server: Server,
) -> None:
    old, never = stored("old.txt"), stored("never.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64, "auto_keywords": 2})
    right = stored("right.txt")
    standin.reset_requests()

    answer = agreed(curator_client, apply_url)

    job = Job.objects.get()
    assert answer["HX-Redirect"] == documents_url
    assert writes(standin, tenant_key) == []
    work()
    sent = writes(standin, tenant_key)
    assert [(method, last) for method, last, _ in sent] == [
        (standin.change, old.id),
        ("POST", "chunks"),
        (standin.change, never.id),
    ]
    assert sent[1][2] == {"document_ids": [old.id]}
    assert "chunk_method" not in sent[0][2], "it would delete the chunks before the turn of parsing"
    assert sent[0][2]["parser_config"]["chunk_token_num"] == 64
    assert "llm_id" not in sent[0][2]["parser_config"]
    now = until_parsed(ragflow, old)
    assert (now.parser_config["chunk_token_num"], now.parser_config["auto_keywords"]) == (64, 2)
    assert now.parser_config["raptor"] == old.parser_config["raptor"], "RAGFlow forgets one that is not sent along"
    assert ragflow.documents.get(dataset.id, never.id).run is RunStatus.UNSTART
    assert ragflow.documents.get(dataset.id, right.id).updated_at == right.updated_at
    assert BADGE not in text_of(curator_client.get(documents_url))
    assert sorted(job.items.values_list("name", "state")) == [("never.txt", State.DONE), ("old.txt", State.DONE)]
    assert [run.documents.count() for run in ParseRun.objects.all()] == [1]
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"document.update", "document.parse"}
    page = text_of(curator_client.get(ragflow_server.url("activity:job", job.pk)))
    assert "Apply the dataset's settings and reparse" in page
    assert "2 of 2 done" in page


def test_another_method_comes_with_its_settings_and_files_of_other_kinds_keep_theirs(
    curator_client: Client,
    apply_url: str,
    documents_url: str,
    dataset: Dataset,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    standin: StandinProcess,
    tenant_key: str,
    ragflow: RAGFlow,
) -> None:
    text, slides, mail = stored("a.txt"), stored("b.pptx", parse=False), stored("c.eml", parse=False)
    changed(chunk_method="book", parser_config={"auto_keywords": 4})
    standin.reset_requests()

    agreed(curator_client, apply_url)
    work()

    bodies = {last: body for method, last, body in writes(standin, tenant_key) if method == standin.change}
    assert bodies[text.id]["chunk_method"] == "book"
    assert bodies[text.id]["parser_config"]["auto_keywords"] == 4
    assert "chunk_method" not in bodies[slides.id]
    assert "chunk_method" not in bodies[mail.id]
    until_parsed(ragflow, text)
    methods = {one.name: one.chunk_method for one in ragflow.documents.list(dataset.id)}
    assert methods == {"a.txt": "book", "b.pptx": "presentation", "c.eml": "email"}
    assert not JobItem.objects.exclude(state=State.DONE).exists()
    assert BADGE not in text_of(curator_client.get(documents_url))


def test_a_setting_that_the_dataset_does_not_keep_goes_back_to_its_default(
    curator_client: Client,
    apply_url: str,
    documents_url: str,
    dataset: Dataset,
    stored: Callable[..., Document],
    ragflow: RAGFlow,
) -> None:
    document = stored("a.txt", parse=False)
    ragflow.documents.update(document, parser_config={"pages": [[1, 2]], "task_page_size": 3, "tag_kb_ids": ["x"]})
    assert BADGE in text_of(curator_client.get(documents_url))
    agreed(curator_client, apply_url)
    work()
    now = ragflow.documents.get(dataset.id, document.id)
    assert (now.parser_config["pages"], now.parser_config["tag_kb_ids"]) == (None, [])
    assert BADGE not in text_of(curator_client.get(documents_url))


def test_with_nothing_to_apply_it_says_so(
    curator_client: Client, apply_url: str, stored: Callable[..., Document]
) -> None:
    stored("a.txt", parse=False)
    page = text_of(curator_client.get(apply_url, follow=True))
    assert "All documents use the dataset's current settings." in page
    assert Job.objects.count() == 0
