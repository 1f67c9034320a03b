"""Forms for one document."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.core.formatting import count
from dashboard.datasets import methods
from dashboard.documents.uploads.checks import NAME_BYTES
from dashboard.ragflow.names import without_blank_end
from dashboard.ragflow.releases.offers import Offer
from dashboard.ragflow.types import Document


class MethodForm(forms.Form):
    """The chunk method; its settings are in a separate ParserForm. The ``stored`` one can be chosen in any case."""

    chunk_method = forms.ChoiceField(
        label=_lazy("Chunk method"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _lazy("Choose a chunk method."),
            "invalid_choice": _lazy("“%(value)s” is not a chunk method. Choose one from the list."),
        },
    )

    def __init__(self, data: Any = None, *, accepts: Collection[Offer], stored: str) -> None:
        super().__init__(data, initial={"chunk_method": stored})
        choices = [(method.key, method.label) for method in methods.for_documents(accepts)]
        if stored not in dict(choices):
            choices.append((stored, methods.label(stored)))
        cast("forms.ChoiceField", self.fields["chunk_method"]).choices = choices


class DocumentForm(forms.Form):
    """Name and enabled state. The extension is fixed, since RAGFlow detects the file type by it (contract §9.3)."""

    name = forms.CharField(
        label=_lazy("Name"),
        strip=False,  # an unedited name keeps its stored form
        max_length=NAME_BYTES,
        error_messages={
            "required": _lazy("Enter a name with at least one visible character."),
            "max_length": _lazy("At most %(limit_value)d characters; this has %(show_value)d."),
        },
    )
    enabled = forms.BooleanField(
        label=_lazy("Enabled"),
        required=False,
        help_text=_lazy("Searches and assistants only find enabled documents. Chunks are kept either way."),
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
                _("The name ends in an invisible character. Delete what follows “%(name)s”.") % {"name": seen}
            )
        ending = name.rpartition(".")[2] if "." in name else ""
        if ending.lower() != self._ending.lower():
            raise ValidationError(
                _("Keep the extension .%(ending)s: RAGFlow uses it to detect the file type.") % {"ending": self._ending}
                if self._ending
                else _("Don't add a file extension: RAGFlow uses it to detect the file type.")
            )
        if "/" in name or "\\" in name:
            raise ValidationError(_("Don't use slashes in the name."))
        length = len(name.encode("utf-8", "surrogatepass"))
        if length > NAME_BYTES:
            raise ValidationError(
                _("At most 255 bytes; this has %(length)s. Non-ASCII characters take two to four bytes each.")
                % {"length": count(length)}
            )
        return name
