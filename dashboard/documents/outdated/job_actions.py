"""Bringing documents to their dataset's settings: what a job does with each of them."""

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
    """What the job has to know: the settings that somebody agreed to, and whether the documents were ``named``.

    Named ones had older settings when it was asked. One that has the right ones by then was begun and not finished.
    """
    return {"chunk_method": dataset.chunk_method, "parser_config": dict(dataset.parser_config), "named": named}


def _is_older(turn: ActionContext) -> bool:
    current = fingerprint.marks(turn.options["chunk_method"], turn.options["parser_config"])
    return fingerprint.is_older(fingerprint.fingerprint(turn.document), current)


def _was_parsed(turn: ActionContext) -> bool:
    return turn.document.run is not RunStatus.UNSTART


def _apply(turn: ActionContext) -> None:
    """The settings, then parsing again. A new method deletes the chunks by itself (contract §9.3)."""
    older = _is_older(turn)
    if turn.document.run is RunStatus.RUNNING:
        if older:
            raise ActionFailed(_("It is being parsed. Try again when that is done."))
        raise ActionSkipped(_("It is being parsed with these settings."))
    if not older and not (turn.options.get("named") and _was_parsed(turn)):
        raise ActionSkipped(_("It has these settings already."))
    if older:
        document, method = turn.document, turn.options["chunk_method"]
        method, config = fingerprint.settings_for(document, method, turn.options["parser_config"])
        turn.client.documents.update(document, chunk_method=method, parser_config=config, just_read=True)
    _parse(turn)


def _parse(turn: ActionContext) -> None:
    """What was never parsed is left to whoever uploaded it."""
    if not _was_parsed(turn):
        return
    try:
        turn.client.documents.parse(turn.document)
    except errors.Rejected as error:
        raise ActionFailed(
            _("It has the settings, but was not parsed again: %(reason)s") % {"reason": error.message}
        ) from error


def _arrived(turn: ActionContext, mark: str) -> bool:
    """A worker that died between the two calls left the new settings and the old chunks: then parsing is sent now."""
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
        label=_lazy("Apply the dataset's settings and parse again"),
        icon="adjustments",
        progress_text=_lazy("%(n)s of %(total)s done"),
        success_text=ngettext_lazy("Settings applied to %(name)s", "Settings applied to %(n)s documents", "n"),
        failure_text=ngettext_lazy(
            "%(n)s document keeps its older settings", "%(n)s documents keep their older settings", "n"
        ),
        audited=("document.update", "document.parse"),
        act=_apply,
        already_applied=_arrived,
        done=_began,
    )
)
