"""Runs of question sets: each question asked once, whatever happens to workers and to single questions."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

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
# More than one question can take.
LEASE: Final = 3 * 60.0
# So long a worker stays with one run before others get their turn.
TIME_SLICE: Final = 20.0
# So long a run rests when RAGFlow cannot be asked at all.
AFTER_TROUBLE: Final = timedelta(seconds=10)


def start(question_set: QuestionSet, username: str, settings: Settings) -> QuestionRun | None:
    """A new run of all questions as they are now; None when one is under way. A worker begins it at once."""
    made = _start(question_set, username, [settings])
    return made[0] if made else None


def start_pair(
    question_set: QuestionSet, username: str, first: Settings, second: Settings
) -> tuple[QuestionRun, QuestionRun] | None:
    """Two runs of the same questions, one after the other, to be compared; None when one is under way."""
    made = _start(question_set, username, [first, second])
    return (made[0], made[1]) if made else None


def stop(run: QuestionRun) -> bool:
    """Ends it after the question under way, and what waits for it; False when it had ended already."""
    with transaction.atomic():
        followers = QuestionRun.objects.filter(after=run, state=QuestionRun.State.WAITING)
        followers.update(state=QuestionRun.State.STOPPED, ended_at=timezone.now())
        waiting = QuestionRun.objects.filter(pk=run.pk, state=QuestionRun.State.WAITING)
        stopped = waiting.update(state=QuestionRun.State.STOPPED, ended_at=timezone.now())
        return bool(stopped) or _end(run.pk, QuestionRun.State.STOPPED)


def due() -> list[int]:
    """The ids of runs that nobody works on."""
    return list(leases.due(QuestionRun.objects.all()).values_list("pk", flat=True))


@leases.row_task
def work_on_run(run_id: int) -> None:
    """A slice of time for one run; sends for the next one."""
    if work(run_id):
        leases.go_on(work_on_run, QuestionRun.objects.all(), run_id)


def work(run_id: int) -> bool:
    """Asks open questions for a while, if the run is due and nobody else is at it; returns whether this call did.

    While RAGFlow cannot be asked, the run waits: it is not the questions that fail.
    """
    with leases.taken(QuestionRun.objects.all(), run_id, LEASE) as lease:
        if lease is None:
            return False
        run = QuestionRun.objects.select_related("question_set__server").get(pk=run_id)
        try:
            _work(run, lease)
        except LeaseLost:
            return True
        except errors.Unreachable as error:
            logger.warning("Run %d waits: %s", run_id, error.message)
            lease.release(timezone.now() + AFTER_TROUBLE, trouble=error.message)
        except faults.OUTAGE:
            raise
        except Exception as error:
            # The outer edge of a run: else it comes again as soon as the lease ends, for ever, and nobody is told.
            logger.exception("Run %d ends", run_id)
            with suppress(LeaseLost), lease.writing():
                _end(run_id, QuestionRun.State.STOPPED)
            lease.release(None, trouble=faults.described(error))
    return True


def _work(run: QuestionRun, lease: Lease[QuestionRun]) -> None:
    """One stint. Raises Unreachable when no question can be asked now, and LeaseLost."""
    ragflow = connect(run.question_set.server, None)
    until = time.monotonic() + TIME_SLICE
    for result in run.results.filter(state=QuestionResult.State.OPEN):
        if time.monotonic() > until:
            lease.release(timezone.now())
            return
        lease.renew(trouble="")
        if not QuestionRun.objects.unfinished().filter(pk=run.pk).exists():
            return  # stopped
        changed = _asked(ragflow, run, result)
        with lease.writing():
            QuestionResult.objects.filter(pk=result.pk, state=QuestionResult.State.OPEN).update(**changed)
    with lease.writing():
        _end(run.pk, QuestionRun.State.DONE)
    lease.release(None)


def rank_of(hits: Sequence[Source], documents: Collection[str], chunks: Collection[str]) -> int | None:
    """The place of the first right hit: one of ``chunks``, or without those any chunk of ``documents`` (names or ids).

    The hits have the present names of their documents; which Unicode form a name has makes no difference.
    """
    wanted = {normal(name) for name in documents}
    for rank, hit in enumerate(hits, start=1):
        if hit.id in chunks or (not chunks and (normal(hit.document_name) in wanted or hit.document_id in wanted)):
            return rank
    return None


def _asked(ragflow: RAGFlow, run: QuestionRun, result: QuestionResult) -> dict[str, Any]:
    """Ask one question: what came of it, as fields of its result. Raises Unreachable when none can be asked now."""
    try:
        found = ragflow.retrieval.search(result.text, run.dataset_ids, page_size=DEPTH, **run.parameters)
        hits = presently_named(ragflow, run.question_set.server, found.hits)
        rank = rank_of(hits, result.documents, result.chunks)
    except errors.RAGFlowError as error:
        if isinstance(error, errors.Unreachable) and not isinstance(error, errors.TimedOut):
            raise
        logger.warning("Question %d of run %d: %s", result.pk, run.pk, error.message)
        return {"state": QuestionResult.State.FAILED, "error": error.message[:1000]}
    except Exception as error:
        # The outer edge of a question: a mistake of ours costs that question, not the run.
        logger.exception("Question %d of run %d", result.pk, run.pk)
        return {"state": QuestionResult.State.FAILED, "error": faults.described(error)}
    return {"state": QuestionResult.State.ASKED, "rank": rank}


def _start(question_set: QuestionSet, username: str, sides: Sequence[Settings]) -> list[QuestionRun]:
    made: list[QuestionRun] = []
    try:
        with transaction.atomic():
            questions = list(question_set.questions.all())
            for settings in sides:
                run = QuestionRun.objects.create(
                    question_set=question_set,
                    username=username,
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
    """Ends a running run, and lets the one begin that waits for it."""
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
