"""Explains RAGFlow's errors to users: what happened, the likely reasons, and what to do. One entry per error class."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard.ragflow import errors

Words = str | Promise


@dataclass(frozen=True)
class ErrorHelp:
    """The page's ``title``, an ``icon``, and the likely ``reasons`` (may be empty)."""

    title: Words
    icon: str
    reasons: tuple[Words, ...] = ()


_RESTART = _("RAGFlow is restarting, which takes about a minute.")
_FAULTS: dict[type[errors.RAGFlowError], ErrorHelp] = {
    errors.TimedOut: ErrorHelp(
        _("RAGFlow timed out"),
        "clock-exclamation",
        (
            _("The server is busy, often with parsing. Try again in a minute."),
            _("One of its services (database, document engine, storage) is not responding. Check the overview."),
        ),
    ),
    errors.TooSlow: ErrorHelp(
        _("RAGFlow's response is too slow"),
        "clock-exclamation",
        (
            _("The network between this dashboard and the server is slow or loses packets."),
            _("A proxy in front of the server is buffering responses."),
            _("If slow responses are expected here, an administrator can raise RAGFLOW_ANSWER_TIMEOUT."),
        ),
    ),
    errors.Unreachable: ErrorHelp(
        _("RAGFlow is not responding"),
        "plug-connected-x",
        (
            _RESTART,
            _("Its address or port has changed. An administrator can update it under Servers."),
            _("A firewall or VPN blocks the connection from this dashboard."),
        ),
    ),
    errors.TLSFailed: ErrorHelp(
        _("No secure connection to RAGFlow"),
        "lock",
        (
            _("The server's certificate was renewed, has expired, or is not from a known authority."),
            _("An administrator can test the connection under Servers."),
        ),
    ),
    errors.Unauthorized: ErrorHelp(
        _("RAGFlow rejected the API key"),
        "key-off",
        (
            _("The key was deleted in RAGFlow, or belongs to another server."),
            _("An administrator can create a new key in RAGFlow and enter it under Servers."),
        ),
    ),
    errors.NotFound: ErrorHelp(
        _("This no longer exists"),
        "file-unknown",
        (
            _("It was deleted, perhaps in another tab or by someone else."),
            _("It belongs to another RAGFlow account. The dashboard only sees what its API key can access."),
        ),
    ),
    errors.NotPermitted: ErrorHelp(
        _("You may not change this"),
        "lock",
        (_("Your role in this dataset or on this server lets you see it, not change it. Ask an administrator."),),
    ),
    errors.Rejected: ErrorHelp(_("RAGFlow rejected the request"), "hand-stop"),
    errors.ServerError: ErrorHelp(
        _("RAGFlow failed"),
        "server-off",
        (
            _("One of its services is down. Check the overview."),
            _("A model is not responding or not configured."),
            _RESTART,
        ),
    ),
    errors.InvalidResponse: ErrorHelp(
        _("RAGFlow sent an invalid response"),
        "file-broken",
        (
            _("Something else answered in its place, such as a proxy or a sign-in page."),
            _("The configured address is RAGFlow's web interface, not its API."),
            _("The connection was lost in the middle of the response."),
        ),
    ),
    errors.TooLarge: ErrorHelp(
        _("RAGFlow's response is too large"),
        "file-broken",
        (
            _("Request less: use a smaller page or a filter."),
            _("Something else answered in its place, such as a proxy or a sign-in page."),
            _("If responses of this size are expected here, an administrator can raise RAGFLOW_JSON_MAX_MB."),
        ),
    ),
    errors.Upgraded: ErrorHelp(
        _("RAGFlow was upgraded"),
        "refresh",
        (_("Reload the page. Nothing was changed by this request."),),
    ),
    errors.StreamInterrupted: ErrorHelp(
        _("The response was cut off"),
        "plug-connected-x",
        (_RESTART, _("A proxy is cutting off long responses.")),
    ),
    errors.UploadAborted: ErrorHelp(
        _("The upload was interrupted"),
        "cloud-off",
        (_("The connection between your browser and the dashboard was lost."),),
    ),
}
_OTHER = ErrorHelp(_("RAGFlow could not do this"), "alert-triangle")


def explain(error: errors.RAGFlowError) -> ErrorHelp:
    """The explanation for this error: that of its class or of its nearest base class."""
    return next((_FAULTS[kind] for kind in type(error).__mro__ if kind in _FAULTS), _OTHER)
