"""POST /files/link-to-datasets: makes documents of files (ragflow-0.27 §6 "Files")."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from ragflow_admin.standin.face024.documents import uploads
from ragflow_admin.standin.face027.documents.uploads import hash_of
from ragflow_admin.standin.face027.files import folders
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.routing import ApiRequest, json_body
from ragflow_admin.standin.store import files
from ragflow_admin.standin.store.models import Dataset, Document, File


def link(request: ApiRequest) -> HttpResponse:
    """`{file_ids, kb_ids}`: each file, also of a folder, becomes a document of each dataset. Earlier links stay."""
    body: dict[str, Any] = json_body(request)
    missing = [name for name in ("file_ids", "kb_ids") if name not in body]
    if missing:
        raise Refused(101, f"required argument are missing: {','.join(missing)}; ", None)
    found = list(File.objects.filter(id__in=body["file_ids"], tenant_id=request.tenant.id))
    if len(found) < len(set(body["file_ids"])):
        raise Refused(102, "File not found!")
    datasets = list(Dataset.objects.filter(id__in=body["kb_ids"], tenant_id=request.tenant.id))
    if len(datasets) < len(set(body["kb_ids"])):
        raise Refused(102, "Can't find this dataset!")
    for file in (inner for chosen in found for inner in folders.tree(chosen) if inner.type != "folder"):
        for dataset in datasets:
            if not Document.objects.filter(kb_id=dataset.id, file_id=file.id).exists():
                _add(dataset, file)
    return answers.success(data=True)


def _add(dataset: Dataset, file: File) -> None:
    document = uploads.add(dataset, file.tenant_id, file.name, file.type, arrived=None, size=file.size)
    path = files.path_of(file.id)
    document.file_id, document.location, document.thumbnail = file.id, file.location or file.name, None
    document.content_hash = hash_of(path) if path.exists() else ""
    document.save(update_fields=["file_id", "location", "thumbnail", "content_hash"])
