"""Sends links by e-mail, where an e-mail server is configured."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from dashboard.models import AccessLink

logger = logging.getLogger(__name__)


class NotSent(Exception):
    """The e-mail server did not take the message; the text says why."""


def is_configured() -> bool:
    """Whether there is an e-mail server (``EMAIL_HOST``)."""
    return bool(settings.EMAIL_HOST)


def send(link: AccessLink, address: str, *, inviter: str) -> None:
    """Send the link to its user. ``inviter`` is the name of the administrator. Raises NotSent."""
    if link.kind == AccessLink.Kind.INVITATION:
        subject = _("Invitation to RAGFlow Admin")
        text = _(
            "%(who)s has invited you to RAGFlow Admin. Open this link to choose a username and a password:\n\n"
            "%(link)s\n\nIt works once, within 7 days."
        )
    else:
        subject = _("Set a new password for RAGFlow Admin")
        text = _(
            "%(who)s has made a link for you to set a new password for RAGFlow Admin:\n\n"
            "%(link)s\n\nIt works once, within 24 hours. Until you use it, your password stays as it is."
        )
    message = EmailMessage(subject, text % {"who": inviter, "link": address}, to=[link.user.email])
    try:
        message.send()
    except (OSError, SMTPException, ValueError) as error:
        logger.warning("No e-mail sent to user %s: %s", link.user.pk, error)
        raise NotSent(str(error)) from error
