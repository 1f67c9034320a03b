"""POST /datasets/{id}/documents (contract §9.1)."""

from __future__ import annotations

import re
from pathlib import Path

from django.db import transaction
from django.db.models import F
from django.http import HttpResponse

from ragflow_admin.standin.face024.documents import file_types
from ragflow_admin.standin.face024.documents.documents import upload_row
from ragflow_admin.standin.http import answers, multipart
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.store import files
from ragflow_admin.standin.store.models import Dataset, Document


def upload(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """Stores the `file` parts. As in 0.24, the owner of the dataset is not checked."""
    boundary = multipart.boundary_of(request.headers.get("Content-Type", ""))
    if boundary is None:
        raise Refused(101, "No file part!")
    length = int(request.headers.get("Content-Length") or 0)
    form = multipart.read_form(request, length, boundary, files.incoming())
    try:
        return _store(request, dataset_id, form)
    finally:
        form.discard()


def _store(request: ApiRequest, dataset_id: str, form: multipart.Form) -> HttpResponse:
    parts = [part for part in form.files if part.field == "file"]
    if not parts:
        raise Refused(101, "No file part!")
    for part in parts:
        if not part.filename:
            raise Refused(101, "No file selected!")
        if len(part.filename.encode()) > 255:
            raise Refused(101, "File name must be 255 bytes or less.")
    dataset = Dataset.objects.filter(id=dataset_id).first()
    if dataset is None:
        raise LookupError(f"Can't find the dataset with ID {dataset_id}!")
    folder = re.sub(r"[^A-Za-z0-9_\-/]", "", form.fields.get("parent_path", "")).strip("/")
    stored, errors = [], []
    for part in parts:
        kind = file_types.type_of(part.filename)
        if kind is None:
            errors.append(f"{part.filename}: This type of file has not been supported yet!")
        elif kind == "pdf" and not _has_root(part.path):
            errors.append(f"{part.filename}: No /Root object! - Is this really a PDF?")
        else:
            stored.append(
                add(dataset, request.tenant.id, part.filename, kind, arrived=part.path, size=part.size, folder=folder)
            )
    if errors:
        raise Refused(500, "\n".join(errors))
    return answers.done([upload_row(document) for document in stored])


def _has_root(path: Path) -> bool:
    """Whether a PDF's end or beginning names its root object, the minimum for a thumbnail."""
    with path.open("rb") as file:
        head = file.read(65536)
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 65536))
        return b"/Root" in head or b"/Root" in file.read()


def add(
    dataset: Dataset, owner: str, name: str, kind: str, *, arrived: Path | None, size: int, folder: str = ""
) -> Document:
    """Creates a document in the dataset under a free name; `arrived` becomes its file."""
    with transaction.atomic():
        name = _free_name(dataset.id, name)
        document = Document(
            kb_id=dataset.id,
            created_by=owner,
            name=name,
            location=f"{folder}/{name}" if folder else name,
            size=size,
            type=kind,
            suffix=file_types.suffix_of(name),
            parser_id=file_types.method_of(name, kind, dataset.parser_id),
            parser_config=dataset.parser_config,
            pipeline_id=dataset.pipeline_id,
        )
        if kind == "pdf" or (kind == "visual" and document.suffix not in ("mp4", "avi", "mkv", "mov")):
            document.thumbnail = f"thumbnail_{document.id}.png"
        if arrived is not None:
            files.keep(document.id, arrived)
        document.save(force_insert=True)
        Dataset.objects.filter(id=dataset.id).update(doc_num=F("doc_num") + 1)
    return document


def _free_name(dataset_id: str, name: str) -> str:
    """`stem.ext`, or `stem(1).ext`, `stem(2).ext` … if it is taken."""
    stem, dot, suffix = name.rpartition(".")
    out, n = name, 0
    while Document.objects.filter(kb_id=dataset_id, name=out).exists():
        n += 1
        out = f"{stem}({n}){dot}{suffix}"
    return out
