"""The fields of an assistant's form, with the ranges and defaults of RAGFlow (contract §14)."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _lazy

from dashboard.assistants.settings.defaults import OWN, PRESET_NAMES
from dashboard.core.long_text import LongTextField, LongTextForm

NAME_LENGTH: Final = 255
TEXT_LENGTH: Final = 20_000


def _all(message: Any) -> dict[str, Any]:
    """One message for everything that can be wrong with a number."""
    return dict.fromkeys(("required", "invalid", "min_value", "max_value"), message)


def _share(label: Any, help_text: Any) -> forms.FloatField:
    return forms.FloatField(
        label=label,
        min_value=0,
        max_value=1,
        step_size=0.01,
        help_text=help_text,
        error_messages=_all(_lazy("Enter a number from 0 to 1, such as 0.2."))
        | {"step_size": _lazy("Enter at most two decimals, such as 0.25.")},
    )


def _sampling(label: Any, help_text: Any, highest: float) -> forms.FloatField:
    message = _lazy("Enter a number from 0 to 1.") if highest == 1 else _lazy("Enter a number from 0 to 2.")
    return forms.FloatField(
        label=label,
        required=False,
        min_value=0,
        max_value=highest,
        help_text=help_text,
        error_messages=_all(message),
        widget=forms.NumberInput(attrs={"step": "any"}),
    )


def _switch(label: Any, help_text: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=help_text)


class Fields(LongTextForm):
    """All settings. What differs between a new assistant and an existing one is in ``assistant_form``."""

    name = forms.CharField(
        label=_lazy("Name"),
        max_length=NAME_LENGTH,
        error_messages={
            "required": _lazy("Enter a name with at least one visible character."),
            "max_length": _lazy("Enter at most %(limit_value)d characters (you entered %(show_value)d)."),
        },
    )
    description = LongTextField(label=_lazy("Description"), required=False, max_length=2000, rows=2)
    datasets = forms.MultipleChoiceField(
        label=_lazy("Datasets"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy(
            "The datasets to search. They must share an embedding model. Without any, the assistant answers from"
            " the model's own knowledge, without sources."
        ),
        error_messages={"invalid_choice": _lazy("A dataset you chose no longer exists or has no chunks. Remove it.")},
    )
    model = forms.ChoiceField(label=_lazy("Chat model"), required=False)
    preset = forms.ChoiceField(
        label=_lazy("Style"), required=False, choices=PRESET_NAMES, initial=OWN, widget=forms.RadioSelect
    )
    temperature = _sampling(_lazy("Temperature"), _lazy("Higher values make answers more varied."), 2)
    top_p = _sampling(_lazy("Top-p"), _lazy("Lower values leave out unlikely words."), 1)
    presence_penalty = _sampling(_lazy("Presence penalty"), _lazy("Higher values favour new topics."), 2)
    frequency_penalty = _sampling(_lazy("Frequency penalty"), _lazy("Higher values avoid repetition."), 2)
    max_tokens = forms.IntegerField(
        label=_lazy("Maximum tokens"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text=_lazy("The longest answer. Blank: the model's limit."),
        error_messages=_all(_lazy("Enter a whole number from 1 to 1,000,000.")),
    )
    prompt = LongTextField(
        label=_lazy("System prompt"),
        max_length=TEXT_LENGTH,
        strip=False,
        rows=9,
        help_text=_lazy(
            "RAGFlow replaces {knowledge} with the chunks it finds, and other variables with their values."
        ),
        error_messages={"required": _lazy("Enter instructions for the model that include {knowledge}.")},
    )
    variables = forms.Field(label=_lazy("Variables"), required=False, widget=forms.MultipleHiddenInput)
    opener = LongTextField(
        label=_lazy("Opening message"),
        required=False,
        strip=False,
        max_length=2000,
        rows=2,
        help_text=_lazy("Shown at the start of each session."),
    )
    empty_response = LongTextField(
        label=_lazy("Answer if nothing is found"),
        required=False,
        strip=False,
        max_length=2000,
        rows=2,
        help_text=_lazy(
            "Given whenever no chunk is found, so the model is not asked: it can't greet, explain or answer from"
            " what it knows. Leave empty to let the model answer on its own."
        ),
    )
    top_n = forms.IntegerField(
        label=_lazy("Maximum chunks"),
        min_value=1,
        max_value=30,
        help_text=_lazy("The best chunks, sent to the model (top-n)."),
    )
    similarity_threshold = _share(_lazy("Similarity threshold"), _lazy("Chunks with a lower score are not used."))
    keyword_weight = _share(
        _lazy("Keyword weight"), _lazy("The weight of the words in the score. The rest is the weight of the meaning.")
    )
    top_k = forms.IntegerField(
        label=_lazy("Candidates"),
        min_value=1,
        max_value=2048,
        help_text=_lazy("Nearest chunks to rank (top-k)."),
        error_messages=_all(_lazy("Enter a whole number from 1 to 2,048.")),
    )
    rerank_model = forms.CharField(
        label=_lazy("Rerank model"),
        required=False,
        max_length=255,
        help_text=_lazy("Reranks the best chunks. Its score replaces the vector score."),
    )
    cross_languages = forms.CharField(
        label=_lazy("Other languages"),
        required=False,
        max_length=200,
        help_text=_lazy("For example: English, German. The question is also searched in these languages."),
    )
    thinking = forms.ChoiceField(label=_lazy("Thinking"), required=False)
    show_quote = _switch(_lazy("Cite sources"), _lazy("Answers have numbers that lead to their chunks."))
    refine_multiturn = _switch(
        _lazy("Refine follow-up questions"),
        _lazy("A question such as “And in winter?” is completed from the conversation. Costs a model call."),
    )
    keyword = _switch(_lazy("Keyword extraction"), _lazy("Adds keywords to the question. Costs a model call."))
    use_kg = _switch(_lazy("Knowledge graph"), _lazy("Adds results from the datasets' knowledge graph, if any."))
    toc_enhance = _switch(_lazy("Table of contents"), _lazy("Adds chunks based on tables of contents, if any."))
    filter_method = forms.ChoiceField(
        label=_lazy("Metadata filter"),
        required=False,
        choices=[
            ("", _lazy("None")),
            ("auto", _lazy("Automatic: the model derives it from the question")),
            ("manual", _lazy("Only documents that match these conditions")),
        ],
    )
    filter_conditions = forms.Field(label=_lazy("Conditions"), required=False, widget=forms.MultipleHiddenInput)
    logic = forms.CharField(label=_lazy("Conditions"), required=False, widget=forms.HiddenInput)
