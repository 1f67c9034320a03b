"""Error pages: what happened, in a sentence, and a way on. The answers of RAGFlow itself are in ``middleware``."""

from __future__ import annotations

import logging

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE, REASON_NO_REFERER
from django.shortcuts import render
from django.utils.translation import gettext as _

from dashboard import requestid

logger = logging.getLogger(__name__)


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    context = {"status": status, "title": title, "text": text, "request_id": requestid.current.get()}
    if getattr(request, "htmx", False):
        response = render(request, "errors/_fragment.html", context, status=status)
        response["HX-Reswap"] = "none"
        return response
    return render(request, "errors/page.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, DisallowedHost):
        return _page(
            request,
            400,
            _("This address is not set up"),
            _(
                "The dashboard is not set up to be opened under this host name or IP address. If you run it, add the"
                " name to ALLOWED_HOSTS and start it again."
            ),
        )
    return _page(
        request,
        400,
        _("This request makes no sense"),
        _("The address or the form was not complete. Go back and try again."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 403, _("You may not do this"), str(exception) or _("Your role does not allow this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, 404, _("There is nothing here"), _("The page does not exist, or what it showed was deleted."))


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        500,
        _("Something went wrong on our side"),
        _("It is in the log with the number below. Nothing you did is lost on RAGFlow's side; go back and try again."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    logger.warning("CSRF check failed: %s", reason)
    stale = reason in (REASON_NO_CSRF_COOKIE, REASON_NO_REFERER)
    text = (
        _("Your browser sent no cookie. Allow cookies for this site, load the page again and repeat what you did.")
        if stale
        else _("You may have signed in again in another tab. Load the page again and repeat what you did.")
    )
    return _page(request, 403, _("This form is out of date"), text)
