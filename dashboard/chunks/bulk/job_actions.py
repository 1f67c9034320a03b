"""What jobs do with chunks, one at a time: switch them on or off, delete them."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy

from dashboard.jobs.registry import Action, NotDone, Turn, Unneeded, register
from dashboard.journal import edits
from dashboard.ragflow import errors
from dashboard.ragflow.types import Chunk


def _chunk(turn: Turn) -> Chunk:
    chunk = turn.client.chunks.get(turn.dataset_id, turn.document.id, str(turn.payload["id"]))
    return replace(chunk, document_name=turn.document.name)


def _switch(turn: Turn, *, on: bool) -> None:
    """Content, keywords and questions are sent along, or RAGFlow would compute a wrong vector (contract §12.3)."""
    chunk = _chunk(turn)
    if chunk.available == on:
        raise Unneeded(_("It is on already.") if on else _("It is off already."))
    edits.note(turn.server, turn.user, chunk, turn.client.chunks.update(chunk, available=on))


def _delete(turn: Turn) -> None:
    try:
        chunk = _chunk(turn)
    except errors.NotFound:
        raise Unneeded(_("It was deleted meanwhile.")) from None
    outcome = turn.client.chunks.delete(turn.document, [chunk])
    if outcome.failed:
        raise NotDone(outcome.message or _("It is still there."))
    edits.note(turn.server, turn.user, chunk, None)


def _not_known(_turn: Turn, _mark: str) -> bool:
    """Chunks have no time of change: who finds one begun looks at the chunk itself."""
    return False


ON = register(
    Action(
        key="chunks-on",
        label=_lazy("Switch chunks on"),
        icon="eye",
        counted=_lazy("%(n)s of %(total)s switched on"),
        told=ngettext_lazy("Switched 1 chunk on", "Switched %(n)s chunks on", "n"),
        untold=ngettext_lazy("%(n)s chunk was not switched on", "%(n)s chunks were not switched on", "n"),
        audited=("chunk.update",),
        act=lambda turn: _switch(turn, on=True),
        arrived=_not_known,
        of_parts=True,
    )
)
OFF = register(
    Action(
        key="chunks-off",
        label=_lazy("Switch chunks off"),
        icon="eye-off",
        counted=_lazy("%(n)s of %(total)s switched off"),
        told=ngettext_lazy("Switched 1 chunk off", "Switched %(n)s chunks off", "n"),
        untold=ngettext_lazy("%(n)s chunk was not switched off", "%(n)s chunks were not switched off", "n"),
        audited=("chunk.update",),
        act=lambda turn: _switch(turn, on=False),
        arrived=_not_known,
        of_parts=True,
    )
)
DELETE = register(
    Action(
        key="chunks-delete",
        label=_lazy("Delete chunks"),
        icon="trash",
        counted=_lazy("%(n)s of %(total)s deleted"),
        told=ngettext_lazy("Deleted 1 chunk", "Deleted %(n)s chunks", "n"),
        untold=ngettext_lazy("%(n)s chunk was not deleted", "%(n)s chunks were not deleted", "n"),
        audited=("chunk.delete",),
        act=_delete,
        arrived=_not_known,
        of_parts=True,
    )
)
