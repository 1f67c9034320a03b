"""The form of a chunk: its text, keywords and questions."""

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
    """Text, keywords and questions of a chunk. Keywords and questions are one per line, stripped and unique.

    ``loaded`` identifies the version that was loaded (``editing.digest``).
    """

    content = LongTextField(
        label=_lazy("Text"),
        strip=False,
        max_length=LENGTH,
        rows=7,
        attrs={"dir": "auto"},
        error_messages={
            "required": _lazy("Enter at least one visible character."),
            "max_length": _lazy("Enter at most %(limit_value)d characters (you entered %(show_value)d)."),
            "null_characters_not_allowed": _lazy("Null characters can't be stored. Remove them."),
        },
    )
    important_keywords = LongTextField(
        label=_lazy("Keywords"),
        required=False,
        rows=2,
        attrs={"dir": "auto"},
        help_text=_lazy("Keywords make the chunk easier to find."),
    )
    questions = LongTextField(
        label=_lazy("Questions it answers"),
        required=False,
        rows=2,
        attrs={"dir": "auto"},
        help_text=_lazy("If you add questions, the chunk is matched by them instead of its text."),
    )
    loaded = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            # One page can have the fields of several chunks.
            field.widget.attrs["autocomplete"] = "off"
            if _UNBROKEN.search(str(self[name].value() or "")):
                # Otherwise the browser would search for a line break for seconds on each keystroke.
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
        """The fields that differ from the chunk. Differences that a form can't carry (\\r, blanks) don't count."""
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
            "required": _lazy("Enter at least one visible character."),
            "max_length": _lazy("Enter at most %(limit_value)d characters."),
            "null_characters_not_allowed": _lazy("Null characters can't be stored. Remove them."),
        },
    )

    def clean_second(self) -> str:
        second: str = self.cleaned_data["second"]
        if not second.strip():
            raise forms.ValidationError(self.fields["second"].error_messages["required"], code="required")
        return second


class MergeForm(ChunkForm):
    """The joined text. ``other_loaded`` identifies the loaded version of the second chunk."""

    other_loaded = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


def initial(chunk: Chunk) -> dict[str, str]:
    """The initial values of the form for a chunk."""
    return {
        "content": chunk.content,
        "important_keywords": "\n".join(chunk.important_keywords),
        "questions": "\n".join(chunk.questions),
    }


def lines(text: str) -> tuple[str, ...]:
    """The non-empty lines, without duplicates."""
    return tuple(dict.fromkeys(line.strip() for line in plain_breaks(text).split("\n") if line.strip()))
