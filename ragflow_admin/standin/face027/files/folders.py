"""The file manager: folders, files and their contents (ragflow-0.27 §5, §6 "Files").

The root folder has an id of its own. In the store, what lies in it has the tenant's id as its parent.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

from ragflow_admin.standin.face024.datasets import schema
from ragflow_admin.standin.face024.datasets.schema import Field, Wrong
from ragflow_admin.standin.face027.documents.contents import mime_type
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.store import files
from ragflow_admin.standin.store.models import Dataset, Document, File, Tenant
from ragflow_admin.standin.store.times import iso

ORDERS = ("create_time", "update_time", "name", "size", "type")


def _page_size(value: Any) -> Any:
    size = schema.number(1)(value)
    if size > 100:
        raise Wrong("Value error, page_size must be less than or equal to 100")
    return size


LIST = {
    "parent_id": Field(schema.text()),
    "keywords": Field(schema.text()),
    "page": Field(schema.number(1)),
    "page_size": Field(_page_size),
    "orderby": Field(schema.text()),
    "desc": Field(schema.boolean),
}


def root_id(tenant_id: str) -> str:
    """The id of a tenant's root folder."""
    return hashlib.blake2b(tenant_id.encode(), digest_size=16).hexdigest()


def stored_parent(tenant: Tenant, folder_id: str, complaint: str) -> str:
    """The stored parent id of what lies in a folder; "" is the root. Raises Refused 102 with `complaint`."""
    if folder_id in ("", root_id(tenant.id)):
        return tenant.id
    if not File.objects.filter(id=folder_id, tenant_id=tenant.id, type="folder").exists():
        raise Refused(102, complaint)
    return folder_id


def made_row(file: File) -> dict[str, Any]:
    """A file or folder as returned when it is made."""
    top = file.parent_id == file.tenant_id
    location = file.location or ("" if file.type in ("folder", "virtual") else file.name)
    return {
        "created_by": file.tenant_id, "id": file.id, "location": location, "name": file.name,
        "parent_id": root_id(file.tenant_id) if top else file.parent_id, "size": file.size, "source_type": "",
        "tenant_id": file.tenant_id, "type": file.type,
    }  # fmt: skip


def row_of(file: File) -> dict[str, Any]:
    """A file or folder with its times."""
    return made_row(file) | {
        "create_date": iso(file.create_time), "create_time": file.create_time,
        "update_date": iso(file.update_time), "update_time": file.update_time,
    }  # fmt: skip


def _list_row(file: File) -> dict[str, Any]:
    """A row of the list: a file with the documents linked to it, a folder with the size of what is in it."""
    if file.type == "folder":
        inside = [child for child in tree(file) if child.type != "folder"]
        has_folder = File.objects.filter(parent_id=file.id, type="folder").exists()
        more: dict[str, Any] = {"has_child_folder": has_folder, "kbs_info": [], "size": sum(c.size for c in inside)}
        return row_of(file) | more
    documents = list(Document.objects.filter(file_id=file.id))
    names = dict(Dataset.objects.filter(id__in=[d.kb_id for d in documents]).values_list("id", "name"))
    linked = [{"document_id": d.id, "kb_id": d.kb_id, "kb_name": names.get(d.kb_id, "")} for d in documents]
    return row_of(file) | {"kbs_info": linked}


def _root_row(tenant: Tenant) -> dict[str, Any]:
    born = tenant.create_time
    root = File(id=root_id(tenant.id), tenant_id=tenant.id, parent_id=tenant.id, name="/", type="folder")
    root.create_time = root.update_time = born
    return row_of(root)


def tree(folder: File) -> list[File]:
    """A file, or a folder with all that is in it, from the top down."""
    out, at = [folder], 0
    while at < len(out):
        if out[at].type == "folder":
            out += File.objects.filter(parent_id=out[at].id).order_by("name")
        at += 1
    return out


def listed(request: ApiRequest) -> HttpResponse:
    """GET /files: one folder. `parent_folder` is always the root."""
    query = schema.checked(LIST, dict(request.GET.items()))
    parent = stored_parent(request.tenant, query.get("parent_id", ""), "Folder not found!")
    order = query.get("orderby", "create_time")
    if order not in ORDERS:
        raise Refused(102, "Internal server error")
    found = File.objects.filter(tenant_id=request.tenant.id, parent_id=parent)
    if query.get("keywords"):
        found = found.filter(name__icontains=query["keywords"])
    size = query.get("page_size", 15)
    offset = (query.get("page", 1) - 1) * size
    sign = "-" if query.get("desc", True) else ""
    page = [_list_row(file) for file in found.order_by(sign + order, sign + "id")[offset : offset + size]]
    return answers.done({"files": page, "parent_folder": _root_row(request.tenant), "total": found.count()})


def content(request: ApiRequest, file_id: str) -> HttpResponseBase:
    """GET /files/{id}: the content with the type of its name; HTML only as an attachment."""
    file = File.objects.filter(id=file_id).first()
    if file is None:
        raise Refused(102, "document not found")
    if file.tenant_id != request.tenant.id:
        raise Refused(102, "no authorization")
    path = files.path_of(file.id)
    if file.type == "folder" or not path.exists():
        raise Refused(102, "Internal server error")
    kind = mime_type(file.name)
    answer = FileResponse(path.open("rb"), content_type=kind)
    del answer.headers["Content-Disposition"]
    if kind == "text/html":
        answer.headers["Content-Disposition"] = "attachment"
    return answer


def parent(request: ApiRequest, file_id: str) -> HttpResponse:
    """GET /files/{id}/parent."""
    return answers.done({"parent_folder": _upwards(request.tenant, file_id)[1]})


def ancestors(request: ApiRequest, file_id: str) -> HttpResponse:
    """GET /files/{id}/ancestors: the file itself and the folders above it, up to the root."""
    return answers.done({"parent_folders": _upwards(request.tenant, file_id)})


def _upwards(tenant: Tenant, file_id: str) -> list[dict[str, Any]]:
    rows = []
    file = File.objects.filter(id=file_id, tenant_id=tenant.id).first()
    if file is None:
        raise Refused(102, "Folder not found!")
    while file is not None:
        rows.append(row_of(file))
        file = File.objects.filter(id=file.parent_id).first()
    return [*rows, _root_row(tenant)]
