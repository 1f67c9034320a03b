"""The form of a server."""

from __future__ import annotations

import ssl
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.models import Server
from dashboard.ragflow.http.pool import Bearer, clean_base_url
from dashboard.servers import addresses
from dashboard.servers.manage import editing
from dashboard.servers.manage.editing import Entry

ON, OFF, OWN = "on", "off", "own"
TLS: Final = (
    (ON, _lazy("Check the certificate")),
    (OWN, _lazy("Trust my own authority")),
    (OFF, _lazy("Don't check")),
)
NAME_LENGTH, ADDRESS_LENGTH, KEY_LENGTH, PATH_LENGTH = 80, 300, 400, 500
TOO_LONG = {"max_length": _lazy("At most %(limit_value)d characters; this has %(show_value)d.")}


class ServerForm(forms.Form):
    """Name, address, key and TLS. With ``server`` it edits that one, whose key is kept if none is entered.

    The connection of a server from the environment cannot be changed here: then only the name is a field. ``testing``:
    the form is not to be saved, so it needs no name.
    """

    name = forms.CharField(
        label=_lazy("Name"),
        max_length=NAME_LENGTH,
        help_text=_lazy("Shown in the switcher and in the audit log."),
        error_messages=TOO_LONG | {"required": _lazy("Enter a name, such as Production.")},
    )
    base_url = forms.CharField(
        label=_lazy("Address"),
        max_length=ADDRESS_LENGTH,
        help_text=_lazy("Of RAGFlow's API, as this dashboard's machine reaches it, such as http://ragflow:9380."),
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "autocomplete": "off"}),
        error_messages=TOO_LONG | {"required": _lazy("Enter the address of RAGFlow, such as http://ragflow:9380.")},
    )
    api_key = forms.CharField(
        label=_lazy("API key"),
        max_length=KEY_LENGTH,
        help_text=_lazy("From RAGFlow: avatar, API. It is stored encrypted and never shown again."),
        # Preserved: a key that was typed outlives the answer to a test, though no answer contains it.
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "hx-preserve": "true"}),
        error_messages=TOO_LONG | {"required": _lazy("Enter the API key.")},
    )
    tls = forms.ChoiceField(
        label=_lazy("TLS certificate"),
        choices=TLS,
        initial=ON,
        widget=forms.RadioSelect,
        error_messages={
            "required": _lazy("Choose how the certificate is checked."),
            "invalid_choice": _lazy("Choose how the certificate is checked."),
        },
    )
    ca_file = forms.CharField(
        label=_lazy("File with the authority's certificate"),
        required=False,
        max_length=PATH_LENGTH,
        help_text=_lazy("A path on this dashboard's machine, in PEM format. Only for “Trust my own authority”."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
        error_messages=TOO_LONG,
    )

    def __init__(self, data: Any = None, *, server: Server | None = None, testing: bool = False) -> None:
        super().__init__(data, initial=_initial(server) if server else {})
        self.server = server
        self.api_was_removed = False
        self.fields["name"].required = not testing
        if server is None:
            return
        if server.from_environment:
            for name in ("base_url", "api_key", "tls", "ca_file"):
                del self.fields[name]
        else:
            self.fields["api_key"].required = False
            self.fields["api_key"].help_text = _("Leave empty to keep the stored key, which is never shown.")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Server.objects.exclude(pk=self.server.pk) if self.server else Server.objects.all()
        if name and others.filter(name__iexact=name).exists():
            raise ValidationError(_("Another server has this name."))
        return name

    def clean_base_url(self) -> str:
        address, self.api_was_removed = addresses.cleaned(self.cleaned_data["base_url"])
        if "://" not in address:
            raise ValidationError(_("Begin the address with http:// or https://."))
        try:
            address = clean_base_url(address)
            addresses.place(address)
        except ValueError as error:
            raise ValidationError(
                _("This is not an address like http://ragflow:9380, without user name, question mark and #.")
            ) from error
        return address

    def clean_api_key(self) -> str:
        key: str = self.cleaned_data["api_key"].strip()
        if key and not Bearer(key).sendable:
            raise ValidationError(_("A key has no spaces and no special characters. Copy it again from RAGFlow."))
        return key

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.server and self.server.from_environment:
            return given
        if given.get("tls") == OWN:
            self._check_ca_file(given.get("ca_file", ""))
        elif "tls" in given:
            given["ca_file"] = ""
        address = given.get("base_url")
        # A stored key only goes where it was meant to go.
        keeps_key = self.server is not None and given.get("api_key") == ""
        if self.server and address and keeps_key and not addresses.same_host(address, self.server.base_url):
            self.add_error("api_key", _("The address leads to another place. Enter the key of that server."))
        return given

    @property
    def key(self) -> BoundField:
        """The field of the key, whose name templates do not contain."""
        return self["api_key"]

    def entry(self) -> Entry:
        """What was entered; only of a valid form."""
        given = self.cleaned_data
        if self.server and self.server.from_environment:
            kept = editing.stored(self.server)
            return Entry(given["name"], kept.base_url, "", kept.verify_tls, kept.ca_file)
        tls = given["tls"]
        return Entry(given["name"], given["base_url"], given["api_key"], tls != OFF, given["ca_file"])

    def _check_ca_file(self, path: str) -> None:
        if "ca_file" in self.errors:
            return
        if not path:
            self.add_error("ca_file", _("Enter the path of the file."))
            return
        try:
            ssl.create_default_context(cafile=path)
        except (OSError, ValueError):
            self.add_error("ca_file", _("There is no readable file with PEM certificates at this path."))


def _initial(server: Server) -> dict[str, str]:
    tls = OFF if not server.verify_tls else OWN if server.ca_file else ON
    return {"name": server.name, "base_url": server.base_url, "tls": tls, "ca_file": server.ca_file}
