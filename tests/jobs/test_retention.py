"""What is deleted by age, what is kept, and that 0 keeps everything."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessAttempt, AccessLog
from django.conf import settings as product
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from dashboard import tasks
from dashboard.audit import retention
from dashboard.models import (
    AuditEntry,
    ChunkEdit,
    Job,
    JobItem,
    ParsedDocument,
    ParseRun,
    QuestionResult,
    QuestionRun,
    QuestionSet,
)
from tests.support.pages.reading import visible_text

NAMES = ("AUDIT", "JOBS", "JOB_ITEMS", "LOST_EDITS", "SIGN_INS", "SESSIONS")


def ago(days):
    return timezone.now() - timedelta(days=days)


@pytest.fixture
def job(ragflow_server):
    """``job(40)``: a job that ended 40 days ago; one of its two documents failed."""

    def make(days):
        made = Job.objects.create(
            server=ragflow_server, dataset_id="d" * 32, dataset_name="Handbook", username="carla", action="disable",
            expected=2, collected=True, ended_at=None if days is None else ago(days),
        )  # fmt: skip
        for name, state in (("a.txt", "done"), ("b.txt", "failed")):
            JobItem.objects.create(job=made, document_id=name, name=name, state=state)
        return made

    return make


@pytest.fixture
def run(ragflow_server):
    """``run(100)``: a parsing run of one document that began and ended 100 days ago."""

    def make(days, document_id="a" * 32):
        made = ParseRun.objects.create(
            server=ragflow_server, dataset_id="d" * 32, dataset_name="Handbook", username="carla", ended_at=ago(days)
        )
        ParseRun.objects.filter(pk=made.pk).update(started_at=ago(days))
        ParsedDocument.objects.create(run=made, document_id=document_id, name="a.txt", outcome="parsed")
        return made

    return make


@pytest.fixture
def edit(ragflow_server):
    def make(days, document_id="a" * 32, *, settled=False):
        made = ChunkEdit.objects.create(
            server=ragflow_server, username="carla", dataset_id="d" * 32, document_id=document_id, chunk_id="c",
            before=None, after=None, settled=settled,
        )  # fmt: skip
        ChunkEdit.objects.filter(pk=made.pk).update(made_at=ago(days))
        return made

    return make


def there(*rows):
    return [type(row).objects.filter(pk=row.pk).exists() for row in rows]


def test_audit_entries_go_after_four_hundred_days(ragflow_server):
    rows = [AuditEntry.objects.create(server=ragflow_server, action="document.delete", outcome="ok") for _ in range(2)]
    AuditEntry.objects.filter(pk=rows[0].pk).update(at=ago(401))
    AuditEntry.objects.filter(pk=rows[1].pk).update(at=ago(399))
    retention.prune()
    assert there(*rows) == [False, True]


def test_documents_of_a_job_go_before_the_job_which_still_says_how_it_ended(job, curator_client, ragflow_server):
    ended, recent, running, ancient = job(40), job(20), job(None), job(91)
    retention.prune()
    assert there(ended, recent, running, ancient) == [True, True, True, False]
    assert [ended.items.count(), recent.items.count(), running.items.count()] == [0, 2, 2]
    page = visible_text(curator_client.get(ragflow_server.url("activity:job", ended.pk)))
    assert "1 of 2 disabled" in page
    assert "1 failed" in page
    assert "no longer listed" in page
    assert ragflow_server.url("activity:retry", ended.pk) not in page
    retention.prune()
    ended.refresh_from_db()
    assert ended.tallied == {"done": 1, "failed": 1}


def test_numbers_stay_right_when_pruning_was_interrupted(job):
    ended = job(40)
    Job.objects.update(tallied={"done": 1, "failed": 1})
    ended.items.filter(state="done").delete()
    ended.refresh_from_db()
    ended.count()
    assert ended.counts == {"done": 1, "failed": 1}
    retention.prune()
    ended.refresh_from_db()
    assert (ended.items.count(), ended.tallied) == (0, {"done": 1, "failed": 1})


def test_runs_that_ended_go_with_what_belongs_to_them(run, ragflow_server):
    old, new = run(91), run(89)
    questions = QuestionSet.objects.create(server=ragflow_server, name="Leave", dataset_ids=[], username="carla")
    asked = [
        QuestionRun.objects.create(
            question_set=questions, username="carla", parameters={}, dataset_ids=[], state="done", ended_at=ago(days)
        )
        for days in (91, 89)
    ]
    for one in asked:
        QuestionResult.objects.create(run=one, text="How?")
    retention.prune()
    assert there(old, new, *asked) == [False, True, False, True]
    assert (ParsedDocument.objects.count(), QuestionResult.objects.count()) == (1, 1)


def test_an_edit_goes_that_was_lost_long_ago_and_one_that_is_in_its_chunk_never(edit, run):
    lost, lost_lately, live, settled = edit(200), edit(200, "b" * 32), edit(200, "c" * 32), edit(100, settled=True)
    run(91), run(10, "b" * 32)
    retention.prune()
    assert there(lost, lost_lately, live, settled) == [False, True, True, False]


def test_the_run_that_tells_that_a_kept_edit_was_lost_is_kept(edit, run, settings):
    settings.KEEP_LOST_EDITS_DAYS = 0
    edit(200)
    telling, other = run(150), run(150, "b" * 32)
    retention.prune()
    assert there(telling, other) == [True, False]


def test_attempts_to_sign_in_and_sessions_go(db):
    for days in (31, 29):
        attempt = AccessAttempt.objects.create(username=f"u{days}", failures_since_start=1)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=ago(days))
        log = AccessLog.objects.create(username=f"u{days}")
        AccessLog.objects.filter(pk=log.pk).update(attempt_time=ago(days))
    Session.objects.create(session_key="old", session_data="", expire_date=ago(2))
    Session.objects.create(session_key="new", session_data="", expire_date=ago(-2))
    retention.prune()
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["u29"]
    assert list(AccessLog.objects.values_list("username", flat=True)) == ["u29"]
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]


def test_0_days_keep_everything(job, run, edit, settings, ragflow_server):
    for name in NAMES:
        setattr(settings, f"KEEP_{name}_DAYS", 0)
    rows = [job(4000), run(4000), edit(5000)]
    assert sum(retention.prune().values()) == 0
    assert there(*rows) == [True] * 3
    assert rows[0].items.count() == 2


def test_more_than_one_batch_is_deleted(job, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _ in range(5):
        job(100)
    assert retention.prune()["jobs"] == 5
    assert JobItem.objects.count() == 0


def test_the_command_says_how_much_it_deleted_and_beat_does_the_same_each_day(job):
    job(100)
    out = StringIO()
    call_command("prune", stdout=out)
    assert "Jobs: 1 deleted" in out.getvalue()
    job(100)
    entry = product.CELERY_BEAT_SCHEDULE["prune"]
    assert entry["task"] == tasks.prune.name
    tasks.prune()
    assert Job.objects.count() == 0
