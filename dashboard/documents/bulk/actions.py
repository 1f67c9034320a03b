"""Buttons on documents: one document is handled at once, several by a job that begins while the answer is made."""

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
# So long the answer waits for a job: a few documents are done by then, and the page shows how they are.
WAIT: Final = 1.0
REASONS: Final = 5


@dataclass
class Chosen:
    """The posted ids as documents of the dataset; ``missing`` counts those that are not (any more)."""

    documents: list[Document]
    missing: int = 0


@dataclass
class Outcome:
    """What happened: the names of the documents that are done, and of the others, with the reason."""

    done: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    unneeded: list[tuple[str, str]] = field(default_factory=list)


def chosen(ragflow: RAGFlow, dataset_id: str, ids: Sequence[str]) -> Chosen:
    """Look every id up in the dataset: an id of another dataset, or of nothing, is never acted on.

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
    """Do it with the documents and say in toasts how it went, as far as it got; returns the job of several."""
    if len(documents) == 1:
        report(request, action, at_once(request, dataset, action, documents[0], options=options))
    elif documents:
        job = service.create_for(request.server, dataset, request.user, action, documents, options=options)
        return follow(request, job)
    return None


def follow(request: DashboardRequest, job: Job) -> Job:
    """Let a job that was just started begin, wait a moment for it, and say how it went when that was enough."""
    engine.step(job.pk, WAIT)
    job.refresh_from_db()
    if job.ended_at:
        outcome = outcome_of(job)
        if goes_on_in_toast(request, job):
            outcome.failed = []
        report(request, job.action, outcome)
    return job


def goes_on_in_toast(request: DashboardRequest, job: Job) -> bool:
    """Whether the page shows the job itself: it still runs, or has failures to look at and to retry."""
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
    """Do it with one document while somebody waits. Raises the error that says RAGFlow cannot be asked."""
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
    """What became of the documents of a job; those that were left out when it was stopped are not in it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for state, name, reason in job.items.order_by("pk").values_list("state", "name", "reason"):
        found.setdefault(state, []).append((name, reason))
    return Outcome(
        done=[name for name, _reason in found.get(State.DONE, [])],
        failed=found.get(State.FAILED, []),
        unneeded=found.get(State.UNNEEDED, []),
    )


def report(request: DashboardRequest, action: str, outcome: Outcome) -> None:
    """Say it in toasts: what was done, what failed and why, and what needed nothing."""
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
    """Say that some of what was chosen is not there any more."""
    if not missing:
        return
    words = ngettext(
        "%(n)d document is no longer in this dataset", "%(n)d documents are no longer in this dataset", missing
    )
    messages.info(request, words % {"n": missing}, _("Someone may have deleted it in another window."))
