"""The form of a chunk: its text, its keywords and the questions it answers."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _lazy

from dashboard.core.long_text import LongTextField, plain_breaks
from dashboard.ragflow.types import Chunk

LENGTH = 1_000_000
_UNBROKEN = re.compile(r"(?<!\S)\S{2000}")


class ChunkForm(forms.Form):
    """Keywords and questions stand one per line, without blanks around them and each only once.

    ``loaded`` tells which text the person had before them (``editing.digest``).
    """

    content = LongTextField(
        label=_lazy("Text"),
        strip=False,
        max_length=LENGTH,
        rows=7,
        attrs={"dir": "auto"},
        error_messages={
            "required": _lazy("Text: write at least one visible character."),
            "max_length": _lazy("Text: at most %(limit_value)d characters, this has %(show_value)d."),
            "null_characters_not_allowed": _lazy("Text: null characters cannot be stored; take them out."),
        },
    )
    important_keywords = LongTextField(
        label=_lazy("Keywords"),
        required=False,
        rows=2,
        attrs={"dir": "auto"},
        help_text=_lazy("A search for one of them finds the chunk more easily."),
    )
    questions = LongTextField(
        label=_lazy("Questions it answers"),
        required=False,
        rows=2,
        attrs={"dir": "auto"},
        help_text=_lazy("With questions, the chunk is found by them rather than by its text."),
    )
    loaded = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            # Fields of several chunks can stand on one page.
            field.widget.attrs["autocomplete"] = "off"
            if _UNBROKEN.search(str(self[name].value() or "")):
                # A browser would look for a place to break the line for seconds, at each letter that is typed.
                field.widget.attrs["wrap"] = "off"

    def clean_content(self) -> str:
        content: str = self.cleaned_data["content"]
        if not content.strip():
            raise forms.ValidationError(self.fields["content"].error_messages["required"], code="required")
        return content

    def clean_important_keywords(self) -> tuple[str, ...]:
        return lines(self.cleaned_data["important_keywords"])

    def clean_questions(self) -> tuple[str, ...]:
        return lines(self.cleaned_data["questions"])

    def changes(self, chunk: Chunk) -> dict[str, Any]:
        """What the form says otherwise than the chunk; what a form cannot carry (\\r, blanks) is no difference."""
        said, stored = self.cleaned_data, initial(chunk)
        there = {
            "content": plain_breaks(stored["content"]),
            "important_keywords": lines(stored["important_keywords"]),
            "questions": lines(stored["questions"]),
        }
        return {name: said[name] for name, value in there.items() if said[name] != value}


class SplitForm(ChunkForm):
    """The first part, which keeps keywords and questions, and the text of the second."""

    second = LongTextField(
        label=_lazy("Text of the second part"),
        strip=False,
        max_length=LENGTH,
        rows=7,
        attrs={"dir": "auto"},
        error_messages={
            "required": _lazy("Text of the second part: write at least one visible character."),
            "max_length": _lazy("Text of the second part: at most %(limit_value)d characters."),
            "null_characters_not_allowed": _lazy("Text of the second part: take the null characters out."),
        },
    )

    def clean_second(self) -> str:
        second: str = self.cleaned_data["second"]
        if not second.strip():
            raise forms.ValidationError(self.fields["second"].error_messages["required"], code="required")
        return second


class MergeForm(ChunkForm):
    """The joined text; ``other_loaded`` tells which text the second chunk had."""

    other_loaded = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


def initial(chunk: Chunk) -> dict[str, str]:
    """A chunk as the form shows it."""
    return {
        "content": chunk.content,
        "important_keywords": "\n".join(chunk.important_keywords),
        "questions": "\n".join(chunk.questions),
    }


def lines(text: str) -> tuple[str, ...]:
    """The lines that say something, each once."""
    return tuple(dict.fromkeys(line.strip() for line in plain_breaks(text).split("\n") if line.strip()))
