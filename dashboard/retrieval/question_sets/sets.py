"""Question sets: changing them, one question at a time or from a file."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from dashboard.models import QuestionSet, SetQuestion
from dashboard.ragflow.names import each_once
from dashboard.retrieval.question_sets.question_csv import Row


def keep(question_set: QuestionSet, text: str, documents: Sequence[str], chunks: Sequence[str]) -> bool:
    """Adds a question. One that is there already learns the new documents and chunks; False says so."""
    with transaction.atomic():
        known = question_set.questions.select_for_update().filter(text=text).first()
        if known is None:
            question_set.questions.create(text=text, documents=list(documents), chunks=list(chunks))
            return True
        known.documents = each_once([*known.documents, *documents])
        known.chunks = list(dict.fromkeys([*known.chunks, *chunks]))
        known.save(update_fields=["documents", "chunks"])
        return False


def take_in(question_set: QuestionSet, rows: Sequence[Row]) -> tuple[int, int]:
    """(added, changed): a question that is there already gets what the file says, the others stay as they are."""
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
