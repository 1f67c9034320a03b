"""Of several workers one has the row: real threads, each with its own connection, on the database of the run."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from dashboard.core.access.rights import Role
from dashboard.jobs import engine, leases, service, workers
from dashboard.models import AuditEntry, Job, JobItem
from dashboard.ragflow.resources.documents import Documents

State = JobItem.State


@pytest.fixture
def dataset(ragflow):
    return ragflow.datasets.create(name="Handbook")


@pytest.fixture
def job(ragflow, ragflow_server, dataset, person):
    """Of five documents that are to be disabled."""
    for number in range(5):
        ragflow.documents.upload(dataset, f"{number}.txt", io.BytesIO(b"Some text."), 10)
    documents = list(ragflow.documents.list(dataset.id))
    return service.create_for(ragflow_server, dataset, person(Role.CURATOR), "disable", documents)


@contextmanager
def worker(work):
    """Runs ``work`` in a thread of its own, again and again until the block ends."""
    over = threading.Event()

    def run():
        try:
            while not over.is_set():
                work()
                time.sleep(0.02)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(60)


def steps():
    for job_id in engine.due_jobs():
        engine.step(job_id, 0.5)


def until_ended(job, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job.refresh_from_db()
        if job.ended_at:
            return
        time.sleep(0.1)
    raise AssertionError(list(job.items.values_list("name", "state", "reason")))


def writes(standin, key):
    return Counter(entry["path"] for entry in standin.requests(key) if entry["method"] == standin.change)


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_a_slow_server_send_no_action_twice(job, standin, tenant_key, monkeypatch):
    """Each write takes longer than the lease: only its renewal during the call keeps the other worker away."""
    monkeypatch.setattr(leases, "OF_JOB", 0.8)
    standin.fault("slow", method=standin.change, path="/documents/", seconds=1.5)
    standin.reset_requests()
    with worker(steps), worker(steps):
        until_ended(job)
    assert Counter(job.items.values_list("state", flat=True)) == {State.DONE: 5}
    assert set(writes(standin, tenant_key).values()) == {1}
    assert sum(writes(standin, tenant_key).values()) == 5


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_was_away_for_too_long_writes_nothing(job, monkeypatch):
    """As after a suspended machine: the lease ended, another worker has the job, and the first one wakes up."""
    switch = Documents.switch

    def away(*args, **options):
        switch(*args, **options)
        Job.objects.filter(pk=job.pk).update(claim="another", claimed_until=datetime.now(UTC) + timedelta(minutes=1))

    monkeypatch.setattr(Documents, "switch", away)
    assert engine.step(job.pk)
    assert Counter(job.items.values_list("state", flat=True)) == {State.STARTED: 1, State.WAITING: 4}
    assert Job.objects.get().claim == "another"


@pytest.mark.django_db(transaction=True)
def test_of_many_that_claim_at_the_same_moment_one_gets_the_row(job):
    ready, got = threading.Barrier(8), []

    def claim():
        try:
            ready.wait()
            with leases.taken(Job.objects.all(), job.pk, 60) as lease:
                if lease is not None:
                    got.append(lease)
                ready.wait()
        finally:
            connection.close()

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 1


def test_the_lease_of_a_killed_process_is_given_up_at_once_and_that_of_a_living_one_is_not(job):
    code = "import sys; from dashboard.jobs import workers; print(workers.current(), flush=True); sys.stdin.read()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    name = process.stdout.readline().strip()
    Job.objects.update(claim=f"{name} 1", claimed_until=datetime.now(UTC) + timedelta(hours=1))
    assert engine.due_jobs() == []
    process.kill()
    process.communicate()
    assert engine.due_jobs() == [job.pk]


def test_the_lease_of_another_machine_ends_by_itself(job):
    Job.objects.update(claim="elsewhere/1/2 3", claimed_until=datetime.now(UTC) + timedelta(hours=1))
    assert engine.due_jobs() == []
    Job.objects.update(claimed_until=datetime.now(UTC) - timedelta(seconds=1))
    assert engine.due_jobs() == [job.pk]


def test_a_process_is_known_by_more_than_its_number():
    mine = workers.current()
    assert not workers.is_gone(mine)
    assert workers.is_gone(f"{mine}1"), "another process had this number before"
    assert not workers.is_gone("")


def found_after(job, ragflow, *, told):
    """Has the job find its first document started, disabled, and the line in the audit trail there or not."""
    item = job.items.first()
    document = ragflow.documents.get(job.dataset_id, item.document_id)
    JobItem.objects.filter(pk=item.pk).update(
        state=State.STARTED, precondition="x", attempts=1, sent_at=datetime.now(UTC) - timedelta(minutes=1)
    )
    ragflow.documents.update(document, enabled=False)
    if told:
        AuditEntry.objects.create(
            server=job.server, username="curator", action="document.update", target_type="document",
            target_ids=[document.id], target_names=[document.name], outcome="ok",
        )  # fmt: skip
    engine.step(job.pk)
    return [
        (entry.username, entry.server_name, entry.target_names, entry.get_outcome_display())
        for entry in AuditEntry.objects.filter(action="document.update", outcome="found")
    ]


def test_a_write_that_arrived_before_its_worker_died_is_recorded_by_who_finds_it(job, ragflow):
    name = job.items.first().name
    told = found_after(job, ragflow, told=False)
    assert told == [("curator", "Test server", [name], "done, as found out later")]


def test_a_write_that_is_in_the_audit_trail_already_is_not_recorded_again(job, ragflow):
    assert found_after(job, ragflow, told=True) == []
