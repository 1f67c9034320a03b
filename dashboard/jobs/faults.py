"""What people are told of an exception that nobody foresaw: at the outer edges of background work it ends no worker."""

from __future__ import annotations

from django.utils.translation import gettext as _


def described(error: Exception) -> str:
    """A sentence for the list of failures. The log has the trace: whoever catches it writes it there."""
    return _("Unexpected error in the dashboard: %(error)s. Its log has the details.") % {"error": repr(error)[:300]}
