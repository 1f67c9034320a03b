"""Toasts: short messages with a title and, where it helps, a body.

Django's messages carry them to the next page, or to the next answer for htmx. The body travels as ``extra_tags``, the
only other text that a stored message has.
"""

from __future__ import annotations

from django.contrib.messages import add_message, constants
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest


def success(request: HttpRequest, title: str, body: str = "") -> None:
    """Report that an action succeeded."""
    add_message(request, constants.SUCCESS, title, extra_tags=body)


def info(request: HttpRequest, title: str, body: str = "") -> None:
    """Report something that needs no attention, such as that there was nothing to do."""
    add_message(request, constants.INFO, title, extra_tags=body)


def warning(request: HttpRequest, title: str, body: str = "") -> None:
    """Report that an action was not carried out as requested."""
    add_message(request, constants.WARNING, title, extra_tags=body)


def error(request: HttpRequest, title: str, body: str = "") -> None:
    """Report a failure. The toast stays until it is dismissed."""
    add_message(request, constants.ERROR, title, extra_tags=body)


def parts(message: Message) -> tuple[str, str]:
    """The title and the body of a stored message; the body is "" for a message without one."""
    return str(message.message), message.extra_tags or ""
