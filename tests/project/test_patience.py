"""Worker and beat while something they need is away."""

from __future__ import annotations

import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from celery.beat import PersistentScheduler
from django.db import OperationalError
from kombu.exceptions import OperationalError as QueueError

from dashboard import tasks
from dashboard.documents.parsing import progress, watching
from dashboard.jobs import leases
from ragflow_admin import patience
from ragflow_admin.celery import app
from ragflow_admin.patience import PatientScheduler


def failing(error: Exception):
    def fail(*args: object, **options: object) -> None:
        raise error

    return fail


def test_a_task_that_finds_no_database_waits_for_its_next_turn_in_one_line(monkeypatch, caplog) -> None:
    monkeypatch.setattr(progress, "poll", failing(OperationalError("connection refused")))
    with caplog.at_level(logging.WARNING):
        assert watching.poll_watch(1) is None
    [line] = caplog.records
    assert "postponed, outage: database" in line.getMessage()
    assert line.exc_info is None


def test_a_mistake_in_a_task_is_not_hidden(monkeypatch) -> None:
    monkeypatch.setattr(progress, "poll", failing(RuntimeError("a mistake")))
    with pytest.raises(RuntimeError, match="a mistake"):
        watching.poll_watch(1)


@pytest.fixture
def sent(monkeypatch):
    """The messages that get through; with ``sent.error`` the queue refuses them, and ``sent.tried`` counts."""
    queue = SimpleNamespace(messages=[], tried=0, error=None)

    def take(task, args=(), kwargs=None, **options):
        queue.tried += 1
        if queue.error:
            raise queue.error
        queue.messages.append((task.name.rpartition(".")[2], *args))

    monkeypatch.setattr(patience.PatientTask, "apply_async", take)
    patience.forget_failure()
    yield queue
    patience.forget_failure()


def test_what_a_page_starts_is_sent_once_it_is_committed(sent, db, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        watching.poll_watch.delay_on_commit(7)
        assert sent.messages == []
    assert sent.messages == [("poll_watch", 7)]


@pytest.mark.parametrize("error", [QueueError("connection refused"), OSError(28, "No space left on device")])
def test_a_page_goes_on_while_the_queue_is_down_and_does_not_try_each_time(
    error, sent, db, django_capture_on_commit_callbacks, caplog
) -> None:
    sent.error = error
    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
        for pk in range(5):
            watching.poll_watch.delay_on_commit(pk)
    assert sent.tried == 1
    assert caplog.text.count("until the next safety tick") == 1


def test_idle_beat_sends_one_message_every_five_seconds() -> None:
    often = [entry for entry in app.conf.beat_schedule.values() if isinstance(entry["schedule"], float)]
    assert [(entry["task"], entry["schedule"]) for entry in often] == [(tasks.tick.name, leases.TICK)]
    assert leases.TICK >= 5


@pytest.fixture
def beat(tmp_path) -> PatientScheduler:
    scheduler = PatientScheduler(app=app, schedule_filename=str(tmp_path / "beat"), lazy=False)
    yield scheduler
    scheduler.close()


def test_the_product_uses_this_beat() -> None:
    assert app.conf.beat_scheduler == "ragflow_admin.patience:PatientScheduler"


def test_beat_goes_on_while_the_broker_is_away_and_says_so_once(beat, monkeypatch, caplog) -> None:
    monkeypatch.setattr(tasks.tick.__class__, "apply_async", failing(QueueError("connection refused")))
    for entry in beat.schedule.values():
        entry.last_run_at -= timedelta(seconds=10)
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            beat.tick()
    assert caplog.text.count("Cannot send tasks to the worker") == 1


def test_beat_goes_on_although_its_file_finds_no_room(beat, monkeypatch, caplog) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(PersistentScheduler, "sync", failing(OSError("No space left on device")))
        beat.sync()
    assert "could not write its schedule file" in caplog.text
    beat.sync()
