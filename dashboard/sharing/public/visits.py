"""A visitor of one link: a signed cookie, the token of their forms, and what the pages' headers are."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.csrf import csrf_exempt

from dashboard.core.web.outages import CacheDown
from dashboard.core.web.roles import public
from dashboard.models import ShareLink
from dashboard.ragflow import errors
from dashboard.sharing import links


@dataclass
class Visit:
    """A visitor's request. ``proof`` is that of the password they entered, or ""."""

    link: ShareLink
    visitor: str
    proof: str = ""

    @property
    def form_token(self) -> str:
        """The CSRF token of the visitor's forms. Django's own cookie is not sent from within a frame."""
        return salted_hmac(_salt(self.link), f"form:{self.visitor}").hexdigest()

    @property
    def is_let_in(self) -> bool:
        return not self.link.password or constant_time_compare(self.proof, password_proof(self.link))


def password_proof(link: ShareLink) -> str:
    """What the cookie of those who know the password says. Another password makes it worthless."""
    return hashlib.sha256(link.password.encode()).hexdigest()[:32]


def visited(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view for visitors: it gets a ``Visit`` in place of the token.

    Unknown, expired and revoked links get the same page. Errors of RAGFlow say nothing about the server.
    """

    @wraps(view)
    def checked(request: HttpRequest, token: str, **rest: Any) -> HttpResponseBase:
        link = links.find(token)
        if link is None or not link.works:
            return _sealed(render(request, "sharing/public/closed.html", status=404), None)
        visit = _visit(request, link)
        try:
            if request.method == "POST" and not _is_own_form(request, visit):
                response: HttpResponseBase = render(request, "sharing/public/again.html", {"visit": visit}, status=403)
            else:
                response = view(request, visit, **rest)
        except (Http404, errors.NotFound):
            response = render(request, "sharing/public/closed.html", status=404)
        except (errors.RAGFlowError, CacheDown):
            response = render(request, "sharing/public/unavailable.html", {"visit": visit}, status=503)
        _keep(response, visit)
        return _sealed(response, link)

    # Checked by _is_own_form instead.
    return public(csrf_exempt(checked))


def _visit(request: HttpRequest, link: ShareLink) -> Visit:
    try:
        value = signing.loads(request.COOKIES.get(_cookie(link), ""), salt=_salt(link))
        return Visit(link, value["visitor"], value["proof"])
    except signing.BadSignature:
        return Visit(link, secrets.token_urlsafe(16))


def _is_own_form(request: HttpRequest, visit: Visit) -> bool:
    origin = request.headers.get("Origin", "null")  # "null" because of our referrer policy
    if origin != "null" and urlsplit(origin).netloc != request.get_host():
        return False
    return constant_time_compare(request.POST.get("form_token", ""), visit.form_token)


def _keep(response: HttpResponseBase, visit: Visit) -> None:
    framed = bool(visit.link.sites) and settings.HTTPS_ONLY
    response.set_cookie(
        _cookie(visit.link),
        signing.dumps({"visitor": visit.visitor, "proof": visit.proof}, salt=_salt(visit.link)),
        max_age=timedelta(days=30),
        path=links.address(visit.link),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="None" if framed else "Lax",
    )


def _sealed(response: HttpResponseBase, link: ShareLink | None) -> HttpResponseBase:
    transform = ", no-transform" if response.streaming else ""
    response["Cache-Control"] = f"private, no-store{transform}"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    sites = link.sites.split() if link else []
    response._csp_replace = {"frame-ancestors": sites or ["'none'"]}  # type: ignore[attr-defined]
    if sites:
        response.xframe_options_exempt = True  # type: ignore[attr-defined]
    else:
        response["X-Frame-Options"] = "DENY"
    return response


def _cookie(link: ShareLink) -> str:
    return f"share-{link.pk}"


def _salt(link: ShareLink) -> str:
    return f"dashboard.sharing.visitor.{link.public_id}"
