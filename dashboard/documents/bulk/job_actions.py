"""The actions on single documents, for buttons and jobs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy

from dashboard.documents.bulk.reparse_impact import edits_at_risk
from dashboard.documents.parsing import runs
from dashboard.documents.query.matched import matched
from dashboard.documents.settings_change import SettingsChange
from dashboard.jobs.registry import (
    Action,
    ActionContext,
    ActionFailed,
    ActionSkipped,
    ActionTarget,
    always,
    changed_since,
    register,
)
from dashboard.ragflow import errors
from dashboard.ragflow.types import RunStatus


def _only(options: Mapping[str, Any]) -> RunStatus | None:
    """The run status that the job's option ``only`` requires, if it has one."""
    return RunStatus(options["only"]) if options.get("only") else None


def _parse(turn: ActionContext) -> None:
    """Start parsing, which deletes the document's chunks immediately (contract §10.1)."""
    _expect(turn)
    turn.client.documents.parse(turn.document)


def _expect(turn: ActionContext) -> None:
    """With the option ``only``, skip documents that someone has parsed since, to keep their chunks."""
    only = _only(turn.options)
    moved = only and turn.document.run is not only
    if moved or (only is RunStatus.UNSTART and turn.document.chunk_count):
        raise ActionSkipped(_("Someone else already parsed it."))


def _recover(turn: ActionContext) -> None:
    """Stop the document and reparse it: RAGFlow rejects parsing what it considers running (contract §10.3)."""
    _expect(turn)
    document = turn.document
    if document.run is RunStatus.RUNNING:
        # Rejected if parsing has just ended or never started. Parsing will report any real problem.
        with suppress(errors.Rejected):
            turn.client.documents.stop(document)
        document = replace(document, run=RunStatus.CANCEL)
    turn.client.documents.parse(document)


def _parsing_began(turn: ActionContext) -> None:
    if turn.user is not None:
        runs.begin(turn.server, turn.dataset_id, turn.dataset_name, turn.user, [turn.document], batch=turn.batch)


def _stop(turn: ActionContext) -> None:
    """Stop parsing. RAGFlow deletes the document's chunks (contract §10.2)."""
    if turn.document.run is not RunStatus.RUNNING:
        raise ActionSkipped(_("It is not being parsed."))
    turn.client.documents.stop(turn.document)


def _switch(turn: ActionContext, *, on: bool) -> None:
    """Enable or disable the document. A disabled one keeps its chunks but is excluded from searches."""
    turn.client.documents.switch(turn.document, enabled=on)


def _delete(turn: ActionContext) -> None:
    outcome = turn.client.documents.delete([turn.document])
    if outcome.failed:
        raise ActionFailed(outcome.message or _("RAGFlow did not delete it."))


def _change_settings(turn: ActionContext) -> None:
    """Change chunk method and parser settings. Another method deletes the document's chunks (contract §9.3)."""
    change = SettingsChange(**turn.options)
    if not change.concerns(turn.document):
        raise ActionSkipped(_("It already has these settings."))
    change.send(turn.client, turn.document)


def _gone_as_wanted(_place: ActionTarget) -> None:
    return None


PARSE = register(
    Action(
        key="parse",
        collect=matched,
        label=_lazy("Start parsing"),
        icon="player-play",
        progress_text=_lazy("%(n)s of %(total)s started"),
        success_text=ngettext_lazy("Parsing %(name)s", "Parsing %(n)s documents", "n"),
        failure_text=ngettext_lazy("%(n)s document was not parsed", "%(n)s documents were not parsed", "n"),
        audited=("document.parse",),
        act=_parse,
        # RAGFlow rejects running documents itself. With ``only``, the status must be checked to keep chunks.
        unseen=lambda options: _only(options) is None,
        run_wanted=_only,
        done=_parsing_began,
        warn_before_retry=edits_at_risk,
    )
)
RECOVER = register(
    Action(
        key="recover",
        collect=matched,
        label=_lazy("Reparse"),
        icon="rotate-clockwise",
        progress_text=_lazy("%(n)s of %(total)s started"),
        success_text=ngettext_lazy("Reparsing %(name)s", "Reparsing %(n)s documents", "n"),
        failure_text=ngettext_lazy("%(n)s document was not recovered", "%(n)s documents were not recovered", "n"),
        audited=("document.parse",),
        act=_recover,
        run_wanted=_only,
        # A document that was stopped but not reparsed is not done.
        already_applied=lambda turn, mark: turn.document.run is not RunStatus.CANCEL and changed_since(turn, mark),
        done=_parsing_began,
        warn_before_retry=edits_at_risk,
    )
)
STOP = register(
    Action(
        key="stop",
        collect=matched,
        label=_lazy("Stop parsing"),
        icon="square",
        progress_text=_lazy("%(n)s of %(total)s stopped"),
        success_text=ngettext_lazy("Stopped %(name)s", "Stopped %(n)s documents", "n"),
        failure_text=ngettext_lazy("%(n)s document was not stopped", "%(n)s documents were not stopped", "n"),
        audited=("document.stop",),
        act=_stop,
        run_wanted=lambda _options: RunStatus.RUNNING,
        already_applied=lambda turn, _mark: turn.document.run is not RunStatus.RUNNING,
    )
)
ENABLE = register(
    Action(
        key="enable",
        collect=matched,
        label=_lazy("Enable"),
        icon="eye",
        progress_text=_lazy("%(n)s of %(total)s enabled"),
        success_text=ngettext_lazy("Enabled %(name)s", "Enabled %(n)s documents", "n"),
        failure_text=ngettext_lazy("%(n)s document was not enabled", "%(n)s documents were not enabled", "n"),
        audited=("document.update",),
        act=lambda turn: _switch(turn, on=True),
        unseen=always,
        already_applied=lambda turn, _mark: turn.document.enabled,
    )
)
DISABLE = register(
    Action(
        key="disable",
        collect=matched,
        label=_lazy("Disable"),
        icon="eye-off",
        progress_text=_lazy("%(n)s of %(total)s disabled"),
        success_text=ngettext_lazy("Disabled %(name)s", "Disabled %(n)s documents", "n"),
        failure_text=ngettext_lazy("%(n)s document was not disabled", "%(n)s documents were not disabled", "n"),
        audited=("document.update",),
        act=lambda turn: _switch(turn, on=False),
        unseen=always,
        already_applied=lambda turn, _mark: not turn.document.enabled,
    )
)
DELETE = register(
    Action(
        key="delete",
        collect=matched,
        label=_lazy("Delete"),
        icon="trash",
        progress_text=_lazy("%(n)s of %(total)s deleted"),
        success_text=ngettext_lazy("Deleted %(name)s", "Deleted %(n)s documents", "n"),
        failure_text=ngettext_lazy("%(n)s document was not deleted", "%(n)s documents were not deleted", "n"),
        audited=("document.delete",),
        act=_delete,
        unseen=always,
        already_applied=lambda _turn, _mark: False,
        on_missing=_gone_as_wanted,
        deletes=True,
    )
)
SETTINGS = register(
    Action(
        key="settings",
        collect=matched,
        label=_lazy("Change method and settings"),
        icon="adjustments",
        progress_text=_lazy("%(n)s of %(total)s changed"),
        success_text=ngettext_lazy("Settings of %(n)s document changed", "Settings of %(n)s documents changed", "n"),
        failure_text=ngettext_lazy("%(n)s document was not changed", "%(n)s documents were not changed", "n"),
        audited=("document.update",),
        act=_change_settings,
        already_applied=lambda turn, _mark: SettingsChange(**turn.options).arrived(turn.document),
    )
)
