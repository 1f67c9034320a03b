"""Deletes objects together with what belongs to them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from ragflow_admin.standin.store import files
from ragflow_admin.standin.store.models import Chunk, Dataset, Document, Graph, IngestionLog, Task


def dataset(doomed: Dataset) -> None:
    """Deletes a dataset with its documents, chunks and files."""
    names = list(Document.objects.filter(kb_id=doomed.id, file_id="").values_list("id", flat=True))
    with transaction.atomic():
        Chunk.objects.filter(kb_id=doomed.id).delete()
        Document.objects.filter(kb_id=doomed.id).delete()
        Task.objects.filter(kb_id=doomed.id).delete()
        Graph.objects.filter(kb_id=doomed.id).delete()
        IngestionLog.objects.filter(kb_id=doomed.id).delete()
        doomed.delete()
    for name in names:
        files.remove(name)


def documents(doomed: list[Document], *, originals: bool = True) -> None:
    """Deletes documents with chunks and files, and reduces the dataset's totals.

    `originals`: for a document linked to a file of the file manager, that file's content is deleted too, as in 0.24
    (contract §9.5) but not in 0.27 (ragflow-0.27 §6).
    """
    with transaction.atomic():
        for document in doomed:
            Chunk.objects.filter(doc_id=document.id).delete()
            Document.objects.filter(id=document.id).delete()
            Task.objects.filter(doc_id=document.id).delete()
            Dataset.objects.filter(id=document.kb_id).update(
                doc_num=F("doc_num") - 1,
                chunk_num=F("chunk_num") - document.chunk_num,
                token_num=F("token_num") - document.token_num,
            )
    for document in doomed:
        if originals or not document.file_id:
            files.remove(document.stored_as)
