"""Error pages: what happened, in a sentence, and a way on. The answers of RAGFlow itself are in ``middleware``."""

from __future__ import annotations

import logging
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

# Seconds until asking again makes sense.
RETRY_AFTER = 5


def page(request: HttpRequest, status: int, title: str, text: str, typed: Sequence[str] = ()) -> HttpResponse:
    """An error as a page, or as a fragment for htmx; ``typed`` are the sentences of a form that was not taken."""
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
            _("This address is not set up"),
            _(
                "The dashboard is not set up to be opened under this host name or IP address. If you run it, add the"
                " name to ALLOWED_HOSTS and start it again."
            ),
        )
    return page(
        request,
        400,
        _("This request makes no sense"),
        _("The address or the form was not complete. Go back and try again."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 403, _("You may not do this"), str(exception) or _("Your role does not allow this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 404, _("There is nothing here"), _("The page does not exist, or what it showed was deleted."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Whatever nothing else has answered, also from middleware. Django calls this while it handles the exception."""
    error = sys.exc_info()[1]
    outage = outage_of(error) if error else None
    if outage:
        return out_of_order(request, outage)
    return plain(
        request,
        500,
        _("Something went wrong on our side"),
        _("It is in the log with the number below. Nothing you did is lost on RAGFlow's side; go back and try again."),
    )


def out_of_order(request: HttpRequest, outage: Outage) -> HttpResponse:
    """503: a part of the dashboard itself is down."""
    text = str(outage.text)
    if request.method not in ("GET", "HEAD"):
        text = " ".join([text, _("What you sent may have been done in spite of this: look before you repeat it.")])
    response = plain(request, 503, str(outage.title), text)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def plain(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    """An answer that needs neither database nor cache nor session: a page, a toast for htmx, or JSON for scripts."""
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
    """The sentences of the form that was sent, for somebody who would have to write them again. No passwords."""
    if request.method != "POST" or not hasattr(request, "_post"):
        return []  # nobody has read a form: it may be a file, or no longer be readable
    fields = ((name, texts) for name, texts in request.POST.lists() if "password" not in name)
    return [text for _name, texts in fields for text in texts if " " in text.strip()]
