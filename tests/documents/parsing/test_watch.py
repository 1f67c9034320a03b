"""One watch polls RAGFlow for everybody: what it costs, how often it polls, and when it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.documents.parsing import progress, snapshot, watching
from dashboard.jobs import leases
from dashboard.models import ParseRun, Watch
from tests.documents.parsing.conftest import until_done, version_in
from tests.support.pages.reading import visible_text
from tests.support.processes.worker import work


def test_a_poll_while_the_same_documents_run_is_one_request(
    curator_client, address, stored, make_due, standin, tenant_key
):
    standin.parsing(paused=True)
    chosen = [stored(f"{n}.txt").id for n in range(5)]
    curator_client.post(address("parse"), {"id": chosen})
    work()
    progress.poll(make_due())
    standin.reset_requests()
    progress.poll(make_due())
    assert len(standin.requests(tenant_key)) == 1


def test_the_cost_does_not_depend_on_how_many_look(curator_client, address, stored, make_due, standin, tenant_key, ask):
    standin.parsing(paused=True)
    document = stored("a.txt")
    curator_client.post(address("parse"), {"id": document.id})
    progress.poll(make_due())
    standin.reset_requests()
    for _ in range(50):
        ask(0, document)
    assert standin.requests(tenant_key) == []


def test_it_ends_by_itself_when_nothing_runs_and_nobody_looks(
    curator_client, address, stored, ragflow, make_due, monkeypatch
):
    document = stored("a.txt")
    curator_client.post(address("parse"), {"id": document.id})
    until_done(ragflow, document)
    monkeypatch.setattr(progress, "LOOKED_AT", 0)
    progress.poll(make_due())
    assert Watch.objects.get().next_at is None
    assert progress.due_watches() == []
    [run] = ParseRun.objects.all().counted()
    assert run.counts == {"parsed": 1}
    assert run.ended_at is not None


def test_it_goes_on_slowly_while_somebody_looks(viewer_client, address, stored, make_due):
    stored("a.txt")
    viewer_client.get(address())
    progress.poll(make_due())
    assert Watch.objects.get().next_at is not None
    assert progress.due_watches() == []


def test_a_page_that_comes_back_wakes_the_watch(viewer_client, address, stored, make_due, monkeypatch, ask):
    stored("a.txt")
    monkeypatch.setattr(watching, "NOTE_LOOK_EVERY", 0)
    viewer_client.get(address())
    monkeypatch.setattr(progress, "LOOKED_AT", 0)
    progress.poll(make_due())
    assert progress.due_watches() == []
    ask(0)
    assert progress.due_watches() == [Watch.objects.get().pk]


def test_a_document_that_ended_between_two_polls_is_settled(curator_client, address, stored, ragflow, make_due):
    good, bad = stored("good.txt"), stored("bad.docx", b"not really a document")
    curator_client.post(address("parse"), {"id": [good.id, bad.id]})
    work()
    until_done(ragflow, good, bad)
    progress.poll(make_due())
    [run] = ParseRun.objects.all().counted()
    assert run.counts == {"parsed": 1, "failed": 1}


def test_a_deleted_dataset_ends_its_watch_and_its_runs(
    curator_client, address, stored, ragflow, dataset, make_due, standin
):
    standin.parsing(paused=True)
    document = stored("a.txt")
    curator_client.post(address("parse"), {"id": document.id})
    watch_id = make_due()
    ragflow.datasets.delete([dataset])
    progress.poll(watch_id)
    assert not Watch.objects.exists()
    assert ParseRun.objects.get().ended_at is not None


def test_of_two_workers_only_one_polls(curator_client, address, stored, make_due, standin, tenant_key):
    stored("a.txt")
    curator_client.get(address())
    watch_id = make_due()
    assert progress.poll(watch_id) is True
    standin.reset_requests()
    assert progress.poll(watch_id) is False
    assert standin.requests(tenant_key) == []


def test_what_is_started_during_a_poll_is_polled_for_again_at_once(
    viewer_client, address, stored, make_due, monkeypatch
):
    stored("a.txt")
    viewer_client.get(address())
    watch_id = make_due()
    advance = snapshot.advance

    def started_meanwhile(*args):
        watch = Watch.objects.get(pk=watch_id)
        watching.request_poll(watch.server, watch.dataset_id)
        assert progress.due_watches() == []  # nobody polls twice at the same time
        return advance(*args)

    monkeypatch.setattr(snapshot, "advance", started_meanwhile)
    progress.poll(watch_id)
    assert progress.due_watches() == [watch_id]


def test_a_worker_that_lost_its_lease_changes_nothing(curator_client, address, stored, ragflow, make_due, monkeypatch):
    document = stored("a.txt")
    curator_client.post(address("parse"), {"id": document.id})
    until_done(ragflow, document)
    advance = snapshot.advance

    def lost(*args):
        Watch.objects.update(claim="somebody else", claimed_until=datetime.now(UTC) + timedelta(minutes=1))
        return advance(*args)

    monkeypatch.setattr(snapshot, "advance", lost)
    snapshot_before = snapshot.load(Watch.objects.get().server, document.dataset_id)
    progress.poll(make_due())
    assert Watch.objects.get().claim == "somebody else"
    assert snapshot.load(Watch.objects.get().server, document.dataset_id) == snapshot_before
    assert ParseRun.objects.all().counted()[0].counts == {"open": 1}


@pytest.mark.django_db(transaction=True)  # the lease is renewed on a connection of its own
def test_a_slow_server_is_believed_and_asked_more_rarely(
    curator_client, address, stored, ragflow, make_due, standin, ask, monkeypatch
):
    """The poll takes longer than the lease, which is renewed: the answer counts, and the next poll comes later."""
    document = stored("a.txt")
    curator_client.post(address("parse"), {"id": document.id})
    until_done(ragflow, document)
    version = version_in(curator_client.get(address()))
    monkeypatch.setattr(leases, "OF_WATCH", 1.0)
    standin.fault("slow", method="GET", path="/documents", seconds=1.5, times=1)
    progress.poll(make_due())
    assert "1 of 1 parsed" in visible_text(ask(version, document))
    wait = (Watch.objects.get().next_at - datetime.now(UTC)).total_seconds()
    assert wait > 1.5 * progress.RESTS - 1
    seen = snapshot.load(Watch.objects.get().server, document.dataset_id)
    assert seen.next_in > 1.5 * progress.RESTS, "what it saw counts as new until then"


def test_a_mistake_of_ours_in_a_poll_is_told_and_does_not_come_again_each_second(
    curator_client, address, stored, make_due, ask, standin, monkeypatch, caplog
):
    standin.parsing(paused=True)
    document = stored("a.txt")
    curator_client.post(address("parse"), {"id": document.id})
    progress.poll(make_due())
    version = version_in(ask(0))

    def broken(*args):
        raise KeyError("a mistake")

    monkeypatch.setattr(snapshot, "advance", broken)
    progress.poll(make_due())
    assert "Unexpected error in the dashboard: KeyError(" in visible_text(ask(version, document))
    assert (Watch.objects.get().next_at - datetime.now(UTC)).total_seconds() > progress.RETRY_DELAY
    assert "Traceback" in caplog.text
