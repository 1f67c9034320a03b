"""Job actions for chunks: turn them on or off, and delete them."""

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
    """Turn a chunk on or off. Its text is sent too, or RAGFlow would compute a wrong vector (contract §12.3)."""
    chunk = _chunk(turn)
    if chunk.available == on:
        raise ActionSkipped(_("Already on.") if on else _("Already off."))
    edits.note(turn.server, turn.user, chunk, turn.client.chunks.update(chunk, available=on))


def _delete(turn: ActionContext) -> None:
    try:
        chunk = _chunk(turn)
    except errors.NotFound:
        raise ActionSkipped(_("It no longer exists.")) from None
    outcome = turn.client.chunks.delete(turn.document, [chunk])
    if outcome.failed:
        raise ActionFailed(outcome.message or _("RAGFlow did not delete it."))
    edits.note(turn.server, turn.user, chunk, None)


def _not_known(_turn: ActionContext, _mark: str) -> bool:
    """Chunks have no modification time, so an interrupted action checks the chunk itself."""
    return False


ON = register(
    Action(
        key="chunks-on",
        label=_lazy("Turn chunks on"),
        icon="eye",
        progress_text=_lazy("%(n)s of %(total)s turned on"),
        success_text=ngettext_lazy("Turned on 1 chunk", "Turned on %(n)s chunks", "n"),
        failure_text=ngettext_lazy("%(n)s chunk not turned on", "%(n)s chunks not turned on", "n"),
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
        label=_lazy("Turn chunks off"),
        icon="eye-off",
        progress_text=_lazy("%(n)s of %(total)s turned off"),
        success_text=ngettext_lazy("Turned off 1 chunk", "Turned off %(n)s chunks", "n"),
        failure_text=ngettext_lazy("%(n)s chunk not turned off", "%(n)s chunks not turned off", "n"),
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
        failure_text=ngettext_lazy("%(n)s chunk not deleted", "%(n)s chunks not deleted", "n"),
        audited=("chunk.delete",),
        act=_delete,
        already_applied=_not_known,
        unseen=always,
        targets_chunks=True,
    )
)
