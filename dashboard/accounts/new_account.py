"""The form for a new account, which invitations and the first start share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.accounts.new_password import PasswordForm


class JoinForm(PasswordForm):
    """What somebody chooses for a new account: username, name and password. ``user`` is the account as it is."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(user, *args, **options)
        rules = User._meta.get_field("username")
        self.fields["username"] = UsernameField(
            label=_("Username"),
            max_length=150,
            validators=rules.validators,
            help_text=_("You sign in with it. Letters, digits and @ . + - _"),
        )
        self.fields["password"].label = _("Password")
        self.order_fields(["username", "name", "password"])

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exclude(pk=self.user.pk).exists():
            raise ValidationError(_("This username is taken. Choose another one."))
        return username

    def about(self, found: dict[str, Any]) -> User:
        return User(username=found.get("username", ""), first_name=found.get("name", ""), email=self.user.email)
