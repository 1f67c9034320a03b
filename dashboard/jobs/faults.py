"""What people are told of an exception that nobody foresaw: at the outer edges of background work it ends no worker."""

from __future__ import annotations

from typing import Final

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

# Our own database cannot be reached: nothing can be written then, and what was being worked on is not to blame.
OUTAGE: Final = (OperationalError, InterfaceError)


def described(error: Exception) -> str:
    """A sentence for the list of failures. The log has the trace: whoever catches it writes it there."""
    return _("Unexpected error in the dashboard: %(error)s. Its log has the details.") % {"error": repr(error)[:300]}
