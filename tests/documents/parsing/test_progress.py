"""What a page of documents is told while they are parsed."""

from __future__ import annotations

import re

import pytest

from dashboard.documents.parsing import progress, snapshot
from dashboard.models import ParseRun, Watch
from tests.documents.parsing.conftest import until_done, version_in
from tests.support.pages.reading import visible_text
from tests.support.processes.worker import work


def test_the_page_knows_where_to_ask_on(viewer_client, address, stored):
    stored("a.txt")
    assert version_in(viewer_client.get(address())) > 0


def test_nothing_moved_is_204_and_costs_nothing_upstream(
    viewer_client, address, stored, make_due, ask, standin, tenant_key
):
    stored("a.txt")
    viewer_client.get(address())
    progress.poll(make_due())
    version = version_in(ask(0))
    standin.reset_requests()
    assert ask(version).status_code == 204
    assert standin.requests(tenant_key) == []


def test_rows_that_moved_come_and_others_do_not(curator_client, address, stored, ragflow, make_due, ask):
    moving, still = stored("moving.txt"), stored("still.txt")
    version = version_in(curator_client.get(address()))
    curator_client.post(address("parse"), {"id": moving.id})
    until_done(ragflow, moving)
    progress.poll(make_due())
    answer = ask(version, moving, still)
    html = answer.content.decode()
    assert f'id="row-{moving.id}"' in html
    assert f'id="row-{still.id}"' not in html
    assert "1 of 2 parsed" in visible_text(answer)
    assert ask(version_in(answer), moving, still).status_code == 204


def test_only_rows_that_the_page_shows_are_sent(curator_client, address, stored, ragflow, make_due, ask):
    shown, elsewhere = stored("shown.txt"), stored("elsewhere.txt")
    curator_client.get(address())
    curator_client.post(address("parse"), {"id": [shown.id, elsewhere.id]})
    work()
    until_done(ragflow, shown, elsewhere)
    progress.poll(make_due())
    html = ask(0, shown).content.decode()
    assert f'id="row-{shown.id}"' in html
    assert f'id="row-{elsewhere.id}"' not in html


def test_a_document_started_elsewhere_is_noticed(viewer_client, address, stored, ragflow, make_due, ask, standin):
    document = stored("a.txt")
    viewer_client.get(address())
    progress.poll(make_due())
    version = version_in(ask(0))
    standin.parsing(paused=True)
    ragflow.documents.parse(document)
    progress.poll(make_due())
    answer = ask(version, document)
    assert "Parsing" in visible_text(answer)
    assert f'id="row-{document.id}"' in answer.content.decode()
    assert ParseRun.objects.count() == 0


def test_a_document_deleted_while_it_ran_leaves_the_page(
    curator_client, address, stored, ragflow, make_due, ask, standin
):
    standin.parsing(paused=True)
    document = stored("a.txt")
    curator_client.post(address("parse"), {"id": document.id})
    progress.poll(make_due())
    version = version_in(ask(0))
    ragflow.documents.delete([document])
    progress.poll(make_due())
    answer = ask(version, document)
    assert re.search(rf'id="row-{document.id}" hx-swap-oob="delete"', answer.content.decode())
    assert ParseRun.objects.all().counted()[0].counts["gone"] == 1


def test_without_movement_it_is_stalled_and_can_be_recovered(
    curator_client, address, stored, make_due, standin, ask, settings
):
    standin.parsing(paused=True)
    settings.PARSE_STALLED_SECONDS = 0
    document = stored("a.txt")
    curator_client.post(address("parse"), {"id": document.id})
    progress.poll(make_due())
    answer = ask(0, document)
    assert "1 stalled" in visible_text(answer)
    page = curator_client.get(address())
    assert "No progress since" in visible_text(page)
    assert 'formaction="recover/"' in page.content.decode()
    assert "Recover" in visible_text(curator_client.get(address(), {"status": "stalled"}))


def test_what_moves_is_not_stalled(curator_client, address, stored, make_due, standin, ask):
    standin.parsing(paused=True)
    document = stored("a.txt")
    curator_client.post(address("parse"), {"id": document.id})
    progress.poll(make_due())
    assert "stalled" not in visible_text(ask(0, document))


def test_trouble_with_ragflow_is_said_and_the_watch_comes_again(
    curator_client, address, stored, make_due, standin, ask
):
    standin.parsing(paused=True)
    document = stored("a.txt")
    curator_client.post(address("parse"), {"id": document.id})
    progress.poll(make_due())
    version = version_in(ask(0))
    standin.fault("error500", path="/documents")
    progress.poll(make_due())
    assert "RAGFlow has not responded since" in visible_text(ask(version, document))
    assert Watch.objects.get().next_at is not None
    standin.clear_faults()
    progress.poll(make_due())
    assert "has not responded" not in visible_text(ask(version, document))


def test_a_page_that_missed_too_much_is_told_to_load_again(
    curator_client, address, stored, ragflow, make_due, monkeypatch, ask
):
    documents = [stored(f"{n}.txt") for n in range(4)]
    curator_client.get(address())
    progress.poll(make_due())
    version = version_in(ask(0))
    monkeypatch.setattr(snapshot, "LEFT_KEPT", 1)
    curator_client.post(address("parse"), {"id": [document.id for document in documents]})
    work()
    until_done(ragflow, *documents)
    progress.poll(make_due())
    monkeypatch.setattr(snapshot, "LEFT_KEPT", 0)
    progress.poll(make_due())
    assert "data-reload" in ask(version, *documents).content.decode()


def test_asking_for_a_dataset_that_nobody_opened_makes_no_watch(viewer_client, ragflow_server):
    answer = viewer_client.get(ragflow_server.url("documents:progress", "0" * 32), {"since": "0"})
    assert answer.status_code == 204
    assert not Watch.objects.exists()


@pytest.mark.parametrize("since", ["", "abc", "-1", "9" * 40])
def test_an_odd_version_is_no_error(viewer_client, address, stored, make_due, since):
    stored("a.txt")
    viewer_client.get(address())
    progress.poll(make_due())
    assert viewer_client.get(address("progress"), {"since": since}).status_code in (200, 204)
