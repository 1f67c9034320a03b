"""What is done with documents, one at a time: the actions of buttons and jobs alike."""

from __future__ import annotations

from contextlib import suppress

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy

from dashboard.documents.bulk.reparse_impact import edits_lost
from dashboard.documents.detail.settings_change import Change
from dashboard.documents.parsing import runs
from dashboard.documents.query.matched import matched
from dashboard.jobs.registry import Action, NotDone, Place, Turn, Unneeded, changed_since, register
from dashboard.ragflow import errors
from dashboard.ragflow.types import RunStatus


def _parse(turn: Turn) -> None:
    """Its chunks go at once (contract §10.1)."""
    _expect(turn)
    turn.client.documents.parse(turn.document)


def _expect(turn: Turn) -> None:
    """With the option ``only``, leave alone what was parsed by somebody since: its chunks are not to be lost."""
    only = turn.options.get("only")
    moved = only and turn.document.run.value != only
    if moved or (only == RunStatus.UNSTART.value and turn.document.chunk_count):
        raise Unneeded(_("Somebody had it parsed meanwhile."))


def _recover(turn: Turn) -> None:
    """Stop it and parse it again: RAGFlow refuses to parse what it believes to be running (contract §10.3)."""
    _expect(turn)
    if turn.document.run is RunStatus.RUNNING:
        # Refused when it ended in this very moment, or never really began; parsing it says more.
        with suppress(errors.Rejected):
            turn.client.documents.stop(turn.document)
    turn.client.documents.parse(turn.document)


def _parsing_began(turn: Turn) -> None:
    if turn.user is not None:
        runs.begin(turn.server, turn.dataset_id, turn.dataset_name, turn.user, [turn.document], batch=turn.batch)


def _stop(turn: Turn) -> None:
    """The chunks it had are deleted by RAGFlow (contract §10.2)."""
    if turn.document.run is not RunStatus.RUNNING:
        raise Unneeded(_("It is not being parsed."))
    turn.client.documents.stop(turn.document)


def _switch(turn: Turn, *, on: bool) -> None:
    """What is disabled is found by no search, but keeps its chunks."""
    turn.client.documents.update(turn.document, enabled=on)


def _delete(turn: Turn) -> None:
    outcome = turn.client.documents.delete([turn.document])
    if outcome.failed:
        raise NotDone(outcome.message or _("It is still there."))


def _change_settings(turn: Turn) -> None:
    """Chunk method and parser settings; another method deletes its chunks (contract §9.3)."""
    change = Change(**turn.options)
    if not change.concerns(turn.document):
        raise Unneeded(_("It has these settings already."))
    change.send(turn.client, turn.document)


def _gone_as_wanted(_place: Place) -> None:
    return None


PARSE = register(
    Action(
        key="parse",
        collect=matched,
        label=_lazy("Start parsing"),
        icon="player-play",
        counted=_lazy("%(n)s of %(total)s started"),
        told=ngettext_lazy("Parsing %(name)s", "Parsing %(n)s documents", "n"),
        untold=ngettext_lazy("%(n)s document was not parsed", "%(n)s documents were not parsed", "n"),
        audited=("document.parse",),
        act=_parse,
        done=_parsing_began,
        warn_before_retry=edits_lost,
    )
)
RECOVER = register(
    Action(
        key="recover",
        collect=matched,
        label=_lazy("Parse again"),
        icon="rotate-clockwise",
        counted=_lazy("%(n)s of %(total)s started"),
        told=ngettext_lazy("Parsing %(name)s again", "Parsing %(n)s documents again", "n"),
        untold=ngettext_lazy("%(n)s document was not recovered", "%(n)s documents were not recovered", "n"),
        audited=("document.parse",),
        act=_recover,
        # One that was stopped and not parsed yet is not done.
        arrived=lambda turn, mark: turn.document.run is not RunStatus.CANCEL and changed_since(turn, mark),
        done=_parsing_began,
        warn_before_retry=edits_lost,
    )
)
STOP = register(
    Action(
        key="stop",
        collect=matched,
        label=_lazy("Stop parsing"),
        icon="square",
        counted=_lazy("%(n)s of %(total)s stopped"),
        told=ngettext_lazy("Stopped %(name)s", "Stopped %(n)s documents", "n"),
        untold=ngettext_lazy("%(n)s document was not stopped", "%(n)s documents were not stopped", "n"),
        audited=("document.stop",),
        act=_stop,
        arrived=lambda turn, _mark: turn.document.run is not RunStatus.RUNNING,
    )
)
ENABLE = register(
    Action(
        key="enable",
        collect=matched,
        label=_lazy("Enable"),
        icon="eye",
        counted=_lazy("%(n)s of %(total)s enabled"),
        told=ngettext_lazy("Enabled %(name)s", "Enabled %(n)s documents", "n"),
        untold=ngettext_lazy("%(n)s document was not enabled", "%(n)s documents were not enabled", "n"),
        audited=("document.update",),
        act=lambda turn: _switch(turn, on=True),
        arrived=lambda turn, _mark: turn.document.enabled,
    )
)
DISABLE = register(
    Action(
        key="disable",
        collect=matched,
        label=_lazy("Disable"),
        icon="eye-off",
        counted=_lazy("%(n)s of %(total)s disabled"),
        told=ngettext_lazy("Disabled %(name)s", "Disabled %(n)s documents", "n"),
        untold=ngettext_lazy("%(n)s document was not disabled", "%(n)s documents were not disabled", "n"),
        audited=("document.update",),
        act=lambda turn: _switch(turn, on=False),
        arrived=lambda turn, _mark: not turn.document.enabled,
    )
)
DELETE = register(
    Action(
        key="delete",
        collect=matched,
        label=_lazy("Delete"),
        icon="trash",
        counted=_lazy("%(n)s of %(total)s deleted"),
        told=ngettext_lazy("Deleted %(name)s", "Deleted %(n)s documents", "n"),
        untold=ngettext_lazy("%(n)s document was not deleted", "%(n)s documents were not deleted", "n"),
        audited=("document.delete",),
        act=_delete,
        arrived=lambda _turn, _mark: False,
        gone=_gone_as_wanted,
        deletes=True,
    )
)
SETTINGS = register(
    Action(
        key="settings",
        collect=matched,
        label=_lazy("Change method and settings"),
        icon="adjustments",
        counted=_lazy("%(n)s of %(total)s changed"),
        told=ngettext_lazy("Settings of %(n)s document changed", "Settings of %(n)s documents changed", "n"),
        untold=ngettext_lazy("%(n)s document was not changed", "%(n)s documents were not changed", "n"),
        audited=("document.update",),
        act=_change_settings,
        arrived=lambda turn, _mark: Change(**turn.options).arrived(turn.document),
    )
)
