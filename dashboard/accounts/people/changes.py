"""Changes of people by an administrator. Each is recorded in the audit trail.

At least one administrator who can sign in always remains: whatever could remove the last one first locks the group of
administrators, so that two requests at the same time see each other's changes.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from django.contrib.auth.models import Group, User
from django.db import transaction

from dashboard.accounts import sessions
from dashboard.accounts.people import links
from dashboard.accounts.rights import grants
from dashboard.audit.recorder import record_local
from dashboard.core.access import administrators
from dashboard.core.access.rights import Role
from dashboard.models import AccessLink, Person, Server, SessionOwner


class LastAdministrator(Exception):
    """The change would leave no administrator who can sign in."""


def label(user: User) -> str:
    """What to call a person: the name, else the username, which somebody who waits does not have yet."""
    return user.get_full_name() or (user.email if is_waiting(user) else user.get_username())


def is_waiting(user: User) -> bool:
    """Whether the user was invited and has not set a password yet."""
    person: Person | None = getattr(user, "person", None)
    return person is not None and person.waiting


def role_given(user: User) -> Role | None:
    """The user's highest role, also of somebody who is disabled or waits."""
    if user.is_superuser:
        return Role.ADMINISTRATOR
    groups = set(user.groups.values_list("name", flat=True))
    return max((role for role in Role if role.group in groups), default=None)


@transaction.atomic
def invite(email: str, name: str, role: Role | None, servers: Mapping[Server, Role | None], *, by: User) -> User:
    """Create the account of somebody who will choose the username and the password.

    ``role`` is the one on all servers; ``servers`` are roles on single ones.
    """
    user = User(username=f"invited-{secrets.token_hex(8)}", email=email, first_name=name, is_active=False)
    user.set_unusable_password()
    user.save()
    Person.objects.create(user=user, waiting=True, invited_by=by.get_username())
    _set_role(user, role)
    record_local("person.invite", (str(user.pk), label(user)), by=by, email=email, role=_name_of(role))
    grants.give_on_servers(user, servers, by=by, name=label(user))
    return user


def new_link(user: User, kind: AccessLink.Kind, *, by: User) -> tuple[AccessLink, str]:
    """A link for the user and its token. The user's earlier links stop working."""
    link, token = links.create(user, kind)
    record_local("person.link", (str(user.pk), label(user)), by=by, kind=str(kind), expires_at=str(link.expires_at))
    return link, token


def update(
    user: User, *, name: str, email: str, role: Role | None, servers: Mapping[Server, Role | None], by: User
) -> None:
    """Change name, e-mail address, the role on all servers and those on single servers.

    Ends the sessions of somebody whose role on all servers becomes lower. Raises LastAdministrator.
    """
    with administrators.locked():
        before = {"name": user.get_full_name(), "email": user.email, "role": _name_of(role_given(user))}
        after = {"name": name, "email": email, "role": _name_of(role)}
        changed = [key for key in after if before[key] != after[key]]
        loses = (role_given(user) or 0) > (role or 0)
        if loses:
            _others_needed(user)
        user.email = email
        if "name" in changed:
            user.first_name, user.last_name = name, ""
        user.save(update_fields=["email", "first_name", "last_name"])
        if "role" in changed:
            _set_role(user, role)
        grants.give_on_servers(user, servers, by=by, name=label(user))
        if loses:
            sessions.end_all(user)
        if changed:
            record_local(
                "person.update",
                (str(user.pk), label(user)),
                by=by,
                before={key: before[key] for key in changed},
                after={key: after[key] for key in changed},
            )


def disable(user: User, *, by: User) -> None:
    """Keep somebody from signing in, and end their sessions. Raises LastAdministrator."""
    with administrators.locked():
        _others_needed(user)
        User.objects.filter(pk=user.pk).update(is_active=False)
        links.revoke(user)
        sessions.end_all(user)
        record_local("person.disable", (str(user.pk), label(user)), by=by)


def enable(user: User, *, by: User) -> None:
    """Let somebody sign in again."""
    User.objects.filter(pk=user.pk).update(is_active=True)
    record_local("person.enable", (str(user.pk), label(user)), by=by)


def sign_out(user: User, *, by: User) -> int:
    """End all sessions of somebody; returns their number."""
    ended = sessions.end_all(user)
    record_local("person.end-sessions", (str(user.pk), label(user)), by=by, number=ended)
    return ended


def delete(user: User, *, by: User) -> None:
    """Delete an account, or withdraw an invitation. What the person made stays, under the copied username.

    Raises LastAdministrator.
    """
    with administrators.locked():
        _others_needed(user)
        waiting, target = is_waiting(user), (str(user.pk), label(user))
        # Chats that the release before this one recorded.
        SessionOwner.objects.filter(user=user, username="").update(username=user.get_username())
        username = user.get_username()
        user.delete()
        if waiting:
            record_local("person.revoke", target, by=by)
        else:
            record_local("person.delete", target, by=by, account=username)


def _others_needed(user: User) -> None:
    """Raise LastAdministrator if nobody else is an administrator who can sign in."""
    able = administrators.with_password().filter(is_active=True)
    if able.filter(pk=user.pk).exists() and not able.exclude(pk=user.pk).exists():
        raise LastAdministrator


def _set_role(user: User, role: Role | None) -> None:
    """Move the user to the group of the role, or to none. Other groups stay."""
    user.groups.remove(*Group.objects.filter(name__in=[one.group for one in Role]))
    if role:
        user.groups.add(Group.objects.get_or_create(name=role.group)[0])
    if user.is_superuser and role is not Role.ADMINISTRATOR:
        user.is_superuser = user.is_staff = False
        user.save(update_fields=["is_superuser", "is_staff"])


def _name_of(role: Role | None) -> str:
    return role.group if role else ""
