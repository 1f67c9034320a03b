"""Error pages: what happened, in a sentence, and a way on. The answers of RAGFlow itself are in ``middleware``."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE, REASON_NO_REFERER
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from dashboard.accounts.sign_in import sign_in_page
from dashboard.core.web import request_id as requestid
from dashboard.core.web.http import is_scripted
from dashboard.core.web.outages import Outage, outage_of

logger = logging.getLogger(__name__)

# Seconds until asking again makes sense.
RETRY_AFTER = 5


def _page(request: HttpRequest, status: int, title: str, text: str, typed: Sequence[str] = ()) -> HttpResponse:
    request_id = requestid.current.get()
    context = {"status": status, "title": title, "text": text, "typed": typed, "request_id": request_id}
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


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token, or with an old one: after signing in in another tab, or it is not ours at all."""
    logger.warning("CSRF check failed: %s", reason)
    signed_in = request.user.is_authenticated
    if is_scripted(request) and not signed_in:
        return HttpResponse(status=401)
    if request.path == resolve_url(settings.LOGIN_URL):
        if signed_in:
            return sign_in_page.go_on(request)  # they did it in another tab
        again = _("This form is out of date. Sign in again.")
        return sign_in_page.show(request, AuthenticationForm(request), error=again, status=403)
    if reason in (REASON_NO_CSRF_COOKIE, REASON_NO_REFERER):
        text = _(
            "Your browser sent no cookie. Allow cookies for this site, load the page again and repeat what you did."
        )
    else:
        text = _("You may have signed in again in another tab. Load the page again and repeat what you did.")
    # The origin was checked before the token: what was typed was typed on a page of ours.
    typed = typed_into(request) if reason.startswith("CSRF token") else []
    return _page(request, 403, _("This form is out of date"), text, typed=typed)


def typed_into(request: HttpRequest) -> list[str]:
    """The sentences of the form that was sent, for somebody who would have to write them again. No passwords."""
    if request.method != "POST" or not hasattr(request, "_post"):
        return []  # nobody has read a form: it may be a file, or no longer be readable
    fields = ((name, texts) for name, texts in request.POST.lists() if "password" not in name)
    return [text for _name, texts in fields for text in texts if " " in text.strip()]
