"""What jobs do with chunks, one at a time: switch them on or off, delete them."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy

from dashboard.jobs.registry import Action, ActionContext, ActionFailed, ActionSkipped, always, register
from dashboard.journal import edits
from dashboard.ragflow import errors
from dashboard.ragflow.types import Chunk


def _chunk(turn: ActionContext) -> Chunk:
    chunk = turn.client.chunks.get(turn.dataset_id, turn.document.id, str(turn.payload["id"]))
    return replace(chunk, document_name=turn.document.name)


def _switch(turn: ActionContext, *, on: bool) -> None:
    """Content, keywords and questions are sent along, or RAGFlow would compute a wrong vector (contract §12.3)."""
    chunk = _chunk(turn)
    if chunk.available == on:
        raise ActionSkipped(_("It is on already.") if on else _("It is off already."))
    edits.note(turn.server, turn.user, chunk, turn.client.chunks.update(chunk, available=on))


def _delete(turn: ActionContext) -> None:
    try:
        chunk = _chunk(turn)
    except errors.NotFound:
        raise ActionSkipped(_("It was deleted meanwhile.")) from None
    outcome = turn.client.chunks.delete(turn.document, [chunk])
    if outcome.failed:
        raise ActionFailed(outcome.message or _("It is still there."))
    edits.note(turn.server, turn.user, chunk, None)


def _not_known(_turn: ActionContext, _mark: str) -> bool:
    """Chunks have no time of change: who finds one begun looks at the chunk itself."""
    return False


ON = register(
    Action(
        key="chunks-on",
        label=_lazy("Switch chunks on"),
        icon="eye",
        progress_text=_lazy("%(n)s of %(total)s switched on"),
        success_text=ngettext_lazy("Switched 1 chunk on", "Switched %(n)s chunks on", "n"),
        failure_text=ngettext_lazy("%(n)s chunk was not switched on", "%(n)s chunks were not switched on", "n"),
        audited=("chunk.update",),
        act=lambda turn: _switch(turn, on=True),
        already_applied=_not_known,
        unseen=always,
        targets_chunks=True,
    )
)
OFF = register(
    Action(
        key="chunks-off",
        label=_lazy("Switch chunks off"),
        icon="eye-off",
        progress_text=_lazy("%(n)s of %(total)s switched off"),
        success_text=ngettext_lazy("Switched 1 chunk off", "Switched %(n)s chunks off", "n"),
        failure_text=ngettext_lazy("%(n)s chunk was not switched off", "%(n)s chunks were not switched off", "n"),
        audited=("chunk.update",),
        act=lambda turn: _switch(turn, on=False),
        already_applied=_not_known,
        unseen=always,
        targets_chunks=True,
    )
)
DELETE = register(
    Action(
        key="chunks-delete",
        label=_lazy("Delete chunks"),
        icon="trash",
        progress_text=_lazy("%(n)s of %(total)s deleted"),
        success_text=ngettext_lazy("Deleted 1 chunk", "Deleted %(n)s chunks", "n"),
        failure_text=ngettext_lazy("%(n)s chunk was not deleted", "%(n)s chunks were not deleted", "n"),
        audited=("chunk.delete",),
        act=_delete,
        already_applied=_not_known,
        unseen=always,
        targets_chunks=True,
    )
)
