"""Sentences about what people change in the dashboard itself. Each concerns one object.

A sentence has ``%(who)s`` and ``%(names)s``.
"""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

OWN: Final[dict[str, tuple[str, str | Promise]]] = {
    "server.create": ("server-2", _lazy("%(who)s added the server %(names)s")),
    "server.update": ("settings", _lazy("%(who)s changed the server %(names)s")),
    "server.delete": ("trash", _lazy("%(who)s removed the server %(names)s")),
    "server.test": ("heartbeat", _lazy("%(who)s tested the connection to %(names)s")),
    "server.default": ("home", _lazy("%(who)s made %(names)s the default server")),
    "server.order": ("arrow-up", _lazy("%(who)s moved the server %(names)s in the list")),
    "person.first": ("users", _lazy("%(who)s set up this installation as its administrator")),
    "person.join": ("users", _lazy("%(who)s joined with an invitation")),
    "person.password": ("lock", _lazy("%(who)s set a new password with a link")),
    "person.invite": ("users", _lazy("%(who)s invited %(names)s")),
    "person.link": ("link", _lazy("%(who)s created a link for the password of %(names)s")),
    "person.update": ("pencil", _lazy("%(who)s changed the account of %(names)s")),
    "person.rights": ("lock", _lazy("%(who)s changed the rights of %(names)s")),
    "person.disable": ("ban", _lazy("%(who)s disabled the account of %(names)s")),
    "person.enable": ("circle-check", _lazy("%(who)s enabled the account of %(names)s")),
    "person.end-sessions": ("logout", _lazy("%(who)s signed %(names)s out everywhere")),
    "person.revoke": ("trash", _lazy("%(who)s withdrew the invitation of %(names)s")),
    "person.delete": ("trash", _lazy("%(who)s deleted the account of %(names)s")),
    "person.sign-in": ("circle-check", _lazy("%(who)s signed in")),
    "person.sign-out": ("logout", _lazy("%(who)s signed out")),
    "comparison.vote": ("check", _lazy("%(who)s voted on two answers: %(names)s")),
    "share.create": ("link", _lazy("%(who)s created the public link %(names)s")),
    "share.update": ("pencil", _lazy("%(who)s changed the public link %(names)s")),
    "share.revoke": ("ban", _lazy("%(who)s revoked the public link %(names)s")),
    "share.delete": ("trash", _lazy("%(who)s deleted the public link %(names)s")),
    "review.close": ("check", _lazy("%(who)s closed the review of an answer: %(names)s")),
    "review.open": ("rotate", _lazy("%(who)s opened the review of an answer again: %(names)s")),
    "profile.update": ("pencil", _lazy("%(who)s changed their profile")),
    "profile.password": ("lock", _lazy("%(who)s changed their password")),
    "profile.end-session": ("logout", _lazy("%(who)s signed out of another browser")),
    "profile.end-sessions": ("logout", _lazy("%(who)s signed out of all other browsers")),
}
FAILED_SIGN_IN: Final[tuple[str, str | Promise]] = ("alert-triangle", _lazy("%(who)s could not sign in"))
