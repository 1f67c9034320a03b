"""The engine with an action of its own: options, payloads, waiting, nothing to do, and what is gone."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.core.access.rights import Role
from dashboard.jobs import engine, registry, service
from dashboard.jobs.registry import Action, ActionFailed, ActionSkipped, RetryLater
from dashboard.models import Job, JobItem

State = JobItem.State


@pytest.fixture
def dataset(ragflow):
    return ragflow.datasets.create(name="Company handbook")


@pytest.fixture
def stored(ragflow, dataset):
    def store(name):
        made = ragflow.documents.upload(dataset, name, io.BytesIO(b"Some text."), 10)
        return ragflow.documents.get(dataset.id, made.id)

    return store


@pytest.fixture
def curator(person):
    return person(Role.CURATOR)


@pytest.fixture
def action():
    """Registers an action for one test: ``action(act=…)`` returns its key."""

    def make(**parts):
        known = Action(
            key="trial",
            label="Trial",
            icon="edit",
            progress_text="%(n)s of %(total)s tried",
            success_text="Tried %(n)s",
            failure_text="Not tried %(n)s",
            **parts,
        )
        registry.unregister(known.key)
        return registry.register(known).key

    yield make
    registry.unregister("trial")


@pytest.fixture
def started(ragflow_server, curator, dataset):
    def start(action, documents, **parts):
        return service.create_for(ragflow_server, dataset, curator, action, documents, **parts)

    return start


def rows(job):
    return list(job.items.values_list("name", "state", "reason"))


def test_an_action_gets_the_options_of_the_job_and_the_payload_of_its_document(action, started, stored, ragflow):
    def rename(turn):
        turn.client.documents.update(turn.document, name=turn.options["before"] + turn.payload["name"])

    documents = [stored("a.txt"), stored("b.txt")]
    payloads = {documents[0].id: {"name": "1.txt"}, documents[1].id: {"name": "2.txt"}}
    job = started(action(act=rename), documents, options={"before": "new "}, payloads=payloads)
    assert engine.step(job.pk)
    assert sorted(document.name for document in ragflow.documents.list(job.dataset_id)) == ["new 1.txt", "new 2.txt"]
    job.refresh_from_db()
    assert job.ended_at is not None


def test_what_cannot_be_done_and_what_needs_nothing_are_told_apart(action, started, stored):
    def act(turn):
        if turn.name == "a.txt":
            raise ActionSkipped("It is so already.")
        raise ActionFailed("It is locked.")

    job = started(action(act=act), [stored("a.txt"), stored("b.txt")])
    engine.step(job.pk)
    assert rows(job) == [
        ("a.txt", State.UNNEEDED, "It is so already."),
        ("b.txt", State.FAILED, "It is locked."),
    ]


def test_retrying_takes_what_failed_with_its_payload_and_leaves_what_needed_nothing(action, started, stored, curator):
    def act(turn):
        raise ActionFailed("No.") if turn.payload else ActionSkipped

    first, second = stored("a.txt"), stored("b.txt")
    job = started(action(act=act), [first, second], options={"x": 1}, payloads={second.id: {"y": 2}})
    engine.step(job.pk)
    again = service.retry(job, curator)
    assert again.options == {"x": 1}
    assert [(item.name, item.payload) for item in again.items.all()] == [("b.txt", {"y": 2})]


def test_what_is_too_early_is_put_off_and_the_others_go_on(action, started, stored):
    tried = []

    def act(turn):
        tried.append(turn.name)
        if turn.name == "a.txt":
            raise RetryLater(3600)

    job = started(action(act=act), [stored("a.txt"), stored("b.txt")])
    engine.step(job.pk)
    job.refresh_from_db()
    assert tried == ["a.txt", "b.txt"]
    assert [state for _name, state, _reason in rows(job)] == [State.WAITING, State.DONE]
    assert job.ended_at is None
    assert job.next_at > datetime.now(UTC)
    # However often it was too early: that is no attempt that failed.
    for _ in range(engine.ATTEMPTS + 1):
        JobItem.objects.update(not_before=None)
        Job.objects.update(next_at=datetime.now(UTC))
        engine.step(job.pk)
    assert rows(job)[0][1] == State.WAITING
    service.stop(job)
    engine.step(job.pk)
    assert rows(job)[0][1] == State.SKIPPED


def test_who_waits_asks_ragflow_nothing(action, started, stored, standin, tenant_key):
    job = started(action(act=lambda turn: None, delay=lambda place: 3600), [stored("a.txt")])
    standin.reset_requests()
    engine.step(job.pk)
    assert standin.requests(tenant_key) == []
    assert rows(job)[0][1] == State.WAITING


def test_several_faults_in_a_row_make_the_job_wait_instead_of_trying_every_document(
    started, stored, standin, tenant_key
):
    job = started("disable", [stored(f"{number}.txt") for number in range(5)])
    standin.fault("error500", method=standin.change, path="/documents/")
    standin.reset_requests()
    engine.step(job.pk)
    assert (
        len([r for r in standin.requests(tenant_key) if r["method"] == standin.change]) == engine.MAX_CONSECUTIVE_ERRORS
    )
    job.refresh_from_db()
    assert job.last_error
    assert job.next_at > datetime.now(UTC)


def test_a_document_that_ragflow_always_stumbles_over_fails_in_the_end_with_its_words(started, stored, standin):
    job = started("disable", [stored("a.txt")])
    standin.fault("code", method=standin.change, path="/documents/", code=100, message="KeyError('x')")
    for _ in range(engine.ATTEMPTS + 1):
        JobItem.objects.update(not_before=None)
        Job.objects.update(next_at=datetime.now(UTC))
        engine.step(job.pk)
    assert rows(job) == [("a.txt", State.FAILED, "KeyError('x')")]


def test_a_document_that_is_gone_is_a_failure_unless_the_action_says_otherwise(action, started, stored, ragflow):
    document = stored("a.txt")
    ragflow.documents.delete([document])
    job = started(action(act=lambda turn: None), [document])
    engine.step(job.pk)
    assert rows(job) == [("a.txt", State.FAILED, "It no longer exists.")]
    other = started(action(act=lambda turn: None, on_missing=lambda place: None), [document])
    engine.step(other.pk)
    assert rows(other)[0][1] == State.DONE


def test_an_action_of_another_release_fails_with_words(started, stored):
    job = started("of-tomorrow", [stored("a.txt")])
    engine.step(job.pk)
    assert "doesn't support" in rows(job)[0][2]


def test_two_actions_of_one_key_are_a_mistake():
    known = registry.get("parse")
    assert registry.register(known) is known
    with pytest.raises(ValueError, match="parse"):
        registry.register(replace(known))


def test_an_unforeseen_exception_fails_its_document_with_the_reason_and_the_job_goes_on(
    action, started, stored, caplog
):
    def act(turn):
        if turn.name == "a.txt":
            raise KeyError("a mistake")

    job = started(action(act=act), [stored("a.txt"), stored("b.txt")])
    engine.step(job.pk)
    (_, state, reason), second = rows(job)
    assert state == State.FAILED
    assert reason == "Unexpected error in the dashboard: KeyError('a mistake'). See its log for details."
    assert second[1] == State.DONE
    assert "Traceback" in caplog.text
    assert Job.objects.get().ended_at is not None


def test_an_unforeseen_exception_before_the_first_document_ends_the_job_with_the_reason(
    ragflow_server, dataset, curator, monkeypatch, caplog
):
    def broken(*args, **options):
        raise KeyError("a mistake")

    monkeypatch.setattr("dashboard.documents.query.listing.page_of", broken)
    job = service.create(ragflow_server, dataset, curator, "disable", query="", expected=1)
    engine.step(job.pk)
    job.refresh_from_db()
    assert job.ended_at is not None
    assert "KeyError('a mistake')" in job.last_error
    assert "Traceback" in caplog.text
    assert engine.due_jobs() == []


def test_what_was_left_of_a_job_that_broke_off_can_be_retried(started, stored, curator, monkeypatch):
    job = started("disable", [stored("a.txt"), stored("b.txt")])

    def broken(*args, **options):
        raise KeyError("a mistake")

    monkeypatch.setattr("dashboard.jobs.items.handle", broken)
    engine.step(job.pk)
    assert [state for _name, state, _reason in rows(job)] == [State.SKIPPED, State.SKIPPED]
    assert service.retry(Job.objects.get(), curator).items.count() == 2


def test_a_job_whose_dataset_is_gone_ends_with_the_reason(ragflow_server, dataset, curator, ragflow):
    job = service.create(ragflow_server, dataset, curator, "disable", query="", expected=1)
    ragflow.datasets.delete([dataset])
    engine.step(job.pk)
    job.refresh_from_db()
    assert job.ended_at is not None
    assert job.last_error


def test_a_list_that_ragflow_always_stumbles_over_ends_the_job_in_the_end(ragflow_server, dataset, curator, standin):
    job = service.create(ragflow_server, dataset, curator, "disable", query="", expected=1)
    standin.fault("code", method="GET", path="/documents", code=100, message="KeyError('x')")
    for _ in range(engine.ATTEMPTS):
        assert Job.objects.get().ended_at is None
        Job.objects.update(next_at=datetime.now(UTC))
        engine.step(job.pk)
    job.refresh_from_db()
    assert job.ended_at is not None
    assert "KeyError('x')" in job.last_error


def test_one_that_was_stopped_and_never_parsed_again_is_not_taken_for_recovered(started, stored, ragflow, standin):
    """Its worker died between the two calls of *Recover*."""
    standin.parsing(paused=True)
    document = stored("a.txt")
    ragflow.documents.parse(document)
    job = started("recover", [document])
    running = ragflow.documents.get(document.dataset_id, document.id)
    JobItem.objects.update(state=State.STARTED, precondition=registry.mark_of(running), attempts=1)
    ragflow.documents.stop(running)
    engine.step(job.pk)
    assert rows(job)[0][1] == State.DONE
    assert ragflow.documents.get(document.dataset_id, document.id).run == "RUNNING"
