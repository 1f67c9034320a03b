"""The file manager, read-only: the content of folders and files (contract §21)."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django.http.response import HttpResponse, HttpResponseBase

from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, page_of
from ragflow_admin.standin.store import files
from ragflow_admin.standin.store.models import Dataset, Document, File, Tenant
from ragflow_admin.standin.store.times import iso


def listed(request: ApiRequest) -> HttpResponse:
    """GET /file/list: one folder, newest first; a file lists the documents linked to it."""
    tenant = request.tenant
    folder_id = request.GET.get("parent_id") or tenant.id
    folder = None if folder_id == tenant.id else File.objects.filter(id=folder_id, type="folder").first()
    if folder is None and folder_id != tenant.id:
        raise Refused(404, "Folder not found!", None)
    offset, limit = page_of(request, 15)
    found = File.objects.filter(tenant_id=tenant.id, parent_id=folder_id)
    if keywords := request.GET.get("keywords"):
        found = found.filter(name__icontains=keywords)
    rows = [_row(file) for file in found.order_by("-create_time", "-id")[offset : offset + limit]]
    parent = _root(tenant) if folder is None else _row(folder)
    return answers.success({"files": rows, "parent_folder": parent, "total": found.count()})


def content(request: ApiRequest, file_id: str) -> HttpResponseBase:
    """GET /file/get/<id>: the content, unless it was deleted together with a linked document."""
    file = File.objects.filter(id=file_id, tenant_id=request.tenant.id).first()
    path = files.path_of(file_id)
    if file is None or not path.exists():
        raise Refused(404, "Document not found!", None)
    return FileResponse(path.open("rb"), content_type=f"application/{file.name.rpartition('.')[2]}")


def _row(file: File) -> dict[str, Any]:
    documents = list(Document.objects.filter(file_id=file.id)) if file.type != "folder" else []
    names = dict(Dataset.objects.filter(id__in=[d.kb_id for d in documents]).values_list("id", "name"))
    row = {
        "create_date": iso(file.create_time), "create_time": file.create_time, "created_by": file.tenant_id,
        "id": file.id, "kbs_info": [
            {"document_id": d.id, "kb_id": d.kb_id, "kb_name": names.get(d.kb_id, "")} for d in documents
        ],
        "location": "" if file.type == "folder" else file.name, "name": file.name, "parent_id": file.parent_id,
        "size": file.size, "source_type": "", "tenant_id": file.tenant_id, "type": file.type,
        "update_date": iso(file.update_time), "update_time": file.update_time,
    }  # fmt: skip
    if file.type == "folder":
        row["has_child_folder"] = File.objects.filter(parent_id=file.id, type="folder").exists()
    return row


def _root(tenant: Tenant) -> dict[str, Any]:
    return {"id": tenant.id, "name": "/", "type": "folder", "parent_id": tenant.id}
