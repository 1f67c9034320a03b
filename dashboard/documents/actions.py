"""Parse, stop, recover and delete for one document or many: one call each, and going on after one that fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.documents import progress, runs
from dashboard.documents.reparse import Change
from dashboard.http import DashboardRequest
from dashboard.ragflow import RAGFlow, errors, parallel
from dashboard.ragflow.types import Dataset, Document, RunStatus

MOST = 100


@dataclass
class Chosen:
    """The posted ids as documents of the dataset; ``missing`` counts those that are not (any more)."""

    documents: list[Document]
    missing: int = 0


@dataclass
class Outcome:
    """What happened: the documents it worked for, and those it did not, with the reason."""

    done: list[Document] = field(default_factory=list)
    failed: list[tuple[Document, str]] = field(default_factory=list)


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


def parse(request: DashboardRequest, dataset: Dataset, documents: Sequence[Document], batch: str = "") -> Outcome:
    """Start parsing each; their chunks go at once (contract §10.1)."""
    outcome = _each(documents, request.ragflow.documents.parse)
    _started(request, dataset, outcome, batch)
    return outcome


def stop(request: DashboardRequest, dataset: Dataset, documents: Sequence[Document]) -> Outcome:
    """Stop each; the chunks it had are deleted by RAGFlow (contract §10.2)."""
    outcome = _each(documents, request.ragflow.documents.stop)
    progress.wake(request.server, dataset.id)
    return outcome


def recover(request: DashboardRequest, dataset: Dataset, documents: Sequence[Document]) -> Outcome:
    """Stop each and parse it again: RAGFlow refuses to parse what it believes to be running (contract §10.3)."""

    def again(document: Document) -> None:
        if document.run is RunStatus.RUNNING:
            # Refused when it ended in this very moment, or never really began; parsing it says more.
            with suppress(errors.Rejected):
                request.ragflow.documents.stop(document)
        request.ragflow.documents.parse(document)

    outcome = _each(documents, again)
    _started(request, dataset, outcome, "")
    return outcome


def switch(request: DashboardRequest, dataset: Dataset, documents: Sequence[Document], *, on: bool) -> Outcome:
    """Enable or disable each: what is disabled is found by no search, but keeps its chunks."""
    update = request.ragflow.documents.update
    outcome = _each(documents, lambda document: update(document, enabled=on))
    progress.wake(request.server, dataset.id)
    return outcome


def change_settings(
    request: DashboardRequest, dataset: Dataset, documents: Sequence[Document], change: Change
) -> Outcome:
    """Give each the chunk method and parser settings; a change of method deletes its chunks."""
    outcome = _each(documents, lambda document: change.send(request.ragflow, document))
    progress.wake(request.server, dataset.id)
    return outcome


def delete(request: DashboardRequest, dataset: Dataset, documents: Sequence[Document]) -> Outcome:
    """Delete them in one call; after a partial failure the client has asked RAGFlow what is really gone."""
    try:
        result = request.ragflow.documents.delete(documents)
    finally:
        progress.wake(request.server, dataset.id)
    return Outcome(
        done=list(result.deleted),
        failed=[(document, result.message or _("It is still there.")) for document in result.failed],
    )


def _started(request: DashboardRequest, dataset: Dataset, outcome: Outcome, batch: str) -> None:
    if outcome.done:
        runs.begin(request.server, dataset, request.user, outcome.done, batch)
    progress.wake(request.server, dataset.id)


def _each(documents: Sequence[Document], act: Callable[[Document], object]) -> Outcome:
    """Do it for each, one call at a time; what cannot be reached at all ends it."""
    outcome = Outcome()
    for position, document in enumerate(documents):
        try:
            act(document)
        except errors.NotFound:
            outcome.failed.append((document, _("It was deleted meanwhile.")))
        except (errors.Rejected, errors.ServerFault, errors.Garbled) as error:
            outcome.failed.append((document, error.message))
        except errors.RAGFlowError as error:
            if not outcome.done and not outcome.failed:
                raise
            outcome.failed.append((document, error.message))
            outcome.failed += [(other, _("Not tried any more.")) for other in documents[position + 1 :]]
            break
        else:
            outcome.done.append(document)
    return outcome


def report(request: DashboardRequest, verb: str, outcome: Outcome, missing: int) -> None:
    """Say it in toasts: what was done, what failed and why, and what was not there any more."""
    if outcome.done:
        count = len(outcome.done)
        names = {"name": outcome.done[0].name, "n": count}
        messages.success(
            request,
            {
                "parse": ngettext("Parsing %(name)s", "Parsing %(n)d documents", count),
                "recover": ngettext("Parsing %(name)s again", "Parsing %(n)d documents again", count),
                "stop": ngettext("Stopped %(name)s", "Stopped %(n)d documents", count),
                "delete": ngettext("Deleted %(name)s", "Deleted %(n)d documents", count),
                "enable": ngettext("Enabled %(name)s", "Enabled %(n)d documents", count),
                "disable": ngettext("Disabled %(name)s", "Disabled %(n)d documents", count),
            }[verb]
            % names,
        )
    if outcome.failed:
        count = len(outcome.failed)
        title = {
            "parse": ngettext("%(n)d document was not parsed", "%(n)d documents were not parsed", count),
            "recover": ngettext("%(n)d document was not recovered", "%(n)d documents were not recovered", count),
            "stop": ngettext("%(n)d document was not stopped", "%(n)d documents were not stopped", count),
            "delete": ngettext("%(n)d document was not deleted", "%(n)d documents were not deleted", count),
            "enable": ngettext("%(n)d document was not enabled", "%(n)d documents were not enabled", count),
            "settings": ngettext("%(n)d document was not changed", "%(n)d documents were not changed", count),
            "disable": ngettext("%(n)d document was not disabled", "%(n)d documents were not disabled", count),
        }[verb] % {"n": count}
        lines = [f"{document.name}: {reason}" for document, reason in outcome.failed[:5]]
        if count > 5:
            lines.append(_("and %(n)d more") % {"n": count - 5})
        messages.error(request, "\n".join([title, *lines]))
    if missing:
        messages.info(
            request,
            ngettext(
                "%(n)d document is not in this dataset any more",
                "%(n)d documents are not in this dataset any more",
                missing,
            )
            % {"n": missing}
            + "\n"
            + _("Somebody may have deleted it in another window."),
        )
