"""An ingestion pipeline instead of a chunk method (contract §7.1).

RAGFlow 0.24 takes one only for a new dataset, and its API lists no pipelines. So the id is typed, or taken over from
another dataset.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

PARSERS = 64
_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


class PipelineForm(forms.Form):
    """Which pipeline, and how many parsers its Parser component has: RAGFlow wants to know and keeps it nowhere."""

    pipeline_id = forms.CharField(
        label=_lazy("Pipeline"),
        max_length=400,
        help_text=_lazy(
            "Its id: 32 digits and letters, at the end of its address in RAGFlow. You may paste the whole address."
            " RAGFlow does not look whether it exists."
        ),
        widget=forms.TextInput(attrs={"list": "pipelines", "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": _lazy("Pipeline: paste its id, or its address in RAGFlow.")},
    )
    parse_type = forms.IntegerField(
        label=_lazy("Parsers in its Parser component"),
        min_value=0,
        max_value=PARSERS,
        initial=1,
        help_text=_lazy("RAGFlow asks for it and keeps it nowhere, so a copy has to name it again."),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _lazy("Parsers: a whole number from 0 to 64.")
        ),
    )

    def clean_pipeline_id(self) -> str:
        given: str = self.cleaned_data["pipeline_id"]
        found = set(_ID.findall(given.lower()))
        if len(found) != 1:
            raise ValidationError(
                _("Pipeline: 32 digits and letters a to f are needed, not “%(value)s”.") % {"value": given[:80]}
            )
        return str(found.pop())

    def wanted(self) -> dict[str, Any]:
        """The arguments for ``datasets.create``. Only on a valid form."""
        return {name: self.cleaned_data[name] for name in ("pipeline_id", "parse_type")}


def shown(given: Mapping[str, Any]) -> PipelineForm:
    """The form with what was typed so far, unchecked."""
    typed = {name: given.get(name) for name in ("pipeline_id", "parse_type") if given.get(name)}
    return PipelineForm(initial=typed)
