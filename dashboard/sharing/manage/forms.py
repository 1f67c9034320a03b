"""The form of a share link."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.models import ShareLink

# Nothing that could end a directive of the content security policy; "*" is not a site.
_SITE: Final = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?|http://localhost(:\d{1,5})?")


class LinkForm(forms.ModelForm):  # type: ignore[type-arg]
    """A share link. ``days`` counts from now; an empty new password keeps the one that there is."""

    days = forms.IntegerField(label=_lazy("Works for days"), min_value=1, max_value=365, initial=30)
    new_password = forms.CharField(
        label=_lazy("Password"),
        required=False,
        min_length=8,
        max_length=128,
        widget=forms.PasswordInput,
        help_text=_lazy("Optional. Visitors enter it once. Leave it empty to keep it as it is."),
    )
    no_password = forms.BooleanField(label=_lazy("Remove the password"), required=False)

    class Meta:
        model = ShareLink
        fields = ("title", "welcome", "shows_sources", "max_messages", "visitor_messages", "sites")
        labels = {
            "title": _lazy("Title"),
            "welcome": _lazy("Welcome"),
            "shows_sources": _lazy("Show sources"),
            "max_messages": _lazy("Questions in total"),
            "visitor_messages": _lazy("Questions per visitor and day"),
            "sites": _lazy("Sites that may embed the page"),
        }
        help_texts = {"sites": _lazy("One address a line, such as https://www.example.com. Empty: none.")}
        widgets = {"welcome": forms.Textarea(attrs={"rows": 3}), "sites": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, data: Any = None, *, instance: ShareLink | None = None) -> None:
        super().__init__(data, instance=instance)
        if instance and instance.pk:
            left = (instance.expires_at - timezone.now()).days + 1
            self.fields["days"].initial = max(1, left)

    def clean_sites(self) -> str:
        sites: list[str] = self.cleaned_data["sites"].lower().split()
        for site in sites:
            if not _SITE.fullmatch(site):
                raise forms.ValidationError(
                    _("“%(site)s” is not the address of a site. Enter it like https://www.example.com.")
                    % {"site": site[:80]}
                )
        return "\n".join(sites)

    def save(self, commit: bool = True) -> ShareLink:
        """The link with what was entered."""
        link: ShareLink = super().save(commit=False)
        if "days" in self.changed_data or link.pk is None:
            link.expires_at = timezone.now() + timedelta(days=self.cleaned_data["days"])
        if self.cleaned_data["new_password"]:
            link.password = make_password(self.cleaned_data["new_password"])
        elif self.cleaned_data["no_password"]:
            link.password = ""
        if commit:
            # Only what the form is about: a revocation and the count of questions go on meanwhile.
            link.save(update_fields=[*self.Meta.fields, "expires_at", "password"] if link.pk else None)
        return link
