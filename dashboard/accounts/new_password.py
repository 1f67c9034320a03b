"""The form for a new password, which invitations, resets and the profile share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy


class PasswordForm(forms.Form):
    """A new password for ``user``, by the rules of the installation."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if password := found.get("password"):
            try:
                validate_password(password, self.about(found))
            except ValidationError as error:
                self.add_error("password", error)
        return found

    def about(self, _found: dict[str, Any]) -> User:
        """The user that the password must not resemble."""
        return self.user
