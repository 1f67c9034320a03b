"""Retention: deletes records older than the settings allow. Run by ``manage.py prune`` and daily by beat.

Rows are deleted in batches of a thousand, one transaction each, so that other writers never wait long.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils import timezone

from dashboard.models import (
    AccessLink,
    AuditEntry,
    ChatQuestion,
    ChunkEdit,
    Job,
    JobItem,
    ParsedDocument,
    ParseRun,
    QuestionResult,
    QuestionRun,
    SignedInBrowser,
)
from dashboard.models.counting import counts_of

logger = logging.getLogger(__name__)

AT_ONCE: Final = 1000


def prune() -> Mapping[str, int]:
    """Delete what is older than the settings allow; returns the number deleted by kind. 0 days keeps everything."""
    gone = {
        "audit entries": delete_in_batches(_older(AuditEntry.objects.all(), "at", settings.KEEP_AUDIT_DAYS)),
        "chat questions": delete_in_batches(_older(ChatQuestion.objects.all(), "asked_at", settings.KEEP_AUDIT_DAYS)),
        # Before the runs: whether an edit is lost follows from the run after it.
        "lost edits": sum(map(delete_in_batches, _lost_edits(settings.KEEP_LOST_EDITS_DAYS))),
        "job items": _prune_items(settings.KEEP_JOB_ITEMS_DAYS),
        "jobs": _with_parts(_older(Job.objects.all(), "ended_at", settings.KEEP_JOBS_DAYS), JobItem, "job"),
        "parse runs": _with_parts(_old_parse_runs(settings.KEEP_JOBS_DAYS), ParsedDocument, "run"),
        "question runs": _with_parts(
            _older(QuestionRun.objects.all(), "ended_at", settings.KEEP_JOBS_DAYS), QuestionResult, "run"
        ),
        "sign-in attempts": sum(
            delete_in_batches(_older(model.objects.all(), "attempt_time", settings.KEEP_SIGN_INS_DAYS))
            for model in (AccessAttempt, AccessFailureLog, AccessLog)
        ),
        "links": delete_in_batches(_older(AccessLink.objects.all(), "expires_at", settings.KEEP_SIGN_INS_DAYS)),
        "signed-in browsers": delete_in_batches(SignedInBrowser.objects.filter(began_at__lt=_session_limit())),
        "sessions": delete_in_batches(_older(Session.objects.all(), "expire_date", settings.KEEP_SESSIONS_DAYS)),
    }
    logger.info("Deleted by age: %s", ", ".join(f"{number} {what}" for what, number in gone.items()))
    return gone


def _older(rows: QuerySet[Any], field: str, days: int) -> QuerySet[Any]:
    return rows.filter(**{f"{field}__lt": _before(days)}) if days else rows.none()


def _before(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def _session_limit() -> datetime:
    """Sessions that began before have ended."""
    return timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)


def _batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """Primary keys in batches. The caller deletes each batch before asking for the next."""
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        yield keys


def delete_in_batches(rows: QuerySet[Any]) -> int:
    """Delete rows that nothing depends on; returns their number."""
    number = 0
    for keys in _batches(rows):
        rows.model._default_manager.filter(pk__in=keys).delete()
        number += len(keys)
    return number


def _lost_edits(days: int) -> list[QuerySet[ChunkEdit]]:
    """Delete settled edits, and edits that were lost longer ago than the limit.

    An edit that is still in its chunk is kept at any age, since the next parse would lose it.
    """
    parsed_since = ParsedDocument.objects.filter(
        run__server=OuterRef("server"),
        document_id=OuterRef("document_id"),
        run__started_at__gte=OuterRef("made_at"),
        run__started_at__lt=_before(days),
    )
    old = _older(ChunkEdit.objects.all(), "made_at", days)
    return [old.filter(settled=True), old.filter(Exists(parsed_since))]


def _prune_items(days: int) -> int:
    """Delete the items of finished jobs; the job keeps their number by state."""
    number = 0
    items = JobItem.objects.filter(job=OuterRef("pk"))
    jobs = _older(Job.objects.all(), "ended_at", days).filter(Exists(items))
    for keys in _batches(jobs):
        for pk, counts in counts_of(JobItem, "job", "state", keys).items():
            # Already set if an earlier run was interrupted.
            Job.objects.filter(pk=pk, tallied={}).update(tallied=counts)
        number += delete_in_batches(JobItem.objects.filter(job__in=keys))
    return number


def _with_parts(owners: QuerySet[Any], parts: type[Model], owner: str) -> int:
    """Delete rows after their ``parts``; ``owner`` is the field of ``parts`` that refers to the row."""
    number = 0
    for keys in _batches(owners):
        delete_in_batches(parts._default_manager.filter(**{f"{owner}__in": keys}))
        number += delete_in_batches(owners.model._default_manager.filter(pk__in=keys))
    return number


def _old_parse_runs(days: int) -> QuerySet[ParseRun]:
    """Finished parse runs, except those needed to tell which kept edits are lost."""
    edits = ChunkEdit.objects.filter(
        server=OuterRef("run__server"),
        document_id=OuterRef("document_id"),
        settled=False,
        made_at__lte=OuterRef("run__started_at"),
    )
    telling = ParsedDocument.objects.filter(Exists(edits), run=OuterRef("pk"))
    return _older(ParseRun.objects.all(), "ended_at", days).exclude(Exists(telling))
