"""Describes unexpected exceptions in background work to users. They fail one item and never end a worker."""

from __future__ import annotations

from typing import Final

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

# Our own database is unreachable: nothing can be written, and the item being processed is not the cause.
OUTAGE: Final = (OperationalError, InterfaceError)


def described(error: Exception) -> str:
    """A sentence for the list of failures. The caller logs the traceback."""
    return _("Unexpected error in the dashboard: %(error)s. See its log for details.") % {"error": repr(error)[:300]}
