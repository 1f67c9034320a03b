"""Which documents count as cut with outdated settings, and where the table and its notice say so."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dashboard.documents.bulk import reparse_impact
from dashboard.documents.parsing import fingerprint
from dashboard.models import Job, JobItem, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document, RunStatus
from ragflow_admin.standin.testing import StandinProcess
from tests.documents.conftest import TEXT
from tests.documents.outdated.conftest import BADGE
from tests.support.pages.reading import HTMX, text_of
from tests.support.processes.worker import work

State = JobItem.State


def test_a_document_as_its_dataset_has_no_badge_and_there_is_no_notice(
    curator_client: Client, documents_url: str, stored: Callable[..., Document]
) -> None:
    for name in ("a.txt", "b.pptx", "c.eml", "d.png"):
        stored(name, parse=False)
    page = text_of(curator_client.get(documents_url))
    assert BADGE not in page
    assert "outdated settings" not in page


def test_a_changed_setting_of_the_dataset_shows_in_the_table_without_another_call(
    curator_client: Client,
    documents_url: str,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    stored("a.txt", parse=False)
    standin.reset_requests()
    curator_client.get(documents_url)
    before = len(standin.requests(tenant_key))
    changed(parser_config={"chunk_token_num": 64})
    stored("b.txt", parse=False)
    standin.reset_requests()

    page = text_of(curator_client.get(documents_url))

    assert len(standin.requests(tenant_key)) <= before
    assert page.count(BADGE) == 1
    assert "1 document uses outdated settings." in page
    assert "Apply to 1 document and reparse" in page


def test_the_badge_stays_while_the_table_moves_by_itself(
    curator_client: Client, documents_url: str, stored: Callable[..., Document], changed: Callable[..., Dataset]
) -> None:
    stored("a.txt", parse=False)
    changed(chunk_method="book")
    curator_client.get(documents_url)
    assert BADGE in text_of(curator_client.get(f"{documents_url}?sort=name", headers=HTMX))


def test_a_viewer_sees_the_badge_and_no_button(
    viewer_client: Client, documents_url: str, stored: Callable[..., Document], changed: Callable[..., Dataset]
) -> None:
    stored("a.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64})
    page = text_of(viewer_client.get(documents_url))
    assert BADGE in page
    assert "reparse" not in page


def plain(**more: Any) -> dict[str, Any]:
    return {"chunk_token_num": 512, "delimiter": "\n", "layout_recognize": "DeepDOC"} | more


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (plain(), plain(raptor={"use_raptor": True}, graphrag={"use_graphrag": True})),
        (plain(), plain(llm_id="other", table_context_size=3)),
        (plain(auto_keywords=0, html4excel=False), plain()),
        (plain(task_page_size=None, pages=None), plain(task_page_size=12)),
        (plain(filename_embd_weight=0.1), plain()),
        (plain(layout_recognize=True), plain()),
        (plain(tag_kb_ids=[], topn_tags=3), plain(topn_tags=1)),
        (plain(chunk_token_num=512.0), plain()),
    ],
)
def test_what_does_not_decide_how_a_document_is_cut_is_no_difference(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert fingerprint.marks("naive", one) == fingerprint.marks("naive", other)


@pytest.mark.parametrize(
    "other",
    [
        plain(chunk_token_num=511),
        plain(delimiter="\\n"),
        plain(auto_questions=1),
        plain(html4excel=True),
        plain(pages=[[1, 2]]),
        plain(task_page_size=1),
        plain(tag_kb_ids=["a"]),
        plain(layout_recognize="Plain Text"),
    ],
)
def test_what_decides_it_is_one(other: dict[str, Any]) -> None:
    assert not (fingerprint.marks("naive", plain()) & fingerprint.marks("naive", other)) - fingerprint.marks(
        "picture", {}
    )
    assert fingerprint.marks("naive", plain()) != fingerprint.marks("book", plain())


def test_of_very_many_documents_only_the_first_are_counted(
    curator_client: Client,
    ragflow_server: Server,
    dataset: Dataset,
    documents_url: str,
    apply_url: str,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    standin: StandinProcess,
    tenant_key: str,
    ragflow: RAGFlow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reparse_impact, "PAGE", 2)
    monkeypatch.setattr(reparse_impact, "LOOKED_AT", 4)
    for number in range(6):
        stored(f"{number}.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64})
    new = stored("new.txt", parse=False)
    standin.reset_requests()

    notice = text_of(curator_client.get(ragflow_server.url("outdated:older", dataset.id), headers=HTMX))

    assert "At least 4 documents use outdated settings." in notice
    assert len(standin.requests(tenant_key)) == 3
    dialog = curator_client.get(apply_url, headers=HTMX)
    assert "4 of the first 4 documents have outdated settings. All 7 will be checked." in text_of(dialog)
    curator_client.post(apply_url, dialog.context["confirmation"].hidden, headers=HTMX)
    work()
    job = Job.objects.get()
    assert dict(job.items.values_list("name", "state"))["new.txt"] == State.UNNEEDED
    assert job.items.filter(state=State.DONE).count() == 6
    assert all(one.parser_config["chunk_token_num"] == 64 for one in ragflow.documents.list(dataset.id, page_size=50))
    assert ragflow.documents.get(dataset.id, new.id).run is RunStatus.UNSTART


def test_nobody_is_older_in_a_dataset_with_a_pipeline(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, standin: StandinProcess, tenant_key: str
) -> None:
    piped = ragflow.datasets.create(name="Piped", pipeline_id="a" * 32, parse_type=1)
    ragflow.documents.upload(piped, "a.txt", io.BytesIO(TEXT), len(TEXT))
    ragflow.datasets.update(ragflow.datasets.get(piped.id), parser_config={"chunk_token_num": 9})
    assert BADGE not in text_of(curator_client.get(ragflow_server.url("documents:list", piped.id)))
    page = text_of(curator_client.get(ragflow_server.url("outdated:apply", piped.id), follow=True))
    assert "An ingestion pipeline chunks these documents" in page
