"""An ingestion pipeline instead of a chunk method (contract §7.1).

RAGFlow 0.24 accepts a pipeline only for a new dataset, and its API cannot list pipelines. The id is typed, or copied
from another dataset.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.ragflow.releases.offers import Offer

PARSERS = 64
_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


class PipelineForm(forms.Form):
    """The pipeline, and the number of parsers in its Parser component, which RAGFlow 0.24 requires but does not store.

    Servers that don't offer "parsers of pipelines" are not told the number.
    """

    pipeline_id = forms.CharField(
        label=_lazy("Pipeline"),
        max_length=400,
        help_text=_lazy(
            "The pipeline's id: 32 characters at the end of its address in RAGFlow. You can paste the whole address."
            " RAGFlow doesn't check that it exists."
        ),
        widget=forms.TextInput(attrs={"list": "pipelines", "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": _lazy("Paste the pipeline's id or its address in RAGFlow.")},
    )
    parse_type = forms.IntegerField(
        label=_lazy("Parsers in its Parser component"),
        min_value=0,
        max_value=PARSERS,
        initial=1,
        help_text=_lazy("RAGFlow requires this number but doesn't store it, so enter it again for a copy."),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _lazy("Enter a whole number from 0 to 64.")
        ),
    )

    def __init__(
        self, data: Any = None, *, accepts: Collection[Offer], initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        if "parsers of pipelines" not in accepts:
            del self.fields["parse_type"]

    def clean_pipeline_id(self) -> str:
        given: str = self.cleaned_data["pipeline_id"]
        found = set(_ID.findall(given.lower()))
        if len(found) != 1:
            raise ValidationError(_("Enter 32 digits and letters a to f, not “%(value)s”.") % {"value": given[:80]})
        return str(found.pop())

    def wanted(self) -> dict[str, Any]:
        """The arguments for ``datasets.create``. Only on a valid form."""
        return {name: self.cleaned_data[name] for name in self.fields}


def shown(given: Mapping[str, Any], accepts: Collection[Offer]) -> PipelineForm:
    """The form with the submitted values, without validation."""
    typed = {name: given.get(name) for name in ("pipeline_id", "parse_type") if given.get(name)}
    return PipelineForm(accepts=accepts, initial=typed)
