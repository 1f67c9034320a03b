"""The form of the lab: the question, and the datasets, documents and metadata conditions to search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dashboard.conditions.conditions import Conditions
from dashboard.datasets import methods
from dashboard.ragflow.types import Dataset
from dashboard.retrieval.lab.documents import DOCUMENT_ID

QUESTION_LENGTH: Final = 2000
MOST_DOCUMENTS: Final = 20


class QuestionForm(forms.Form):
    """The question, and where to search. ``datasets`` are the server's; if there is only one, it is the default."""

    q = forms.CharField(
        label=_lazy("Question"),
        required=False,
        max_length=QUESTION_LENGTH,
        error_messages={"max_length": _lazy("Enter at most %(limit_value)d characters (you entered %(show_value)d).")},
    )

    def __init__(self, query: QueryDict, datasets: Sequence[Dataset]) -> None:
        super().__init__(query)
        self._datasets = {dataset.id: dataset for dataset in datasets}
        askable = [dataset.id for dataset in datasets if dataset.chunk_count]
        chosen = [value for value in query.getlist("dataset") if value]
        self.dataset_ids = list(dict.fromkeys(chosen or (askable if len(askable) == 1 else [])))
        self.document_ids = list(dict.fromkeys(value for value in query.getlist("document") if value))
        self.conditions = Conditions.read(query)

    @property
    def question(self) -> str:
        """The question as typed, stripped."""
        return str(self["q"].value() or "").strip()

    @property
    def dataset_errors(self) -> list[str]:
        return [str(error) for error in self.errors.get("dataset", ())]

    @property
    def document_errors(self) -> list[str]:
        return [str(error) for error in self.errors.get("document", ())]

    @property
    def condition_errors(self) -> list[str]:
        return [str(error) for error in self.errors.get("conditions", ())]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.question:
            self._check_datasets()
            self._check_documents()
            for error in self.conditions.errors:
                self.refuse("conditions", error)
        return cleaned

    def refuse(self, part: str, message: str) -> None:
        """Add an error to ``dataset``, ``document`` or ``conditions``, which are not Django fields."""
        self.errors.setdefault(part, self.error_class()).append(message)

    def _check_datasets(self) -> None:
        if not self.dataset_ids:
            self.refuse("dataset", _("Choose at least one dataset."))
        if unknown := [value for value in self.dataset_ids if value not in self._datasets]:
            message = _("No dataset with the ID “%(id)s” on this server. It may have been deleted.")
            self.refuse("dataset", message % {"id": unknown[0][:64]})
        chosen = [self._datasets[value] for value in self.dataset_ids if value in self._datasets]
        for dataset in chosen:
            if not dataset.chunk_count:
                message = _("“%(name)s” has no chunks yet. Parse its documents, or choose another dataset.")
                self.refuse("dataset", message % {"name": dataset.name})
        models = {methods.model_of(dataset): dataset for dataset in chosen}
        if len(models) > 1:
            message = _("Choose datasets that share an embedding model. Selected: %(list)s.")
            pairs = ", ".join(f"“{dataset.name}”: {model}" for model, dataset in models.items())
            self.refuse("dataset", message % {"list": pairs})

    def _check_documents(self) -> None:
        if len(self.document_ids) > MOST_DOCUMENTS:
            message = _("Choose at most %(most)d documents (you chose %(number)d).")
            self.refuse("document", message % {"most": MOST_DOCUMENTS, "number": len(self.document_ids)})
        for value in self.document_ids:
            if not DOCUMENT_ID.fullmatch(value):
                self.refuse("document", _("No document with the ID “%(id)s”.") % {"id": value[:64]})
        if self.document_ids and self.conditions:
            self.refuse(
                "conditions",
                _("RAGFlow ignores metadata conditions when documents are chosen. Remove one or the other."),
            )
