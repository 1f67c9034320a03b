"""The settings of one side: the parameters of POST /retrieval with their ranges and defaults (contract §13)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.retrieval.settings import DEFAULTS, Settings

MOST_LANGUAGES: Final = 10


def _all(message: Any) -> dict[str, Any]:
    """One sentence for whatever is wrong with a number: the field, and what would be right."""
    return dict.fromkeys(("required", "invalid", "min_value", "max_value"), message)


class SettingsForm(forms.Form):
    """The parameters of one side. ``prefix`` is None for A, "b" for B; what the address leaves out is the default."""

    similarity_threshold = forms.FloatField(
        label=_lazy("Similarity threshold"),
        min_value=0,
        max_value=1,
        help_text=_lazy("Chunks whose hybrid score is lower are left out."),
        error_messages=_all(_lazy("Similarity threshold: a number from 0 to 1, such as 0.2.")),
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )
    vector_similarity_weight = forms.FloatField(
        label=_lazy("Vector weight"),
        min_value=0,
        max_value=1,
        help_text=_lazy("How much meaning counts in the hybrid score; the rest is for the words themselves."),
        error_messages=_all(_lazy("Vector weight: a number from 0 to 1, such as 0.3.")),
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )
    top_k = forms.IntegerField(
        label=_lazy("Top-k"),
        min_value=1,
        max_value=10_000,
        help_text=_lazy("So many neighbours are looked up by vector before they are ranked."),
        error_messages=_all(_lazy("Top-k: a whole number from 1 to 10,000.")),
    )
    rerank_id = forms.CharField(
        label=_lazy("Rerank model"),
        required=False,
        max_length=255,
        help_text=_lazy("Ranks the best chunks once more; its score then stands in place of the vector's."),
        error_messages={"max_length": _lazy("Rerank model: at most %(limit_value)d characters.")},
    )
    cross_languages = forms.CharField(
        label=_lazy("Other languages"),
        required=False,
        max_length=200,
        help_text=_lazy("Such as English, German. The question is translated, which costs a call of the chat model."),
        error_messages={"max_length": _lazy("Other languages: at most %(limit_value)d characters.")},
    )
    keyword = forms.BooleanField(
        label=_lazy("Keywords by the chat model"),
        required=False,
        help_text=_lazy("Adds keywords to the question. Each question costs a call of the chat model."),
    )
    use_kg = forms.BooleanField(
        label=_lazy("Knowledge graph"),
        required=False,
        help_text=_lazy("Puts what the graph knows first, where one was built. Costs a call of the chat model."),
    )
    toc_enhance = forms.BooleanField(
        label=_lazy("Table of contents"),
        required=False,
        help_text=_lazy(
            "Adds chunks by the documents' contents, where they were made. Costs a call of the chat model."
        ),
    )
    highlight = forms.BooleanField(
        label=_lazy("RAGFlow's own marks"),
        required=False,
        help_text=_lazy("Marks what RAGFlow matched. Otherwise the words of the question are marked."),
    )

    def __init__(
        self, query: QueryDict, *, prefix: str | None = None, rerank_models: Sequence[str] | None = None
    ) -> None:
        # A side that the address says nothing about is like A: a comparison begins with two equal sides.
        own = prefix if prefix and any(name.startswith(f"{prefix}-") for name in query) else None
        data = {
            f"{prefix}-{name}" if prefix else name: query.get(f"{own}-{name}" if own else name) or default
            for name, default in DEFAULTS.items()
        }
        super().__init__(data, prefix=prefix)
        for name in ("similarity_threshold", "vector_similarity_weight"):
            # For the slider alone: RAGFlow takes any number in between.
            self.fields[name].step_size = 0.01  # type: ignore[attr-defined]
        chosen = str(self["rerank_id"].value() or "")
        if rerank_models is not None:
            listed = [*rerank_models, *([chosen] if chosen and chosen not in rerank_models else [])]
            self.fields["rerank_id"].widget = forms.Select(
                choices=[("", _("None")), *((model, model) for model in listed)]
            )

    def clean_cross_languages(self) -> tuple[str, ...]:
        languages = [part.strip() for part in re.split(r"[,;\n]", self.cleaned_data["cross_languages"])]
        chosen = tuple(dict.fromkeys(part for part in languages if part))
        if len(chosen) > MOST_LANGUAGES:
            raise ValidationError(
                _("Other languages: at most %(most)d, these are %(number)d.")
                % {"most": MOST_LANGUAGES, "number": len(chosen)}
            )
        return chosen

    @property
    def defaults(self) -> dict[str, Any]:
        """RAGFlow's values, for what resets a field."""
        return DEFAULTS

    def settings(self) -> Settings | None:
        """The checked values; None while one of them is wrong."""
        return Settings(dict(self.cleaned_data)) if self.is_valid() else None
