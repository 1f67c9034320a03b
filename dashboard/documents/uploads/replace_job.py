"""Files with the name of an existing document: finding them before the upload, and replacing the document.

The old document is deleted only after the new one was parsed. A job waits for that, so it survives restarts and is
shown in Activity. Until then both exist, the new one under the name that RAGFlow chose. An old document whose deletion
would destroy a file in the file manager (originals.py) is disabled instead, and keeps its name, which is also that of
the file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

import msgspec
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy

from dashboard.core.formatting import visible
from dashboard.documents import originals
from dashboard.documents.parsing.entries import tail
from dashboard.documents.query import document_names
from dashboard.jobs import service
from dashboard.jobs.registry import Action, ActionContext, ActionFailed, ActionTarget, RetryLater, register
from dashboard.models import Job, JobItem, ParsedDocument, Server
from dashboard.ragflow import RAGFlow, errors, parallel
from dashboard.ragflow.http.json_repair import decode
from dashboard.ragflow.names import folded
from dashboard.ragflow.types import Dataset, Document, Page, RunStatus

# The most names per request. A few are looked up individually; for many, the list is read if that is cheaper.
NAMES: Final = 200
NAMES_BYTES: Final = 256 * 1024
EACH: Final = 10
PAGE: Final = 500
PAGES: Final = 10
# How often a document that is being parsed is checked; one that is not, less and less often.
SOON: Final = 3.0
RARELY: Final = 300.0


class _Asked(msgspec.Struct):
    names: list[str]


_asked = msgspec.json.Decoder(_Asked)


def asked_names(body: bytes) -> list[str] | None:
    """The names in ``{"names": […]}``; None for anything else, or for too many."""
    if len(body) > NAMES_BYTES:
        return None
    try:
        names = decode(body, _asked).names
    except msgspec.DecodeError:
        return None
    return names if len(names) <= NAMES else None


def same_names(ragflow: RAGFlow, dataset: Dataset, names: Sequence[str]) -> dict[str, Document]:
    """The documents of the dataset with one of these names, by the given name.

    Ignores case, like RAGFlow's own duplicate check, and, unlike it, the Unicode form. For a few names it makes one or
    two calls each.
    """
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return {}

    def one(name: str) -> Callable[[], Document | None]:
        return lambda: ragflow.documents.find(dataset.id, name)

    size = ragflow.documents.rows_at_once(PAGE)

    def page(number: int) -> Callable[[], Page[Document]]:
        return lambda: ragflow.documents.list(dataset.id, number, size, "create_time", False)

    if len(wanted) > EACH:
        first = page(1)()
        if (first.pages or 1) <= max(PAGES, len(wanted)):
            rest = parallel(*(page(number) for number in range(2, (first.pages or 1) + 1)))
            documents = [document for part in (first, *rest) for document in part]
            by_name = {folded(document.name): document for document in documents}
            by_name |= {document.name: document for document in documents}
            alike = {name: by_name.get(name) or by_name.get(folded(name)) for name in wanted}
            return {name: document for name, document in alike.items() if document is not None}
    found = parallel(*(one(name) for name in wanted))
    return {name: document for name, document in zip(wanted, found, strict=True) if document is not None}


def copy_settings(ragflow: RAGFlow, old: Document, new: Document) -> Document:
    """Copy method, settings, metadata and the enabled state from the old document to the new one."""
    meta = {key: value for key, value in old.meta_fields.items() if key not in new.meta_fields}
    changed: dict[str, Any] = {}
    if old.chunk_method != new.chunk_method:
        changed |= {"chunk_method": old.chunk_method, "parser_config": old.parser_config}
    elif config := {key: value for key, value in old.parser_config.items() if new.parser_config.get(key) != value}:
        changed["parser_config"] = config
    if meta:
        changed["meta_fields"] = {**new.meta_fields, **meta}
    if old.enabled != new.enabled:
        changed["enabled"] = old.enabled
    return ragflow.documents.update(new, **changed) if changed else new


def waits_for(server: Server, old: Document) -> bool:
    """Whether another upload is already replacing this document."""
    open_items = JobItem.objects.filter(state__in=(JobItem.State.WAITING, JobItem.State.STARTED), document_id=old.id)
    return open_items.filter(job__server=server, job__action=REPLACE.key, job__ended_at=None).exists()


def begin(server: Server, dataset: Dataset, user: User, old: Document, new: Document, *, batch: str) -> Job:
    """Delete ``old`` once ``new`` is parsed. All files of one upload panel share one job."""
    payload = {"new": new.id, "name": old.name, "since": time.time()}
    if batch:
        return service.join(server, dataset, user, REPLACE.key, old, batch=batch, payload=payload)
    return service.create_for(server, dataset, user, REPLACE.key, [old], payloads={old.id: payload})


def _waits(place: ActionTarget) -> float:
    """Whether our own poll will report the end of parsing, so that RAGFlow need not be asked."""
    parsing = ParsedDocument.objects.filter(
        run__server=place.server, document_id=place.payload["new"], outcome=ParsedDocument.Outcome.OPEN
    )
    return _patience(place, 20, most=60) if parsing.exists() else 0


def _patience(place: ActionTarget, part: float, most: float) -> float:
    """Seconds until the next check, which grow with the time waited."""
    age: float = time.time() - place.payload["since"]
    return min(max(age / part, SOON), most)


def _replace(turn: ActionContext) -> None:
    try:
        new = turn.client.documents.get(turn.dataset_id, turn.payload["new"])
    except errors.NotFound:
        raise ActionFailed(_("Kept, because the new document no longer exists.")) from None
    if new.run is RunStatus.RUNNING:
        raise RetryLater(_patience(turn, 20, most=60))
    if new.run is RunStatus.UNSTART:
        raise RetryLater(_patience(turn, 10, most=RARELY))
    if new.run is not RunStatus.DONE:
        why = tail(new.progress_msg, failed=True) or _("its parsing was cancelled.")
        raise ActionFailed(_("Kept, because the new document was not parsed: %(why)s") % {"why": why})
    if not new.chunk_count:
        raise ActionFailed(_("Kept, because the new document has no chunks."))
    if originals.among(turn.server, turn.client, [turn.document]):
        _keep(turn, new)
    outcome = turn.client.documents.delete([turn.document])
    if outcome.failed:
        raise ActionFailed(outcome.message or _("RAGFlow did not delete it."))
    _rename(turn, new)


def _keep(turn: ActionContext, new: Document) -> NoReturn:
    """Disable the old document instead of deleting it. Raises ActionFailed with the reason."""
    turn.client.documents.update(turn.document, enabled=False)
    raise ActionFailed(
        _(
            "Disabled instead of deleted, because it is linked from RAGFlow's file manager and deleting it would"
            " destroy the original there. The new document is called %(name)s."
        )
        % {"name": visible(new.name)}
    )


def _gone(place: ActionTarget) -> None:
    """Rename the new document once the old one no longer exists."""
    try:
        new = place.client.documents.get(place.dataset_id, place.payload["new"])
    except errors.NotFound:
        raise ActionFailed(_("Neither the old nor the new document exists any more.")) from None
    _rename(place, new)


def _rename(place: ActionTarget, new: Document) -> None:
    if new.name == place.payload["name"]:
        return
    try:
        place.client.documents.update(new, name=place.payload["name"])
    except errors.Rejected as error:
        words = {"name": new.name, "why": error.message}
        raise ActionFailed(_("Replaced, but the new document is still called %(name)s: %(why)s") % words) from None
    document_names.remember(place.server, [(new.id, place.payload["name"])])


REPLACE = register(
    Action(
        key="replace",
        label=_lazy("Replace when parsed"),
        icon="replace",
        progress_text=_lazy("%(n)s of %(total)s replaced"),
        success_text=ngettext_lazy("Replaced %(name)s", "Replaced %(n)s documents", "n"),
        failure_text=ngettext_lazy("%(n)s document was not replaced", "%(n)s documents were not replaced", "n"),
        audited=("document.delete",),
        act=_replace,
        already_applied=lambda _turn, _mark: False,
        on_missing=_gone,
        delay=_waits,
    )
)
