"""The form for the settings of one side: the parameters of POST /retrieval, with ranges and defaults (contract §13)."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.datasets import model_choice
from dashboard.datasets.model_choice import ModelChoices
from dashboard.retrieval.settings import DEFAULTS, Settings

MOST_LANGUAGES: Final = 10


def _all(message: Any) -> dict[str, Any]:
    """One message for everything that can be wrong with a number."""
    return dict.fromkeys(("required", "invalid", "min_value", "max_value"), message)


class SettingsForm(forms.Form):
    """The parameters of one side. ``prefix`` is None for A and "b" for B; missing ones have their defaults."""

    similarity_threshold = forms.FloatField(
        label=_lazy("Similarity threshold"),
        min_value=0,
        max_value=1,
        help_text=_lazy("Chunks with a lower hybrid score are excluded."),
        error_messages=_all(_lazy("Enter a number from 0 to 1, such as 0.2.")),
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )
    vector_similarity_weight = forms.FloatField(
        label=_lazy("Vector weight"),
        min_value=0,
        max_value=1,
        help_text=_lazy("Share of semantic similarity in the hybrid score. The rest is keyword similarity."),
        error_messages=_all(_lazy("Enter a number from 0 to 1, such as 0.3.")),
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )
    top_k = forms.IntegerField(
        label=_lazy("Top-k"),
        min_value=1,
        max_value=10_000,
        help_text=_lazy("Number of nearest chunks to retrieve by vector before ranking."),
        error_messages=_all(_lazy("Enter a whole number from 1 to 10,000.")),
    )
    rerank_id = forms.CharField(
        label=_lazy("Rerank model"),
        required=False,
        max_length=255,
        help_text=_lazy("Reranks the best chunks. Its score replaces the vector score."),
        error_messages={"max_length": _lazy("Enter at most %(limit_value)d characters.")},
    )
    cross_languages = forms.CharField(
        label=_lazy("Other languages"),
        required=False,
        max_length=200,
        help_text=_lazy("For example: English, German. Translates the question, which costs a chat model call."),
        error_messages={"max_length": _lazy("Enter at most %(limit_value)d characters.")},
    )
    keyword = forms.BooleanField(
        label=_lazy("Keyword extraction"),
        required=False,
        help_text=_lazy("Adds keywords to the question. Costs a chat model call per question."),
    )
    use_kg = forms.BooleanField(
        label=_lazy("Knowledge graph"),
        required=False,
        help_text=_lazy("Puts results from the knowledge graph first, if there is one. Costs a chat model call."),
    )
    toc_enhance = forms.BooleanField(
        label=_lazy("Table of contents"),
        required=False,
        help_text=_lazy("Adds chunks based on tables of contents, if they were extracted. Costs a chat model call."),
    )
    highlight = forms.BooleanField(
        label=_lazy("RAGFlow highlights"),
        required=False,
        help_text=_lazy("Highlights what RAGFlow matched. Otherwise, the words of the question are highlighted."),
    )

    def __init__(self, query: QueryDict, *, prefix: str | None = None, models: ModelChoices | None = None) -> None:
        # B without parameters of its own copies A: a comparison starts with two equal sides.
        own = prefix if prefix and any(name.startswith(f"{prefix}-") for name in query) else None
        data = {
            f"{prefix}-{name}" if prefix else name: query.get(f"{own}-{name}" if own else name) or default
            for name, default in DEFAULTS.items()
        }
        super().__init__(data, prefix=prefix)
        for name in ("similarity_threshold", "vector_similarity_weight"):
            # For the slider only: RAGFlow accepts any number in between.
            self.fields[name].step_size = 0.01  # type: ignore[attr-defined]
        model_choice.offer(self, "rerank_id", models or ModelChoices(), "rerank", blank=_("None"))

    def clean_cross_languages(self) -> tuple[str, ...]:
        languages = [part.strip() for part in re.split(r"[,;\n]", self.cleaned_data["cross_languages"])]
        chosen = tuple(dict.fromkeys(part for part in languages if part))
        if len(chosen) > MOST_LANGUAGES:
            raise ValidationError(
                _("Enter at most %(most)d languages (you entered %(number)d).")
                % {"most": MOST_LANGUAGES, "number": len(chosen)}
            )
        return chosen

    @property
    def defaults(self) -> dict[str, Any]:
        """RAGFlow's values, for the reset buttons."""
        return DEFAULTS

    def settings(self) -> Settings | None:
        """The validated settings; None if one of them is invalid."""
        return Settings(dict(self.cleaned_data)) if self.is_valid() else None
