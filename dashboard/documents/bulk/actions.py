"""Buttons on documents: one document is handled at once, several by a job that a worker begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.formatting import count, visible
from dashboard.core.web.http import DashboardRequest
from dashboard.documents.parsing import watching
from dashboard.documents.query import fetch
from dashboard.documents.query.query import Query
from dashboard.jobs import registry, service
from dashboard.jobs.registry import ActionContext, ActionFailed, ActionSkipped
from dashboard.models import Job
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.types import Dataset, Document

MOST: Final = 100
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


def chosen(ragflow: RAGFlow, dataset_id: str, ids: Sequence[str], query: Query | None = None) -> Chosen:
    """Look every id up in the dataset: an id of another dataset, or of nothing, is never acted on.

    ``query`` is the list that they were ticked on: its page shows most of them in one call. Raises BadRequest for more
    ids than a page has.
    """
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST:
        raise BadRequest(f"{len(wanted)} documents at once are more than a page shows")
    documents = fetch.by_ids(ragflow, dataset_id, wanted, query)
    return Chosen(documents, missing=len(wanted) - len(documents))


def act(
    request: DashboardRequest,
    dataset: Dataset,
    action: str,
    documents: Sequence[Document],
    options: Mapping[str, Any] | None = None,
) -> Job | None:
    """Do it with one document and say in toasts how it went; of several, start the job that does it, and return it."""
    if len(documents) == 1:
        report(request, action, at_once(request, dataset, action, documents[0], options=options))
    elif documents:
        return service.create_for(request.server, dataset, request.user, action, documents, options=options)
    return None


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
        return Outcome(failed=[(document.name, _("It was deleted meanwhile."))])
    except ActionSkipped as reason:
        return Outcome(unneeded=[(document.name, str(reason))])
    except ActionFailed as reason:
        return Outcome(failed=[(document.name, str(reason))])
    except (errors.Rejected, errors.ServerError, errors.InvalidResponse) as error:
        return Outcome(failed=[(document.name, error.message)])
    finally:
        watching.request_poll(request.server, dataset.id)
    return Outcome(done=[document.name])


def report(request: DashboardRequest, action: str, outcome: Outcome) -> None:
    """Say it in toasts: what was done, what failed and why, and what needed nothing."""
    words = registry.get(action)
    if outcome.done:
        messages.success(request, words.say_done(outcome.done))
    if outcome.failed:
        messages.error(request, "\n".join([words.say_failed(len(outcome.failed)), *_lines(outcome.failed)]))
    if outcome.unneeded:
        number = len(outcome.unneeded)
        title = ngettext("Nothing to do for %(n)s document", "Nothing to do for %(n)s documents", number)
        messages.info(request, "\n".join([title % {"n": count(number)}, *_lines(outcome.unneeded)]))


def _lines(rows: Sequence[tuple[str, str]]) -> list[str]:
    lines = [f"{visible(name)}: {reason}" if reason else visible(name) for name, reason in rows[:REASONS]]
    if len(rows) > REASONS:
        lines.append(_("and %(n)s more") % {"n": count(len(rows) - REASONS)})
    return lines


def say_missing(request: DashboardRequest, missing: int) -> None:
    """Say that some of what was chosen is not there any more."""
    if not missing:
        return
    words = ngettext(
        "%(n)d document is not in this dataset any more", "%(n)d documents are not in this dataset any more", missing
    )
    messages.info(request, words % {"n": missing} + "\n" + _("Somebody may have deleted it in another window."))
