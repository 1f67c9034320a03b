"""The job action that changes the metadata of one document."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext_lazy

from dashboard.jobs.registry import Action, ActionContext, ActionFailed, ActionSkipped, Link, register
from dashboard.metadata import edits
from dashboard.models import Job, Server

KEY = "metadata"


def _change(turn: ActionContext) -> None:
    before, after = turn.payload["before"], turn.payload["after"]
    if edits.is_done(turn.document, before, after):
        raise ActionSkipped(_("No change needed."))
    try:
        edits.carry_out(turn.client, turn.document, before, after)
    except edits.Moved as moved:
        raise ActionFailed(str(moved)) from None


def _links(server: Server, job: Job) -> Sequence[Link]:
    return (
        Link(_("Undo"), "arrow-back-up", f"{server.url('metadata:import', job.dataset_id)}?undo={job.pk}"),
        Link(_("Undo file"), "download", server.url("metadata:undo", job.dataset_id, job.pk)),
    )


CHANGE = register(
    Action(
        key=KEY,
        label=_lazy("Change metadata"),
        icon="tags",
        progress_text=_lazy("%(n)s of %(total)s changed"),
        success_text=ngettext_lazy("Metadata of %(name)s changed", "Metadata of %(n)s documents changed", "n"),
        failure_text=ngettext_lazy("%(n)s document was not changed", "%(n)s documents were not changed", "n"),
        audited=("document.metadata",),
        act=_change,
        already_applied=lambda turn, _mark: edits.is_done(turn.document, turn.payload["before"], turn.payload["after"]),
        links=_links,
    )
)
