"""Runs of question sets: each question is asked once, even if workers die or single questions fail."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.documents.query.document_names import presently_named
from dashboard.jobs import faults, leases
from dashboard.jobs.leases import Lease, LeaseLost
from dashboard.models import QuestionResult, QuestionRun, QuestionSet
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.names import normal
from dashboard.ragflow.types import Source
from dashboard.retrieval.settings import Settings
from dashboard.servers.connection import connect

logger = logging.getLogger(__name__)

DEPTH: Final = 30
# Seconds a worker spends on one run before it lets others have a turn.
TIME_SLICE: Final = 20.0
# How long a run pauses when RAGFlow can't be reached.
RETRY_DELAY: Final = timedelta(seconds=10)


def start(question_set: QuestionSet, user: User, settings: Settings) -> QuestionRun | None:
    """Create a run of all questions as they are now; None if one is in progress. A worker starts it at once."""
    made = _start(question_set, user, [settings])
    return made[0] if made else None


def start_pair(
    question_set: QuestionSet, user: User, first: Settings, second: Settings
) -> tuple[QuestionRun, QuestionRun] | None:
    """Create two runs of the same questions, one after the other, to compare; None if one is in progress."""
    made = _start(question_set, user, [first, second])
    return (made[0], made[1]) if made else None


def stop(run: QuestionRun) -> bool:
    """Stop the run after the current question, and the run waiting for it; False if it had already ended."""
    with transaction.atomic():
        followers = QuestionRun.objects.filter(after=run, state=QuestionRun.State.WAITING)
        followers.update(state=QuestionRun.State.STOPPED, ended_at=timezone.now())
        waiting = QuestionRun.objects.filter(pk=run.pk, state=QuestionRun.State.WAITING)
        stopped = waiting.update(state=QuestionRun.State.STOPPED, ended_at=timezone.now())
        return bool(stopped) or _end(run.pk, QuestionRun.State.STOPPED)


def due() -> list[int]:
    """The ids of runs that no worker holds."""
    return list(leases.due(QuestionRun.objects.all()).values_list("pk", flat=True))


@leases.row_task
def work_on_run(run_id: int) -> None:
    """Work on one run for a time slice, and send the message for the next one."""
    if work(run_id):
        leases.go_on(work_on_run, QuestionRun.objects.all(), run_id)


def work(run_id: int) -> bool:
    """Ask open questions for one time slice, if the run is due and no other worker holds it; returns whether it did.

    While RAGFlow can't be reached, or was upgraded this moment, the run waits: that is no fault of the questions.
    """
    with leases.taken(QuestionRun.objects.all(), run_id, leases.OF_QUESTION_RUN) as lease:
        if lease is None:
            return False
        run = QuestionRun.objects.select_related("question_set__server", "user").get(pk=run_id)
        try:
            _work(run, lease)
        except LeaseLost:
            return True
        except (errors.Unreachable, errors.Upgraded) as error:
            logger.warning("Run %d waits: %s", run_id, error.message)
            lease.release(timezone.now() + RETRY_DELAY, last_error=error.message)
        except faults.OUTAGE:
            raise
        except Exception as error:
            # Otherwise the run would be retried for ever without anyone noticing.
            logger.exception("Run %d ends", run_id)
            with suppress(LeaseLost), lease.writing():
                _end(run_id, QuestionRun.State.STOPPED)
            lease.release(None, last_error=faults.described(error))
    return True


def _work(run: QuestionRun, lease: Lease[QuestionRun]) -> None:
    """One time slice. Raises Unreachable or Upgraded if no question can be asked now, and LeaseLost."""
    ragflow = connect(run.question_set.server, run.user)
    until = time.monotonic() + TIME_SLICE
    for result in run.results.filter(state=QuestionResult.State.OPEN):
        if time.monotonic() > until:
            lease.release(timezone.now())
            return
        lease.renew(last_error="")
        if not QuestionRun.objects.unfinished().filter(pk=run.pk).exists():
            return  # stopped
        changed = _asked(ragflow, run, result)
        with lease.writing():
            QuestionResult.objects.filter(pk=result.pk, state=QuestionResult.State.OPEN).update(**changed)
    with lease.writing():
        _end(run.pk, QuestionRun.State.DONE)
    lease.release(None)


def rank_of(hits: Sequence[Source], documents: Collection[str], chunks: Collection[str]) -> int | None:
    """The rank of the first correct hit: one of ``chunks`` or, without chunks, any of ``documents`` (names or ids).

    The hits must have the current names of their documents; the Unicode form of a name doesn't matter.
    """
    wanted = {normal(name) for name in documents}
    for rank, hit in enumerate(hits, start=1):
        if hit.id in chunks or (not chunks and (normal(hit.document_name) in wanted or hit.document_id in wanted)):
            return rank
    return None


def _asked(ragflow: RAGFlow, run: QuestionRun, result: QuestionResult) -> dict[str, Any]:
    """Ask one question; returns the changed fields of its result. Raises an error if none can be asked now."""
    try:
        found = ragflow.retrieval.search(result.text, run.dataset_ids, page_size=DEPTH, **run.parameters)
        hits = presently_named(ragflow, run.question_set.server, found.hits)
        rank = rank_of(hits, result.documents, result.chunks)
    except errors.RAGFlowError as error:
        if isinstance(error, errors.Unreachable | errors.Upgraded) and not isinstance(error, errors.TimedOut):
            raise
        logger.warning("Question %d of run %d: %s", result.pk, run.pk, error.message)
        return {"state": QuestionResult.State.FAILED, "error": error.message[:1000]}
    except Exception as error:
        # A bug of ours should cost this question, not the run.
        logger.exception("Question %d of run %d", result.pk, run.pk)
        return {"state": QuestionResult.State.FAILED, "error": faults.described(error)}
    return {"state": QuestionResult.State.ASKED, "rank": rank}


def _start(question_set: QuestionSet, user: User, sides: Sequence[Settings]) -> list[QuestionRun]:
    made: list[QuestionRun] = []
    try:
        with transaction.atomic():
            questions = list(question_set.questions.all())
            for settings in sides:
                run = QuestionRun.objects.create(
                    question_set=question_set,
                    user=user,
                    username=user.get_username(),
                    parameters=settings.parameters(),
                    dataset_ids=question_set.dataset_ids,
                    next_at=timezone.now(),
                    after=made[-1] if made else None,
                    state=QuestionRun.State.WAITING if made else QuestionRun.State.RUNNING,
                )
                QuestionResult.objects.bulk_create(
                    QuestionResult(
                        run=run,
                        question=question,
                        text=question.text,
                        documents=question.documents,
                        chunks=question.chunks,
                    )
                    for question in questions
                )
                made.append(run)
            work_on_run.delay_on_commit(made[0].pk)
    except IntegrityError:
        return []
    return made


def _end(run_id: int, state: QuestionRun.State) -> bool:
    """End a running run, and start the one that waits for it."""
    now = timezone.now()
    with transaction.atomic():
        running = QuestionRun.objects.filter(pk=run_id, state=QuestionRun.State.RUNNING)
        if not running.update(state=state, ended_at=now):
            return False
        waiting = QuestionRun.objects.filter(after=run_id, state=QuestionRun.State.WAITING)
        followers = list(waiting.values_list("pk", flat=True))
        waiting.update(state=QuestionRun.State.RUNNING, next_at=now)
        for pk in followers:
            work_on_run.delay_on_commit(pk)
        return True
