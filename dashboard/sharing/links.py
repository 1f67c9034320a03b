"""The address of a share link, and the client that answers its visitors."""

from __future__ import annotations

import secrets

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from dashboard.models import ShareLink
from dashboard.ragflow import RAGFlow
from dashboard.servers.connection import connect


def new_id() -> str:
    """A random public id of 128 bits."""
    return secrets.token_urlsafe(16)


def address(link: ShareLink) -> str:
    """The path of the public page. The signature is not stored: it needs the installation's secret."""
    return reverse("share:page", args=[token(link)])


def token(link: ShareLink) -> str:
    """The signed token in the address."""
    return _signer().sign(link.public_id)


def find(token: str) -> ShareLink | None:
    """The link of a token, whether or not it still works; None for a token that we did not sign, or a deleted link."""
    try:
        public_id = _signer().unsign(token)
    except BadSignature:
        return None
    return ShareLink.objects.select_related("server", "owner").filter(public_id=public_id).first()


def client_of(link: ShareLink) -> RAGFlow:
    """The client for the visitors of a link, with the rights that its owner has now. The only place that makes one."""
    return connect(link.server, link.owner)


def _signer() -> Signer:
    return Signer(salt="dashboard.sharing.link", sep=".")
