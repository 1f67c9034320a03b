"""The form with which the first administrator introduces themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.accounts.new_account import JoinForm
from dashboard.accounts.time_zones import choices


class FirstForm(JoinForm):
    """Username, name, password, time zone; and the language, where there is a choice."""

    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(User(), *args, **options)
        zone: Any = self.fields["time_zone"]
        zone.choices = choices()
        zone.help_text = _("For the times on pages. It can be changed in the profile.")
        if len(settings.LANGUAGES) < 2:
            del self.fields["language"]
        self.order_fields(["username", "name", "password", "language", "time_zone"])
