"""Forms of the profile: name, e-mail address and time zone, and the password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from dashboard.accounts.new_password import PasswordForm
from dashboard.accounts.time_zones import choices


class DetailsForm(forms.Form):
    """What people say about themselves."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=choices,
        required=False,
        help_text=gettext_lazy("Of the times on pages and the days in filters."),
    )


class ChangePasswordForm(PasswordForm):
    """A new password, and the present one."""

    present_password = forms.CharField(
        label=gettext_lazy("Present password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.order_fields(["present_password", "password"])
