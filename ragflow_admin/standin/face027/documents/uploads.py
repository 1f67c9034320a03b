"""POST /datasets/{id}/documents: files, or with `?type=empty` a document without content (ragflow-0.27 §6)."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from django.db.models import F
from django.http import HttpResponse

from ragflow_admin.standin.face024.documents import file_types, uploads
from ragflow_admin.standin.face027.documents import rows
from ragflow_admin.standin.http import answers, multipart
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.multipart import FilePart, Form
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.store import files
from ragflow_admin.standin.store.models import Dataset, Document

MOST_BYTES = 255
FROM_FORM = ("table_column_mode", "table_column_roles")


def upload(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """Files of a form (`type` local, the default), an empty document, or a web page (which is refused here)."""
    kind = request.GET.get("type", "local")
    if kind == "empty":
        return _upload_empty(request, dataset_id)
    if kind == "web":
        raise Refused(101, 'Lack of "name"')
    if kind != "local":
        raise Refused(101, f'"type" must be one of "local", "web", or "empty", not {kind}.')
    form = read_form(request)
    try:
        return _upload_files(request, dataset_id, form)
    finally:
        form.discard()


def read_form(request: ApiRequest) -> Form:
    """The multipart body, its files on disk. Raises Refused 101 for another body."""
    boundary = multipart.boundary_of(request.headers.get("Content-Type", ""))
    if boundary is None:
        raise Refused(101, "No file part!")
    length = int(request.headers.get("Content-Length") or 0)
    return multipart.read_form(request, length, boundary, files.incoming())


def file_parts(form: Form) -> list[FilePart]:
    """The parts named `file`. Raises Refused 101 if there is none, or one without or with too long a name."""
    parts = [part for part in form.files if part.field == "file"]
    if not parts:
        raise Refused(101, "No file part!")
    for part in parts:
        if not part.filename:
            raise Refused(101, "No file selected!")
        if len(part.filename.encode()) > MOST_BYTES:
            raise Refused(101, "File name must be 255 bytes or less.")
    return parts


def _dataset(request: ApiRequest, dataset_id: str) -> Dataset:
    found = Dataset.objects.filter(id=dataset_id).first()
    if found is None:
        raise Refused(102, f"Can't find the dataset with ID {dataset_id}!")
    if found.tenant_id != request.tenant.id:
        raise Refused(109, "no authorization")
    return found


def _upload_files(request: ApiRequest, dataset_id: str, form: Form) -> HttpResponse:
    """Code 500 if a file is refused, with the stored ones as `data` if there are any."""
    parts = file_parts(form)
    dataset = _dataset(request, dataset_id)
    folder = re.sub(r"[^A-Za-z0-9_\-/]", "", form.fields.get("parent_path", "")).strip("/")
    config = _config_of(form)
    stored: list[Document] = []
    errors = []
    for part in parts:
        kind = file_types.type_of(part.filename)
        if kind is None:
            errors.append(f"{part.filename}: This type of file has not been supported yet!")
            continue
        digest = hash_of(part.path)
        document = uploads.add(
            dataset, request.tenant.id, part.filename, kind, arrived=part.path, size=part.size, folder=folder
        )
        document.content_hash = digest
        document.parser_config = json.dumps({**json.loads(document.parser_config), **config})
        document.save(update_fields=["content_hash", "parser_config"])
        stored.append(document)
    shown = rows.raw_upload_row if request.GET.get("return_raw_files", "").lower() == "true" else rows.upload_row
    data = [shown(document) for document in stored]
    if errors:
        raise Refused(500, "\n".join(errors), data or answers.UNSET)
    return answers.done(data)


def _config_of(form: Form) -> dict[str, Any]:
    """What the form field `parser_config` may set: the columns of a table."""
    try:
        sent = json.loads(form.fields.get("parser_config") or "{}")
    except ValueError:
        raise Refused(101, "parser_config must be valid JSON") from None
    return {key: sent[key] for key in FROM_FORM if key in sent} if isinstance(sent, dict) else {}


def hash_of(path: Path) -> str:
    """32 hex digits derived from a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _upload_empty(request: ApiRequest, dataset_id: str) -> HttpResponse:
    """A document of type "virtual": a name without content, e.g. for chunks added by hand."""
    name = str(json_body(request).get("name") or "").strip()
    if not name:
        raise Refused(101, "File name can't be empty.")
    if len(name.encode()) > MOST_BYTES:
        raise Refused(101, "File name must be 255 bytes or less.")
    dataset = _dataset(request, dataset_id)
    if Document.objects.filter(kb_id=dataset.id, name=name).exists():
        raise Refused(102, "Duplicated document name in the same dataset.")
    document = Document.objects.create(
        kb_id=dataset.id,
        created_by=request.tenant.id,
        name=name,
        location="",
        type="virtual",
        thumbnail=None,
        suffix=file_types.suffix_of(name),
        parser_id=dataset.parser_id,
        parser_config=dataset.parser_config,
        pipeline_id=dataset.pipeline_id,
    )
    Dataset.objects.filter(id=dataset.id).update(doc_num=F("doc_num") + 1)
    unknown = ("create_date", "create_time", "update_date", "update_time", "process_begin_at", "thumbnail")
    return answers.done({key: value for key, value in rows.row_of(document).items() if key not in unknown})
