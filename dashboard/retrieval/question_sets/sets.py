"""Adds questions to a set, one at a time or from a file."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from dashboard.models import QuestionSet, SetQuestion
from dashboard.ragflow.names import each_once
from dashboard.retrieval.question_sets.question_csv import Row


def add_case(question_set: QuestionSet, text: str, documents: Sequence[str], chunks: Sequence[str]) -> bool:
    """Add a question. If it already exists, its documents and chunks are extended, and False is returned."""
    with transaction.atomic():
        known = question_set.questions.select_for_update().filter(text=text).first()
        if known is None:
            question_set.questions.create(text=text, documents=list(documents), chunks=list(chunks))
            return True
        known.documents = each_once([*known.documents, *documents])
        known.chunks = list(dict.fromkeys([*known.chunks, *chunks]))
        known.save(update_fields=["documents", "chunks"])
        return False


def import_csv(question_set: QuestionSet, rows: Sequence[Row]) -> tuple[int, int]:
    """Import rows; returns (added, changed). Existing questions get the values of the file; others stay unchanged."""
    with transaction.atomic():
        known = {question.text: question for question in question_set.questions.select_for_update()}
        new = [row for row in rows if row.text not in known]
        changed = []
        for row in rows:
            question = known.get(row.text)
            if question and (question.documents, question.chunks) != (list(row.documents), list(row.chunks)):
                question.documents, question.chunks = list(row.documents), list(row.chunks)
                changed.append(question)
        SetQuestion.objects.bulk_create(
            SetQuestion(
                question_set=question_set, text=row.text, documents=list(row.documents), chunks=list(row.chunks)
            )
            for row in new
        )
        SetQuestion.objects.bulk_update(changed, ["documents", "chunks"], batch_size=500)
    return len(new), len(changed)
