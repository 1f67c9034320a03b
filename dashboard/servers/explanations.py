"""What a test of a connection found, in plain words, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from dashboard.core.formatting import count, shortened, visible
from dashboard.ragflow.releases.release import NEWEST, OLDEST, Number
from dashboard.servers.addresses import API
from dashboard.servers.diagnosis import Diagnosis, Notice, Problem

Words = str | Promise
SAID: Final = 200


@dataclass(frozen=True)
class Explanation:
    """``kind`` is ok, warn or bad; ``advice`` says what to do; ``said`` are the server's own words; both may be ""."""

    kind: str
    title: str
    advice: str = ""
    said: str = ""


# Title, advice; %(host)s is the host and port of the address.
_PROBLEMS: Final[dict[Problem, tuple[Words, Words]]] = {
    Problem.BAD_ADDRESS: (
        _lazy("This is not an address"),
        _lazy("Enter one like http://ragflow:9380 or https://ragflow.example.org, without a user name."),
    ),
    Problem.UNKNOWN_HOST: (
        _lazy("The host name %(host)s was not found"),
        _lazy("Check its spelling. It must be known on the machine of this dashboard, which may use another name."),
    ),
    Problem.REFUSED: (
        _lazy("%(host)s refused the connection"),
        _lazy("Nothing listens on this port. Check that RAGFlow is running, and the port: by default 9380, or 80."),
    ),
    Problem.TIMEOUT: (
        _lazy("%(host)s did not respond in time"),
        _lazy("A firewall or VPN may block the way from this dashboard, or the server is overloaded."),
    ),
    Problem.UNREACHABLE: (
        _lazy("%(host)s could not be reached"),
        _lazy("Check the address, and that this dashboard's machine is connected to that network."),
    ),
    Problem.TLS_EXPIRED: (
        _lazy("The certificate of %(host)s has expired"),
        _lazy("Renew it on the server."),
    ),
    Problem.TLS_EARLY: (
        _lazy("The certificate of %(host)s is not valid yet"),
        _lazy("Check the clocks of the server and of this dashboard's machine."),
    ),
    Problem.TLS_HOST: (
        _lazy("The certificate of %(host)s is for another host name"),
        _lazy("Enter the name that the certificate was issued for."),
    ),
    Problem.TLS_ISSUER: (
        _lazy("The certificate of %(host)s is from an unknown authority"),
        _lazy("If it is your own authority, choose “Trust my own authority” and enter the file with its certificate."),
    ),
    Problem.TLS_ABSENT: (
        _lazy("%(host)s does not answer with TLS"),
        _lazy("It probably uses plain HTTP: let the address begin with http://."),
    ),
    Problem.TLS_FILE: (
        _lazy("The file with your authority's certificate cannot be read"),
        _lazy("It must exist on the machine of this dashboard and contain certificates in PEM format."),
    ),
    Problem.TLS_OTHER: (
        _lazy("The certificate of %(host)s could not be verified"),
        _lazy("Check the certificate and its chain on the server."),
    ),
    Problem.NEEDS_HTTPS: (
        _lazy("%(host)s expects an encrypted connection"),
        _lazy("Let the address begin with https://. The key was not sent."),
    ),
    Problem.REDIRECTED: (
        _lazy("%(host)s redirects to another address"),
        _lazy("Redirects are not followed, so that nobody else gets the key. Enter the address of RAGFlow itself."),
    ),
    Problem.NOT_RAGFLOW: (
        _lazy("Something else than RAGFlow answers at %(host)s"),
        _lazy("Check host and port: the API is on port 9380 by default. The key was not sent."),
    ),
    Problem.PROXY_ALONE: (
        _lazy("A proxy answers at %(host)s, but RAGFlow behind it does not"),
        _lazy("RAGFlow may be starting, which takes about a minute. Else look at its log."),
    ),
    Problem.SERVER_FAILED: (
        _lazy("RAGFlow failed to answer"),
        _lazy("It may be starting, or one of its services is down."),
    ),
    Problem.KEY_UNREADABLE: (
        _lazy("The stored API key cannot be decrypted"),
        _lazy("SECRET_KEY has changed. Add the previous one to SECRET_KEY_FALLBACKS, or enter the API key again."),
    ),
    Problem.WRONG_KEY: (
        _lazy("RAGFlow rejected the API key"),
        _lazy("Create a key in RAGFlow (avatar, API) and paste all of it. A key belongs to one server."),
    ),
    Problem.NO_TENANT: (
        _lazy("The user of this API key has no tenant"),
        _lazy("RAGFlow has no workspace for this user. Create the key as a user who can sign in and has datasets."),
    ),
    Problem.NEVER_SIGNED_IN: (
        _lazy("The user of this API key has never signed in to RAGFlow"),
        _lazy("Until then RAGFlow refuses part of the API. Sign in there once with this user, then test again."),
    ),
    Problem.GO_SERVER: (
        _lazy("This is RAGFlow's API server in Go, which is not supported"),
        _lazy("It lacks retrieval and knowledge graphs. Set API_PROXY_SCHEME=python in RAGFlow and restart it."),
    ),
    Problem.TOO_OLD: (
        _lazy("This release of RAGFlow is too old"),
        _lazy("Upgrade RAGFlow to %(oldest)s or later."),
    ),
}
_NOTICES: Final[dict[Notice, Words]] = {
    Notice.NEWER: _lazy("This release is newer than %(newest)s, the newest that was tested. Some pages may fail."),
    Notice.GUESSED: _lazy("This RAGFlow was built from source and tells no release number. Some pages may fail."),
}

# What each choice about TLS means, by its value in the form.
TLS_NOTES: Final[dict[str, Words]] = {
    "on": _lazy("By the public authorities. Right for most servers."),
    "own": _lazy("By a certificate of your own, such as that of your organisation."),
    "off": _lazy("Only on a trusted network: others could read the key."),
}


def explain(diagnosis: Diagnosis) -> Explanation:
    """The outcome of a test for people."""
    release = visible(shortened(str(diagnosis.release), 40).removeprefix("v")) if diagnosis.release else ""
    words = {"host": visible(diagnosis.host), "oldest": _number(OLDEST), "newest": _number(NEWEST), "release": release}
    if diagnosis.problem is None:
        title = _("Connected to RAGFlow %(release)s") % words
        if diagnosis.notices:
            return Explanation("warn", title, " ".join(str(_NOTICES[notice]) % words for notice in diagnosis.notices))
        return Explanation("ok", title, _seen(diagnosis.datasets))
    title, advice = (str(text) % words for text in _PROBLEMS[diagnosis.problem])
    if diagnosis.problem is Problem.REDIRECTED:
        return _redirected(diagnosis, title, advice)
    if diagnosis.problem is Problem.TOO_OLD:
        title = _("RAGFlow %(release)s is too old") % words
    return Explanation("bad", title, advice, _said(diagnosis))


def api_removed() -> str:
    """Says that ``/api/v1`` was taken off the address."""
    return _("%(end)s was removed from the end of the address, since the dashboard adds it.") % {"end": API}


def _redirected(diagnosis: Diagnosis, title: str, advice: str) -> Explanation:
    """A redirect to HTTPS on the same host is the usual one: say which address to enter."""
    target = urlsplit(urljoin(f"http://{diagnosis.host}/", diagnosis.said))
    if target.scheme == "https" and target.hostname == urlsplit(f"http://{diagnosis.host}").hostname:
        address = visible(f"https://{target.netloc}")
        return Explanation("bad", title, _("Enter %(address)s. The key was not sent.") % {"address": address})
    return Explanation("bad", title, advice, _said(diagnosis))


def _said(diagnosis: Diagnosis) -> str:
    said = " ".join(diagnosis.said.split())
    return visible(shortened(said, SAID)) if said else ""


def _seen(datasets: int | None) -> str:
    if datasets is None:
        return ""
    words = ngettext("The key can see %(n)s dataset.", "The key can see %(n)s datasets.", datasets)
    return words % {"n": count(datasets)}


def _number(number: Number) -> str:
    return f"{number[0]}.{number[1]}"
