"""RAGFlow's errors in words: what happened, why that may be, and what to do. One entry per branch of the tree."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.ragflow import errors

Words = str | Promise


@dataclass(frozen=True)
class ErrorHelp:
    """``title`` for the page, an ``icon``, the likely ``reasons`` (maybe none)."""

    title: Words
    icon: str
    reasons: tuple[Words, ...] = ()


_RESTART = _("RAGFlow is restarting. It takes about a minute to come up.")
_FAULTS: dict[type[errors.RAGFlowError], ErrorHelp] = {
    errors.TimedOut: ErrorHelp(
        _("RAGFlow takes too long"),
        "clock-exclamation",
        (
            _("The server is busy, often with parsing. Try again in a minute."),
            _("One of its parts (database, document engine, storage) hangs; the overview shows them."),
        ),
    ),
    errors.TooSlow: ErrorHelp(
        _("RAGFlow's answer comes too slowly"),
        "clock-exclamation",
        (
            _("The network between this dashboard and the server is slow or loses much on the way."),
            _("A proxy in front of the server holds answers back."),
            _("If such answers are right here, an administrator can raise RAGFLOW_ANSWER_TIMEOUT."),
        ),
    ),
    errors.Unreachable: ErrorHelp(
        _("RAGFlow does not answer"),
        "plug-connected-x",
        (
            _RESTART,
            _("Its address or port changed. An administrator sets it."),
            _("A firewall or VPN stands between this dashboard and the server."),
        ),
    ),
    errors.Unauthorized: ErrorHelp(
        _("RAGFlow refuses the API key"),
        "key-off",
        (
            _("The key was deleted in RAGFlow, or belongs to another server."),
            _("An administrator makes a new one in RAGFlow and gives it to this dashboard."),
        ),
    ),
    errors.NotFound: ErrorHelp(
        _("This is no longer there"),
        "file-unknown",
        (
            _("It was deleted, perhaps in another tab or by somebody else."),
            _("It belongs to another RAGFlow account: the dashboard sees what its API key may see."),
        ),
    ),
    errors.Rejected: ErrorHelp(_("RAGFlow said no"), "hand-stop"),
    errors.ServerError: ErrorHelp(
        _("RAGFlow failed"),
        "server-off",
        (
            _("One of its parts is down; the overview shows them."),
            _("The model behind it does not answer or is not configured."),
            _RESTART,
        ),
    ),
    errors.InvalidResponse: ErrorHelp(
        _("RAGFlow's answer cannot be read"),
        "file-broken",
        (
            _("Something stands between and answers in its place: a proxy, a sign-in page."),
            _("The address is that of RAGFlow's web page, not of its API."),
            _("The connection broke off in the middle of the answer."),
        ),
    ),
    errors.TooLarge: ErrorHelp(
        _("RAGFlow's answer is too large"),
        "file-broken",
        (
            _("Ask for less: a shorter page, or a filter."),
            _("Something stands between and answers in its place: a proxy, a sign-in page."),
            _("If such answers are right here, an administrator can raise RAGFLOW_JSON_MAX_MB."),
        ),
    ),
    errors.StreamInterrupted: ErrorHelp(
        _("The answer broke off"),
        "plug-connected-x",
        (_RESTART, _("A proxy between ends long answers early.")),
    ),
    errors.UploadAborted: ErrorHelp(
        _("The upload broke off"),
        "cloud-off",
        (_("The connection between your browser and the dashboard was lost."),),
    ),
}
_OTHER = ErrorHelp(_("RAGFlow could not do this"), "alert-triangle")


def explain(error: errors.RAGFlowError) -> ErrorHelp:
    """The words for this error: those of its class, else of the nearest above it."""
    return next((_FAULTS[kind] for kind in type(error).__mro__ if kind in _FAULTS), _OTHER)
