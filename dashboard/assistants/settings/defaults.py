"""What a new assistant starts with, and the presets of its model."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _lazy

# RAGFlow's own defaults (as of 0.24.0), so that the form starts with what RAGFlow would use.
PROMPT: Final = """You are an intelligent assistant. \
Please summarize the content of the dataset to answer the question. \
Please list the data in the dataset and answer in detail. When all dataset content is irrelevant to the question, \
your answer must include the sentence "The answer you are looking for is not found in the dataset!" \
Answers need to consider chat history.
Here is the knowledge base:
{knowledge}
The above is the knowledge base."""
OPENER: Final = "Hi! I'm your assistant. What can I do for you?"
EMPTY_RESPONSE: Final = "Sorry! No relevant content was found in the knowledge base!"
KNOWLEDGE: Final = "knowledge"

# The values of the form of a new assistant, as typed; a setting that an assistant does not store has them too.
RETRIEVAL: Final = {"top_n": "6", "similarity_threshold": "0.2", "keyword_weight": "0.7", "top_k": "1024"}
NEW: Final[dict[str, tuple[str, ...]]] = {
    "prompt": (PROMPT,),
    "opener": (OPENER,),
    "empty_response": (EMPTY_RESPONSE,),
    **{name: (value,) for name, value in RETRIEVAL.items()},
    "variables": (f"required {KNOWLEDGE}",),
    "show_quote": ("on",),
    "refine_multiturn": ("on",),
}

# What presets set, in the order of the form. RAGFlow's own interface has the same values.
SAMPLING: Final = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
PRESETS: Final[dict[str, tuple[str, str, str, str]]] = {
    "precise": ("0.2", "0.75", "0.5", "0.5"),
    "balanced": ("0.5", "0.85", "0.2", "0.3"),
    "creative": ("0.8", "0.9", "0.1", "0.1"),
}
OWN: Final = "own"
PRESET_NAMES: Final = (
    ("precise", _lazy("Precise")),
    ("balanced", _lazy("Balanced")),
    ("creative", _lazy("Creative")),
    (OWN, _lazy("Own values")),
)
PRESET_NOTES: Final = {
    "precise": _lazy("Stays close to the sources"),
    "balanced": _lazy("A bit of freedom in wording"),
    "creative": _lazy("Varied wording, more risk"),
    OWN: _lazy("Enter them below; blank: the model's default"),
}


def preset_of(values: tuple[str, ...]) -> str:
    """The preset that has these values, which are in the order of SAMPLING; else OWN."""
    numbers = [_number(value) for value in values]
    return next((name for name, preset in PRESETS.items() if [float(one) for one in preset] == numbers), OWN)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
