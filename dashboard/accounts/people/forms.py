"""Forms about people: inviting and editing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.accounts.rights.grants import GIVEN, OnServer
from dashboard.core.access.rights import Role
from dashboard.models import Server

# Instead of a role on all servers.
BY_SERVER = 0
ROLES = (*((int(role), role.group) for role in Role), (BY_SERVER, gettext_lazy("By server")))
# What each may do, in a few words.
ROLE_NOTES = {
    str(BY_SERVER): gettext_lazy("Only what is chosen below"),
    str(int(Role.VIEWER)): gettext_lazy("Sees everything on all servers, and chats"),
    str(int(Role.CURATOR)): gettext_lazy("Also changes datasets, documents and assistants"),
    str(int(Role.ADMINISTRATOR)): gettext_lazy("Also manages people and servers"),
}


class RoleField(forms.TypedChoiceField):
    """The role on all servers, or None for roles by server, as radio buttons."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label=_("Role"), choices=ROLES, coerce=_role, widget=forms.RadioSelect, **options)


def _role(value: str) -> Role | None:
    return Role(int(value)) if int(value) else None


ON_SERVER = ((0, gettext_lazy("No role on the whole server")), *((int(role), role.group) for role in GIVEN))


class PersonForm(forms.Form):
    """What an administrator edits. ``given`` is what the person was given on each server."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254, required=False)

    def __init__(self, *args: Any, given: Sequence[OnServer], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"] = RoleField()
        self._given = given
        for on in given:
            self.fields[f"server-{on.server.pk}"] = forms.TypedChoiceField(
                label=on.server.name, choices=ON_SERVER, coerce=_role, initial=int(on.role or 0), required=False
            )

    @property
    def servers(self) -> list[tuple[OnServer, forms.BoundField]]:
        """What the person was given on each server, with the field that changes it."""
        return [(on, self[f"server-{on.server.pk}"]) for on in self._given]

    def roles_on_servers(self) -> dict[Server, Role | None]:
        """The chosen roles on whole servers, once the form is valid. An omitted field changes nothing."""
        names = {on.server: f"server-{on.server.pk}" for on in self._given}
        return {server: self.cleaned_data[name] or None for server, name in names.items() if name in self.data}


class InviteForm(PersonForm):
    """Whom to invite. The name is a proposal that the person can change."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].required = True
        self.order_fields(["email", "name", "role"])

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError(_("Someone with this e-mail address is already in the list."))
        return email
