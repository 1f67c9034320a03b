"""The job action that applies the dataset's settings to a document and reparses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy

from dashboard.documents.bulk import job_actions as document_actions
from dashboard.documents.outdated.report import ACTION
from dashboard.documents.parsing import fingerprint
from dashboard.documents.query.matched import matched
from dashboard.jobs.registry import Action, ActionContext, ActionFailed, ActionSkipped, register
from dashboard.ragflow import errors
from dashboard.ragflow.types import Dataset, RunStatus


def options(dataset: Dataset, *, named: bool) -> Mapping[str, Any]:
    """The job's options: the confirmed settings, and whether the documents were ``named``.

    Named documents were outdated at confirmation. One that has the right settings by its turn was left half done.
    """
    return {"chunk_method": dataset.chunk_method, "parser_config": dict(dataset.parser_config), "named": named}


def _is_older(turn: ActionContext) -> bool:
    current = fingerprint.marks(turn.options["chunk_method"], turn.options["parser_config"])
    return fingerprint.is_older(fingerprint.fingerprint(turn.document), current)


def _was_parsed(turn: ActionContext) -> bool:
    return turn.document.run is not RunStatus.UNSTART


def _apply(turn: ActionContext) -> None:
    """Apply the settings, then reparse. A new method already deletes the chunks (contract §9.3)."""
    older = _is_older(turn)
    if turn.document.run is RunStatus.RUNNING:
        if older:
            raise ActionFailed(_("It is being parsed. Try again when parsing has finished."))
        raise ActionSkipped(_("It is already being parsed with these settings."))
    if not older and not (turn.options.get("named") and _was_parsed(turn)):
        raise ActionSkipped(_("It already has these settings."))
    if older:
        document, method = turn.document, turn.options["chunk_method"]
        method, config = fingerprint.settings_for(document, method, turn.options["parser_config"])
        turn.client.documents.update(document, chunk_method=method, parser_config=config, just_read=True)
    _parse(turn)


def _parse(turn: ActionContext) -> None:
    """Whether the document was never parsed: then only its settings are changed."""
    if not _was_parsed(turn):
        return
    try:
        turn.client.documents.parse(turn.document)
    except errors.Rejected as error:
        raise ActionFailed(
            _("The settings were applied, but it was not reparsed: %(reason)s") % {"reason": error.message}
        ) from error


def _arrived(turn: ActionContext, mark: str) -> bool:
    """Whether both steps are done. A worker that died between them left new settings with old chunks."""
    if _is_older(turn):
        return False
    if _was_parsed(turn) and mark.endswith(f" {turn.document.run.value}"):
        _parse(turn)
    return True


def _began(turn: ActionContext) -> None:
    if _was_parsed(turn):
        document_actions.PARSE.done(turn)


APPLY = register(
    Action(
        key=ACTION,
        collect=matched,
        label=_lazy("Apply the dataset's settings and reparse"),
        icon="adjustments",
        progress_text=_lazy("%(n)s of %(total)s done"),
        success_text=ngettext_lazy("Settings applied to %(name)s", "Settings applied to %(n)s documents", "n"),
        failure_text=ngettext_lazy(
            "%(n)s document keeps its outdated settings", "%(n)s documents keep their outdated settings", "n"
        ),
        audited=("document.update", "document.parse"),
        act=_apply,
        already_applied=_arrived,
        done=_began,
    )
)
