"""Documents that are cut otherwise than their dataset would: the badge, the notice, and bringing them over."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.documents.bulk import reparse_impact
from dashboard.documents.parsing import fingerprint
from dashboard.jobs.registry import mark_of
from dashboard.models import AuditEntry, ChunkEdit, Job, JobItem, ParseRun, Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset, Document, RunStatus
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.dataset_form import opened
from tests.support.pages.reading import HTMX, text_of
from tests.support.processes.worker import work

TEXT = b"The sick leave procedure has three steps. " * 40
BADGE = "Outdated settings"
State = JobItem.State


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    return ragflow.datasets.create(name="Handbook")


@pytest.fixture
def stored(ragflow: RAGFlow, dataset: Dataset) -> Callable[..., Document]:
    """Stores a document, and parses it unless told otherwise."""

    def store(name: str, *, parse: bool = True, content: bytes = TEXT) -> Document:
        up = ragflow.documents.upload(dataset, name, io.BytesIO(content), len(content))
        document = ragflow.documents.get(dataset.id, up.id)
        if parse:
            ragflow.documents.parse(document)
            until_parsed(ragflow, document)
        return ragflow.documents.get(dataset.id, up.id)

    return store


def until_parsed(ragflow: RAGFlow, document: Document) -> Document:
    for _ in range(2000):
        now = ragflow.documents.get(document.dataset_id, document.id)
        if now.run not in (RunStatus.RUNNING, RunStatus.UNSTART):
            return now
    raise AssertionError("it is not parsed")


@pytest.fixture
def documents_url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("documents:list", dataset.id)


@pytest.fixture
def apply_url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("outdated:apply", dataset.id)


@pytest.fixture
def changed(ragflow: RAGFlow, dataset: Dataset) -> Callable[..., Dataset]:
    """Changes the dataset behind the dashboard's back."""
    return lambda **what: ragflow.datasets.update(ragflow.datasets.get(dataset.id), **what)


def agreed(client: Client, url: str) -> Any:
    dialog = client.get(url, headers=HTMX)
    return client.post(url, dialog.context["confirmation"].hidden, headers=HTMX)


def writes(standin: StandinProcess, key: str) -> list[tuple[str, str, Any]]:
    return [
        (entry["method"], entry["path"].rpartition("/")[2], entry["json"])
        for entry in standin.requests(key)
        if entry["method"] in ("PUT", "POST", "DELETE")
    ]


# ---------------------------------------------------------------- the badge


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


# ---------------------------------------------------------------- counting


def test_the_settings_page_tells_how_many_with_one_call_more_than_the_dataset(
    curator_client: Client,
    ragflow_server: Server,
    dataset: Dataset,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    standin: StandinProcess,
    tenant_key: str,
) -> None:
    stored("a.txt", parse=False)
    stored("b.txt", parse=False)
    changed(chunk_method="one")
    url = ragflow_server.url("outdated:older", dataset.id)
    page = text_of(curator_client.get(ragflow_server.url("datasets:settings", dataset.id)))
    assert f'hx-get="{url}"' in page
    standin.reset_requests()

    assert "2 documents use outdated settings." in text_of(curator_client.get(url, headers=HTMX))

    assert len(standin.requests(tenant_key)) == 2
    standin.reset_requests()
    curator_client.get(url, headers=HTMX)
    assert len(standin.requests(tenant_key)) == 1, "counted again only after half a minute"


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


# ---------------------------------------------------------------- bringing them over


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
    assert [(method, last) for method, last, _ in sent] == [("PUT", old.id), ("POST", "chunks"), ("PUT", never.id)]
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

    bodies = {last: body for method, last, body in writes(standin, tenant_key) if method == "PUT"}
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


def test_a_document_that_is_being_parsed_is_left_as_it_is_with_the_reason(
    curator_client: Client,
    apply_url: str,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    standin: StandinProcess,
    tenant_key: str,
    ragflow: RAGFlow,
) -> None:
    busy = stored("busy.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64})
    standin.parsing(paused=True)
    ragflow.documents.parse(busy)
    standin.reset_requests()
    agreed(curator_client, apply_url)
    work()
    item = JobItem.objects.get()
    assert (item.state, item.reason) == (State.FAILED, "It is being parsed. Try again when parsing has finished.")
    assert writes(standin, tenant_key) == []


def test_when_something_changed_after_the_question_it_asks_again(
    curator_client: Client, apply_url: str, stored: Callable[..., Document], changed: Callable[..., Dataset]
) -> None:
    stored("a.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64})
    hidden = curator_client.get(apply_url, headers=HTMX).context["confirmation"].hidden
    changed(parser_config={"chunk_token_num": 65})
    answer = curator_client.post(apply_url, hidden, headers=HTMX)
    assert answer.status_code == 422
    assert "Nothing was started: the documents or the settings have changed since." in text_of(answer)
    assert Job.objects.count() == 0


def test_while_the_job_goes_on_it_is_not_offered_again(
    curator_client: Client,
    apply_url: str,
    documents_url: str,
    dataset: Dataset,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    ragflow_server: Server,
) -> None:
    stored("a.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64})
    agreed(curator_client, apply_url)
    assert "outdated settings." not in text_of(curator_client.get(documents_url))
    older = ragflow_server.url("outdated:older", dataset.id)
    assert "outdated settings" not in text_of(curator_client.get(older, headers=HTMX))
    assert "Already running" in text_of(curator_client.get(apply_url, follow=True))
    assert Job.objects.count() == 1
    work()
    changed(parser_config={"chunk_token_num": 65})
    assert "1 document uses outdated settings." in text_of(curator_client.get(documents_url))


def test_without_script_the_page_of_the_job_shows_how_it_goes(
    curator_client: Client,
    apply_url: str,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    ragflow_server: Server,
) -> None:
    stored("a.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64})
    page = curator_client.get(apply_url)
    answer = curator_client.post(apply_url, page.context["confirmation"].hidden)
    assert answer["Location"] == ragflow_server.url("activity:job", Job.objects.get().pk)


def test_with_nothing_to_apply_it_says_so(
    curator_client: Client, apply_url: str, stored: Callable[..., Document]
) -> None:
    stored("a.txt", parse=False)
    page = text_of(curator_client.get(apply_url, follow=True))
    assert "All documents use the dataset's current settings." in page
    assert Job.objects.count() == 0


@pytest.mark.parametrize("died_before", ["update", "parse"])
def test_a_worker_that_died_in_the_middle_leaves_no_document_half_done(
    curator_client: Client,
    apply_url: str,
    dataset: Dataset,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    standin: StandinProcess,
    tenant_key: str,
    ragflow: RAGFlow,
    died_before: str,
) -> None:
    document = stored("a.txt")
    changed(parser_config={"chunk_token_num": 64})
    agreed(curator_client, apply_url)
    JobItem.objects.update(state=State.STARTED, precondition=mark_of(document), attempts=1)
    if died_before == "parse":
        ragflow.documents.update(document, parser_config={"chunk_token_num": 64})
    standin.reset_requests()

    work()

    calls = [(method, last) for method, last, _ in writes(standin, tenant_key)]
    assert calls == [("PUT", document.id), ("POST", "chunks")][died_before == "parse" :]
    assert JobItem.objects.get().state == State.DONE
    assert until_parsed(ragflow, document).parser_config["chunk_token_num"] == 64


def test_parsing_that_is_refused_after_the_settings_is_told_and_can_be_tried_again(
    curator_client: Client,
    apply_url: str,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
    standin: StandinProcess,
    ragflow: RAGFlow,
    ragflow_server: Server,
) -> None:
    document = stored("a.txt")
    changed(parser_config={"chunk_token_num": 64})
    standin.fault(method="POST", path=r".*/chunks$", kind="code", code=102, message="No worker", times=1)
    agreed(curator_client, apply_url)
    work()
    item = JobItem.objects.get()
    assert (item.state, item.reason) == (
        State.FAILED,
        "The settings were applied, but it was not reparsed: No worker",
    )
    curator_client.post(ragflow_server.url("activity:retry", item.job_id))
    work()
    assert Job.objects.latest("pk").items.get().state == State.DONE
    assert until_parsed(ragflow, document).run is RunStatus.DONE


# ---------------------------------------------------------------- from the settings


def test_save_and_parse_again_saves_and_then_asks(
    curator_client: Client,
    ragflow_server: Server,
    dataset: Dataset,
    apply_url: str,
    stored: Callable[..., Document],
    ragflow: RAGFlow,
) -> None:
    stored("a.txt", parse=False)
    stored("b.txt", parse=False)
    url = ragflow_server.url("datasets:settings", dataset.id)
    assert "Save and reparse 2" in text_of(curator_client.get(url))

    response = curator_client.post(url, opened(curator_client, url) | {"parser-chunk_token_num": "99", "then": "parse"})

    assert response["Location"] == apply_url
    assert ragflow.datasets.get(dataset.id).parser_config["chunk_token_num"] == 99
    page = text_of(curator_client.get(apply_url))
    assert "Settings saved" in page
    assert "Apply the settings to 2 documents and reparse them?" in page
    assert Job.objects.count() == 0


def test_an_empty_dataset_has_nothing_to_parse_again(
    curator_client: Client, ragflow_server: Server, dataset: Dataset
) -> None:
    page = text_of(curator_client.get(ragflow_server.url("datasets:settings", dataset.id)))
    assert "Save and reparse" not in page
    assert ragflow_server.url("outdated:older", dataset.id) not in page


def test_nobody_is_older_in_a_dataset_with_a_pipeline(
    curator_client: Client, ragflow_server: Server, ragflow: RAGFlow, standin: StandinProcess, tenant_key: str
) -> None:
    piped = ragflow.datasets.create(name="Piped", pipeline_id="a" * 32, parse_type=1)
    ragflow.documents.upload(piped, "a.txt", io.BytesIO(TEXT), len(TEXT))
    ragflow.datasets.update(ragflow.datasets.get(piped.id), parser_config={"chunk_token_num": 9})
    assert BADGE not in text_of(curator_client.get(ragflow_server.url("documents:list", piped.id)))
    page = text_of(curator_client.get(ragflow_server.url("outdated:apply", piped.id), follow=True))
    assert "An ingestion pipeline chunks these documents" in page


def test_the_list_tells_once_how_the_job_went_even_if_it_was_quicker_than_the_page(
    curator_client: Client,
    apply_url: str,
    documents_url: str,
    ragflow_server: Server,
    stored: Callable[..., Document],
    changed: Callable[..., Dataset],
) -> None:
    stored("a.txt", parse=False)
    changed(parser_config={"chunk_token_num": 64})
    assert agreed(curator_client, apply_url).headers["HX-Redirect"] == documents_url
    toast = ragflow_server.url("activity:toast", work().pk)
    assert toast in text_of(curator_client.get(documents_url))
    assert toast not in text_of(curator_client.get(documents_url))
