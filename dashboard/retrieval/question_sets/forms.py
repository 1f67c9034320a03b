"""Forms of question sets: the set, a question with its expected results, a CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.core.long_text import LineField, LongTextField, LongTextForm
from dashboard.datasets import methods
from dashboard.models import QuestionSet, Server
from dashboard.ragflow.names import each_once
from dashboard.ragflow.types import Dataset
from dashboard.retrieval.question_sets import question_csv
from dashboard.retrieval.question_sets.question_csv import QUESTION_LENGTH, Row, Unreadable

MOST_EXPECTED: Final = 50


class SetForm(forms.Form):
    """A set's name and the datasets it searches."""

    name = forms.CharField(
        label=_lazy("Name"),
        max_length=120,
        error_messages={
            "required": _lazy("Enter a name."),
            "max_length": _lazy("Enter at most %(limit_value)d characters (you entered %(show_value)d)."),
        },
    )
    dataset = forms.MultipleChoiceField(
        label=_lazy("Datasets to search"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _lazy("Choose at least one dataset."),
            "invalid_choice": _lazy("No dataset with the ID “%(value)s” that has chunks."),
        },
    )

    def __init__(
        self, data: Any = None, *, server: Server, datasets: Sequence[Dataset], initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        self._server = server
        self._datasets = {dataset.id: dataset for dataset in datasets}
        self.fields["dataset"].choices = [(dataset.id, dataset.name) for dataset in datasets]  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if QuestionSet.objects.filter(server=self._server, name=name).exists():
            raise ValidationError(_("A set named “%(name)s” already exists. Choose another name.") % {"name": name})
        return name

    def clean_dataset(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["dataset"]
        models = {methods.model_of(self._datasets[key]) for key in chosen}
        if len(models) > 1:
            raise ValidationError(
                _("Choose datasets that share an embedding model. Selected: %(models)s.")
                % {"models": ", ".join(sorted(models))}
            )
        return chosen


class QuestionForm(LongTextForm):
    """A question and its expected results, one per line."""

    text = LineField(
        label=_lazy("Question"),
        max_length=QUESTION_LENGTH,
        error_messages={
            "required": _lazy("Enter a question."),
            "max_length": _lazy("Enter at most %(limit_value)d characters (you entered %(show_value)d)."),
        },
    )
    documents = LongTextField(
        label=_lazy("Expected documents"),
        required=False,
        help_text=_lazy("One name per line. Any chunk of these documents counts as a hit, unless you list chunks."),
    )
    chunks = LongTextField(
        label=_lazy("Expected chunks"),
        required=False,
        help_text=_lazy("One ID per line, as in the link of a chunk. If you list any, only these count as hits."),
    )

    def clean_documents(self) -> list[str]:
        return _lines(self.cleaned_data["documents"])

    def clean_chunks(self) -> list[str]:
        return _lines(self.cleaned_data["chunks"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned["documents"] and not cleaned["chunks"]:
            self.add_error("documents", _("List at least one document or chunk."))
        return cleaned


class FileForm(forms.Form):
    """A CSV file of questions; ``cleaned_data["file"]`` holds its rows."""

    file = forms.FileField(
        label=_lazy("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_lazy("Columns: question, documents, chunks. Separate several values in a cell with |."),
        error_messages={"required": _lazy("Choose a file."), "empty": _lazy("This file is empty. Choose another.")},
    )

    def clean_file(self) -> list[Row]:
        try:
            return question_csv.read(self.cleaned_data["file"].read(question_csv.MOST_BYTES + 1))
        except Unreadable as error:
            raise ValidationError(str(error)) from error


def _lines(text: str) -> list[str]:
    lines = each_once(line.strip() for line in text.split("\n") if line.strip())
    if len(lines) > MOST_EXPECTED:
        raise ValidationError(
            _("Enter at most %(most)d lines (you entered %(number)d).") % {"most": MOST_EXPECTED, "number": len(lines)}
        )
    if any(len(line) > 255 for line in lines):
        raise ValidationError(_("A name or ID can have at most 255 characters."))
    return lines
