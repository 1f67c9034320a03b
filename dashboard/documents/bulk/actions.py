"""Actions on documents: a single document is handled directly, several by a job that starts during the request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.formatting import count, visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.documents.parsing import progress
from dashboard.jobs import engine, registry, service
from dashboard.jobs.registry import ActionContext, ActionFailed, ActionSkipped
from dashboard.models import Job, JobItem
from dashboard.ragflow import RAGFlow, errors, parallel
from dashboard.ragflow.types import Dataset, Document

State = JobItem.State
MOST: Final = 100
# Seconds that the response waits for a job, enough for a few documents, so that the page shows their new state.
WAIT: Final = 1.0
REASONS: Final = 5


@dataclass
class Chosen:
    """The submitted ids as documents of the dataset; ``missing`` is the number of ids without one."""

    documents: list[Document]
    missing: int = 0


@dataclass
class Outcome:
    """The outcome: names of the documents that are done, and of the others with the reasons."""

    done: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    unneeded: list[tuple[str, str]] = field(default_factory=list)


def chosen(ragflow: RAGFlow, dataset_id: str, ids: Sequence[str]) -> Chosen:
    """Look up every id in the dataset, so that foreign or invalid ids are never acted on.

    Raises BadRequest for more ids than a page has.
    """
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST:
        raise BadRequest(f"{len(wanted)} documents at once are more than a page shows")

    def get(document_id: str) -> Callable[[], Document | None]:
        def ask() -> Document | None:
            try:
                return ragflow.documents.get(dataset_id, document_id)
            except errors.NotFound:
                return None

        return ask

    found = parallel(*(get(document_id) for document_id in wanted if document_id))
    documents = [document for document in found if document is not None]
    return Chosen(documents, missing=len(wanted) - len(documents))


def act(
    request: DashboardRequest,
    dataset: Dataset,
    action: str,
    documents: Sequence[Document],
    options: Mapping[str, Any] | None = None,
) -> Job | None:
    """Apply the action and report the outcome so far in toasts; returns the job for several documents."""
    if len(documents) == 1:
        report(request, action, at_once(request, dataset, action, documents[0], options=options))
    elif documents:
        job = service.create_for(request.server, dataset, request.user, action, documents, options=options)
        return follow(request, job)
    return None


def follow(request: DashboardRequest, job: Job) -> Job:
    """Run a new job for a moment, and report its outcome if it finishes in that time."""
    engine.step(job.pk, WAIT)
    job.refresh_from_db()
    if job.ended_at:
        outcome = outcome_of(job)
        if goes_on_in_toast(request, job):
            outcome.failed = []
        report(request, job.action, outcome)
    return job


def goes_on_in_toast(request: DashboardRequest, job: Job) -> bool:
    """Whether the page shows the job's toast: it is still running, or has failures to retry."""
    wrong = job.ended_at is None or job.trouble or job.items.filter(state=State.FAILED).exists()
    return wants_fragment(request) and bool(wrong)


def at_once(
    request: DashboardRequest,
    dataset: Dataset,
    action: str,
    document: Document,
    *,
    options: Mapping[str, Any] | None = None,
    batch: str = "",
) -> Outcome:
    """Apply the action to one document during the request. Raises the error if RAGFlow is unavailable."""
    known = registry.get(action)
    turn = ActionContext(
        client=request.ragflow,
        server=request.server,
        user=request.user,
        dataset_id=dataset.id,
        dataset_name=dataset.name,
        document_id=document.id,
        name=document.name,
        options=options or {},
        batch=batch,
        document=document,
    )
    try:
        known.act(turn)
        known.done(turn)
    except errors.NotFound:
        return Outcome(failed=[(document.name, _("It no longer exists."))])
    except ActionSkipped as reason:
        return Outcome(unneeded=[(document.name, str(reason))])
    except ActionFailed as reason:
        return Outcome(failed=[(document.name, str(reason))])
    except (errors.Rejected, errors.ServerError, errors.InvalidResponse) as error:
        return Outcome(failed=[(document.name, error.message)])
    finally:
        progress.request_poll(request.server, dataset.id)
    return Outcome(done=[document.name])


def outcome_of(job: Job) -> Outcome:
    """The outcome of a job's documents, without those skipped by cancelling."""
    found: dict[str, list[tuple[str, str]]] = {}
    for state, name, reason in job.items.order_by("pk").values_list("state", "name", "reason"):
        found.setdefault(state, []).append((name, reason))
    return Outcome(
        done=[name for name, _reason in found.get(State.DONE, [])],
        failed=found.get(State.FAILED, []),
        unneeded=found.get(State.UNNEEDED, []),
    )


def report(request: DashboardRequest, action: str, outcome: Outcome) -> None:
    """Report in toasts what was done, what failed and why, and what needed no change."""
    words = registry.get(action)
    if outcome.done:
        messages.success(request, words.say_done(outcome.done))
    if outcome.failed:
        messages.error(request, words.say_failed(len(outcome.failed)), _reasons(outcome.failed))
    if outcome.unneeded:
        number = len(outcome.unneeded)
        title = ngettext("Nothing to do for %(n)s document", "Nothing to do for %(n)s documents", number)
        messages.info(request, title % {"n": count(number)}, _reasons(outcome.unneeded))


def _reasons(rows: Sequence[tuple[str, str]]) -> str:
    lines = [f"{visible(name)}: {reason}" if reason else visible(name) for name, reason in rows[:REASONS]]
    if len(rows) > REASONS:
        lines.append(_("and %(n)s more") % {"n": count(len(rows) - REASONS)})
    return " ".join(lines)


def say_missing(request: DashboardRequest, missing: int) -> None:
    """Report that some of the selected documents no longer exist."""
    if not missing:
        return
    words = ngettext(
        "%(n)d document is no longer in this dataset", "%(n)d documents are no longer in this dataset", missing
    )
    messages.info(request, words % {"n": missing}, _("Someone may have deleted it in another window."))
