"""The form for a new password, which invitations, resets and the profile share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy


class PasswordForm(forms.Form):
    """A new password for ``user``, by the rules of the installation."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        # What the validators of the settings check, in one sentence.
        help_text=gettext_lazy(
            "At least 8 characters: not only digits, no common password, and nothing like your name or address."
        ),
    )

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user

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
