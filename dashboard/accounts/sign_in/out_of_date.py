"""The response to a form whose CSRF token is missing or outdated (the setting ``CSRF_FAILURE_VIEW``)."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE, REASON_NO_REFERER
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from dashboard.accounts.sign_in import sign_in_page
from dashboard.core.web.error_pages import page, typed_into
from dashboard.core.web.http import is_scripted

logger = logging.getLogger(__name__)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid token: the user signed in again in another tab, or the form is not ours."""
    logger.warning("CSRF check failed: %s", reason)
    signed_in = request.user.is_authenticated
    if is_scripted(request) and not signed_in:
        return HttpResponse(status=401)
    if request.path == resolve_url(settings.LOGIN_URL):
        if signed_in:
            return sign_in_page.go_on(request)  # already signed in in another tab
        again = _("This form is out of date. Please sign in again.")
        return sign_in_page.show(request, AuthenticationForm(request), error=again, status=403)
    if reason in (REASON_NO_CSRF_COOKIE, REASON_NO_REFERER):
        text = _("Your browser sent no cookie. Allow cookies for this site, then reload the page and try again.")
    else:
        text = _("You may have signed in again in another tab. Reload the page and try again.")
    # The origin was checked before the token, so the input was typed on one of our pages.
    typed = typed_into(request) if reason.startswith("CSRF token") else []
    return page(request, 403, _("This form is out of date"), text, typed=typed)
