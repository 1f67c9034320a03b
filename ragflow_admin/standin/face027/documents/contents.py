"""Downloads, previews, thumbnails and images, all of them for the owner only (ragflow-0.27 §0.12, §6)."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

from ragflow_admin.standin.face024.documents.documents import attached
from ragflow_admin.standin.face027.documents import fields, rows
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.store import files
from ragflow_admin.standin.store.models import Chunk, Dataset, Document

THUMBNAIL = "thumbnail_"


class NotFound(Exception):
    """The storage has no such object: code 100."""


def mime_type(name: str) -> str:
    """The type of a file by its name."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _mine(request: ApiRequest, document_id: str, dataset_id: str = "") -> Document:
    found = Document.objects.filter(id=document_id).first()
    if found is None or dataset_id not in ("", found.kb_id) or not _owns(request, found.kb_id):
        raise Refused(102, "document not found")
    return found


def _owns(request: ApiRequest, dataset_id: str) -> bool:
    return Dataset.objects.filter(id=dataset_id, tenant_id=request.tenant.id).exists()


def download(request: ApiRequest, document_id: str, dataset_id: str = "") -> HttpResponseBase:
    """GET /datasets/{id}/documents/{id} and /documents/{id}: an attachment with the type of its name."""
    document = _mine(request, document_id, dataset_id)
    return attached(document, mime_type(document.name))


def preview(request: ApiRequest, document_id: str) -> HttpResponseBase:
    """GET /documents/{id}/preview: inline, but for HTML."""
    document = _mine(request, document_id)
    kind = mime_type(document.name)
    return attached(document, kind, inline=kind != "text/html")


def thumbnails(request: ApiRequest) -> HttpResponse:
    """GET /thumbnails?doc_ids=…: the path of each document's thumbnail, "" without one."""
    ids = fields.id_list(request.GET, "doc_ids")
    if not ids:
        raise Refused(101, 'Lack of "Document ID"', data=False)
    found = Document.objects.filter(id__in=ids)
    return answers.success({d.id: rows.thumbnail_path(d) for d in found if _owns(request, d.kb_id)})


def image(request: ApiRequest, image_id: str) -> HttpResponseBase:
    """GET /documents/images/{dataset}-{name}: a chunk's picture, or a document's thumbnail if it is a picture."""
    dataset_id, dash, name = image_id.partition("-")
    if not dash or not dataset_id or "-" in name:
        raise Refused(102, "Image not found.")
    path = _picture(dataset_id, name) if _owns(request, dataset_id) else None
    if path is None or not path.exists():
        raise NotFound(f"NotFound (permanent) at stat => entity not found, path: {dataset_id}/{name}")
    return FileResponse(path.open("rb"), content_type="image/JPEG")


def _picture(dataset_id: str, name: str) -> Path | None:
    if name.startswith(THUMBNAIL):
        found = Document.objects.filter(kb_id=dataset_id, thumbnail=name, type="visual").first()
        return files.path_of(found.stored_as) if found else None
    chunk = Chunk.objects.filter(kb_id=dataset_id, id=name).first()
    if chunk is not None and chunk.doc_type_kwd == "image":
        return files.path_of(f"{dataset_id}-{name}")
    document = Document.objects.filter(id=chunk.doc_id, type="visual").first() if chunk else None
    return files.path_of(document.stored_as) if document else None
