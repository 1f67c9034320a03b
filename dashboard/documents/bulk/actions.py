"""Actions on documents: a single document is handled in the request, several by a job in a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.formatting import count, visible
from dashboard.core.web import messages
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
    """The submitted ids as documents of the dataset; ``missing`` is the number of ids without one."""

    documents: list[Document]
    missing: int = 0


@dataclass
class Outcome:
    """The outcome: names of the documents that are done, and of the others with the reasons."""

    done: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    unneeded: list[tuple[str, str]] = field(default_factory=list)


def chosen(ragflow: RAGFlow, dataset_id: str, ids: Sequence[str], query: Query | None = None) -> Chosen:
    """Look up every id in the dataset, so that foreign or invalid ids are never acted on.

    ``query`` is the list that they were selected in: its page contains most of them in one call. Raises BadRequest for
    more ids than a page has.
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
    """Apply the action to a single document and report it in toasts; for several, start a job and return it."""
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
        watching.request_poll(request.server, dataset.id)
    return Outcome(done=[document.name])


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
