"""Forms of the profile: name, e-mail address and time zone, and the password."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.accounts.new_password import PasswordForm

Choice = tuple[str, str] | tuple[str, list[tuple[str, str]]]


@lru_cache(maxsize=1)
def _zones() -> list[Choice]:
    """The zones by region. Those without a region are old names of others, except UTC."""
    regions = (
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    )
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in regions)
    grouped = groupby(names, key=lambda name: name.partition("/")[0])
    return [
        ("UTC", "UTC"),
        *((region, [(name, name.partition("/")[2].replace("_", " ")) for name in some]) for region, some in grouped),
    ]


def _choices() -> list[Choice]:
    return [("", _("Default of this installation (%(zone)s)") % {"zone": settings.TIME_ZONE}), *_zones()]


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
        choices=_choices,
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
