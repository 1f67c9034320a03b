"""Error pages: what happened and what to do next. RAGFlow's errors are handled in ``middleware``."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from dashboard.core.web import request_id as requestid
from dashboard.core.web.outages import Outage, outage_of

logger = logging.getLogger(__name__)

# Retry-After, in seconds.
RETRY_AFTER = 5
# Fields that no page may repeat.
SECRET = re.compile("password|key")


def page(request: HttpRequest, status: int, title: str, text: str, typed: Sequence[str] = ()) -> HttpResponse:
    """An error as a page, or as a fragment for htmx. ``typed`` are the texts of a form that was not accepted."""
    request_id = requestid.current.get()
    context = {"status": status, "title": title, "text": text, "typed": typed, "request_id": request_id}
    if getattr(request, "htmx", False):
        response = render(request, "errors/_fragment.html", context, status=status)
        response["HX-Reswap"] = "none"
        return response
    return render(request, "errors/page.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, DisallowedHost):
        return page(
            request,
            400,
            _("This address is not configured"),
            _(
                "The dashboard does not accept requests for this host name or IP address. If you run it, add the"
                " name to ALLOWED_HOSTS and restart it."
            ),
        )
    return page(
        request,
        400,
        _("We couldn't process this request"),
        _("The address or the form is incomplete or invalid. Go back and try again."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    reason = str(exception) or _("Your role does not allow this.")
    return page(request, 403, _("You don't have permission to do this"), reason)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 404, _("Page not found"), _("The page doesn't exist, or its contents were deleted."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer any unhandled exception, also from middleware. Django calls this while it handles the exception."""
    error = sys.exc_info()[1]
    outage = outage_of(error) if error else None
    if outage:
        return out_of_order(request, outage)
    return plain(
        request,
        500,
        _("Something went wrong on our side"),
        _("The log has the details under the reference below. Nothing was lost in RAGFlow. Go back and try again."),
    )


def out_of_order(request: HttpRequest, outage: Outage) -> HttpResponse:
    """503: a service that the dashboard depends on is down."""
    text = str(outage.text)
    if request.method not in ("GET", "HEAD"):
        text = " ".join([text, _("Your request may have been carried out anyway. Check before you repeat it.")])
    response = plain(request, 503, str(outage.title), text)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def plain(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    """A response that needs no database, cache or session: a page, a toast for htmx, or JSON for scripts."""
    context = {"status": status, "title": title, "text": text, "request_id": requestid.current.get()}
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true":
        response = HttpResponse(render_to_string("errors/_fragment.html", context), status=status)
        response["HX-Reswap"] = "none"
    elif "application/json" in request.headers.get("Accept", ""):
        response = JsonResponse({"error": f"{title}. {text}", "retry": True}, status=status)
    else:
        again = request.get_full_path() if request.method == "GET" else ""
        page = render_to_string("errors/plain.html", context | {"again": again, "typed": typed_into(request)})
        response = HttpResponse(page, status=status)
    response["Cache-Control"] = "no-store"
    return response


def typed_into(request: HttpRequest) -> list[str]:
    """The typed texts of the submitted form, so that the user can copy them. No passwords and keys."""
    if request.method != "POST" or not hasattr(request, "_post"):
        return []  # the form has not been parsed: the body may be a file, or already consumed
    fields = ((name, texts) for name, texts in request.POST.lists() if not SECRET.search(name))
    return [text for _name, texts in fields for text in texts if " " in text.strip()]
