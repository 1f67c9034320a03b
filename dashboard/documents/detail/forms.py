"""Forms about one document."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.core.formatting import count
from dashboard.datasets import methods
from dashboard.documents.uploads.checks import NAME_BYTES
from dashboard.ragflow.names import without_blank_end
from dashboard.ragflow.types import Document


class MethodForm(forms.Form):
    """The chunk method; its settings are in a ParserForm beside this one."""

    chunk_method = forms.ChoiceField(
        label=_lazy("Chunk method"),
        choices=[(method.key, method.label) for method in methods.METHODS],
        widget=forms.RadioSelect,
        error_messages={
            "required": _lazy("Chunk method: choose one of the methods."),
            "invalid_choice": _lazy("Chunk method: “%(value)s” is none of the methods."),
        },
    )


class DocumentForm(forms.Form):
    """Name and whether searches find it. The ending has to stay: RAGFlow goes by it (contract §9.3)."""

    name = forms.CharField(
        label=_lazy("Name"),
        strip=False,  # a name that nobody edited stays as it is stored
        max_length=NAME_BYTES,
        error_messages={
            "required": _lazy("Name: give the document a name of at least one visible character."),
            "max_length": _lazy("Name: at most %(limit_value)d characters, this has %(show_value)d."),
        },
    )
    enabled = forms.BooleanField(
        label=_lazy("Enabled"),
        required=False,
        help_text=_lazy("Searches and assistants find only enabled documents. Its chunks are kept either way."),
    )

    def __init__(self, document: Document, data: Any = None) -> None:
        super().__init__(data, initial={"name": document.name, "enabled": document.enabled})
        self._stored = document.name
        seen = without_blank_end(document.name)
        self._ending = seen.rpartition(".")[2] if "." in seen else ""

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        if typed == self._stored:
            return typed
        name = typed.strip()
        if not name:
            raise ValidationError(self.fields["name"].error_messages["required"])
        seen = without_blank_end(name)
        if name != seen:
            raise ValidationError(
                _("Name: it ends in an invisible character. Delete what comes after “%(name)s”.") % {"name": seen}
            )
        ending = name.rpartition(".")[2] if "." in name else ""
        if ending.lower() != self._ending.lower():
            raise ValidationError(
                _("Name: it has to end in .%(ending)s as before: RAGFlow goes by it.") % {"ending": self._ending}
                if self._ending
                else _("Name: it may get no ending: RAGFlow goes by it.")
            )
        if "/" in name or "\\" in name:
            raise ValidationError(_("Name: leave out slashes; it is a name and no path."))
        length = len(name.encode("utf-8", "surrogatepass"))
        if length > NAME_BYTES:
            raise ValidationError(
                _("Name: at most 255 bytes, this has %(length)s. Letters beyond a to z take two to four each.")
                % {"length": count(length)}
            )
        return name
