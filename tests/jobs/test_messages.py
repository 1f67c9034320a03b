"""Which messages are sent to the worker, and when: at the start, after each turn, and by the safety tick."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

from dashboard import tasks
from dashboard.core.access.rights import Role
from dashboard.documents.parsing import watching
from dashboard.jobs import engine, leases, service
from dashboard.models import Job, QuestionSet, Watch
from dashboard.retrieval.question_sets import runs
from dashboard.retrieval.settings import AT_DEFAULT
from ragflow_admin.patience import PatientTask
from tests.support.pages.lab_asking import asking


@pytest.fixture
def sent(monkeypatch):
    """What is sent, as (task, pk, seconds until it is to be worked on)."""
    messages = []

    def send(task, args=(), kwargs=None, countdown=0.0, **options):
        messages.append((task.name.rpartition(".")[2], *args, countdown))

    monkeypatch.setattr(PatientTask, "apply_async", send)
    return messages


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Runs a function, and what it left for the commit."""

    def run(function, *args):
        with django_capture_on_commit_callbacks(execute=True):
            return function(*args)

    return run


@pytest.fixture
def dataset(ragflow):
    return ragflow.datasets.create(name="Handbook")


@pytest.fixture
def job(ragflow, ragflow_server, dataset, person):
    """Starts a job on so many documents."""
    curator = person(Role.CURATOR)

    def start(number, action="disable"):
        for n in range(number):
            ragflow.documents.upload(dataset, f"{n}.txt", io.BytesIO(b"Some text."), 10)
        return service.create_for(ragflow_server, dataset, curator, action, list(ragflow.documents.list(dataset.id)))

    return start


def test_a_job_is_sent_for_when_it_is_started(job, sent, committed):
    made = committed(job, 1)
    assert sent == [("step_job", made.pk, 0.0)]


def test_a_step_that_leaves_work_sends_for_the_next_one_and_the_last_step_does_not(job, sent, committed, monkeypatch):
    made = job(2)
    sent.clear()
    with monkeypatch.context() as patch:
        patch.setattr(engine.step, "__defaults__", (-1.0,))  # no time for any document
        committed(engine.step_job, made.pk)
    assert [message for message in sent if message[0] == "step_job"] == [("step_job", made.pk, 0.0)]


def test_a_job_that_ended_sends_for_nothing_more(job, committed, django_capture_on_commit_callbacks):
    made = job(2)
    with django_capture_on_commit_callbacks() as callbacks:
        engine.step_job(made.pk)
    made.refresh_from_db()
    assert made.ended_at is not None
    assert len(callbacks) == 1, "the poll of its dataset alone"


@pytest.mark.parametrize(("after", "expected"), [(timedelta(seconds=2), 1), (timedelta(seconds=60), 0), (None, 0)])
def test_the_next_turn_is_sent_for_if_it_comes_before_the_safety_tick(
    ragflow_server, dataset, sent, committed, after, expected
):
    watch = Watch.objects.create(
        server=ragflow_server, dataset_id=dataset.id, next_at=after and datetime.now(UTC) + after
    )
    committed(leases.go_on, watching.poll_watch, Watch.objects.all(), watch.pk)
    assert len(sent) == expected
    assert all(0 < seconds <= 2 for _task, _pk, seconds in sent)


def test_who_was_not_given_the_row_sends_nothing(job, sent, committed):
    made = job(1)
    Job.objects.update(claim="another", claimed_until=datetime.now(UTC) + timedelta(minutes=1))
    committed(engine.step_job, made.pk)
    assert sent == []


def test_many_requests_for_a_poll_make_one_message(ragflow_server, dataset, sent, committed):
    for _ in range(20):
        committed(watching.request_poll, ragflow_server, dataset.id)
    assert sent == [("poll_watch", Watch.objects.get().pk, watching.GATHER)]


def test_a_page_that_begins_to_look_has_the_dataset_polled(ragflow_server, dataset, sent, committed):
    committed(watching.mark_viewed, ragflow_server, dataset.id)
    watch = Watch.objects.get()
    assert sent == [("poll_watch", watch.pk, 0.0)]


def test_the_safety_tick_sends_for_what_is_due_and_for_nothing_else(job, ragflow_server, dataset, sent):
    made = job(1)
    due = Watch.objects.create(server=ragflow_server, dataset_id=dataset.id, next_at=datetime.now(UTC))
    Watch.objects.create(server=ragflow_server, dataset_id="d" * 32, next_at=datetime.now(UTC) + timedelta(minutes=1))
    tasks.tick()
    assert sent == [("step_job", made.pk, 0.0), ("poll_watch", due.pk, 0.0)]


def test_of_two_runs_the_second_is_sent_for_when_the_first_ends(ragflow_server, sent, committed):
    questions = QuestionSet.objects.create(server=ragflow_server, name="Leave", dataset_ids=[], username="ada")
    questions.questions.create(text="How?", documents=["a.txt"])
    first, _second = committed(runs.start_pair, questions, asking(), AT_DEFAULT, AT_DEFAULT)
    assert sent == [("work_on_run", first.pk, 0.0)]
    committed(runs.stop, first)
    assert sent == [("work_on_run", first.pk, 0.0)], "who stops the first stops both"
    third, fourth = committed(runs.start_pair, questions, asking(), AT_DEFAULT, AT_DEFAULT)
    third.results.update(state="asked")
    sent.clear()
    committed(runs.work_on_run, third.pk)
    assert sent == [("work_on_run", fourth.pk, 0.0)]
