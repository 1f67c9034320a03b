"""The file manager: upload, create, rename, move, delete (ragflow-0.27 §6 "Files")."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse

from ragflow_admin.standin.face024.datasets import schema
from ragflow_admin.standin.face024.datasets.schema import Field
from ragflow_admin.standin.face024.documents import file_types
from ragflow_admin.standin.face027.documents.uploads import file_parts, read_form
from ragflow_admin.standin.face027.files import folders
from ragflow_admin.standin.http import answers
from ragflow_admin.standin.http.answers import Refused
from ragflow_admin.standin.http.multipart import FilePart
from ragflow_admin.standin.http.routing import ApiRequest
from ragflow_admin.standin.store import files, removal
from ragflow_admin.standin.store.models import Document, File, now_ms


def _some(value: Any) -> Any:
    if not schema.listing(value):
        raise schema.Wrong("List should have at least 1 item after validation, not 0")
    return value


CREATE = {
    "name": Field(schema.text(1, 255), required=True),
    "type": Field(schema.text()),
    "parent_id": Field(schema.text(), null=True),
}
MOVE = {
    "src_file_ids": Field(_some, required=True),
    "dest_file_id": Field(schema.text(), null=True),
    "new_name": Field(schema.text(1, 255), null=True),
}
DELETE = {"ids": Field(_some, required=True)}


def create(request: ApiRequest) -> HttpResponse:
    """POST /files: files of a form, or from JSON a folder (`type` "folder") or an empty "virtual" file."""
    if request.headers.get("Content-Type", "").startswith("multipart/form-data"):
        return _upload(request)
    sent = schema.checked(CREATE, schema.strict_json(request))
    parent_id = folders.stored_parent(request.tenant, sent.get("parent_id") or "", "Internal server error")
    if File.objects.filter(tenant_id=request.tenant.id, parent_id=parent_id, name=sent["name"]).exists():
        raise Refused(102, "Duplicated folder name in the same folder.")
    kind = "folder" if str(sent.get("type", "")).lower() == "folder" else "virtual"
    made = File.objects.create(tenant_id=request.tenant.id, parent_id=parent_id, name=sent["name"], type=kind)
    return answers.done(folders.made_row(made))


def _upload(request: ApiRequest) -> HttpResponse:
    form = read_form(request)
    try:
        parts = file_parts(form)
        complaint = "Can't find this folder!"
        parent_id = folders.stored_parent(request.tenant, form.fields.get("parent_id", ""), complaint)
        made = [_store(request.tenant.id, parent_id, part) for part in parts]
    finally:
        form.discard()
    return answers.done([folders.made_row(file) for file in made])


def _store(tenant_id: str, parent_id: str, part: FilePart) -> File:
    """Keeps an uploaded file, under a free name; the folders of a path such as `a/b/c.txt` are made."""
    *above, name = part.filename.strip("/").split("/")
    for folder in above:
        row, _ = File.objects.get_or_create(tenant_id=tenant_id, parent_id=parent_id, name=folder, type="folder")
        parent_id = row.id
    inside = File.objects.filter(parent_id=parent_id)
    names, locations = (set(inside.values_list(column, flat=True)) for column in ("name", "location"))
    location, free, n = name, name, 0
    while location in locations:
        location += "_"
    stem, dot, suffix = name.rpartition(".")
    while free in names:
        n += 1
        free = f"{stem}({n}){dot}{suffix}"
    kind = file_types.type_of(name) or "other"
    made = File(tenant_id=tenant_id, parent_id=parent_id, name=free, location=location, type=kind, size=part.size)
    files.keep(made.id, part.path)
    made.save(force_insert=True)
    return made


def move(request: ApiRequest) -> HttpResponse:
    """POST /files/move: into the folder `dest_file_id`, or under the name `new_name`, or both."""
    body = schema.strict_json(request)
    sent = schema.checked(MOVE, body)
    target, name = sent.get("dest_file_id"), sent.get("new_name")
    if not target and not name:
        message = "Value error, At least one of dest_file_id or new_name must be provided"
        raise Refused(101, f"Field: <> - Message: <{message}> - Value: <{body}>")
    found = list(File.objects.filter(id__in=sent["src_file_ids"]))
    if len(found) < len(set(sent["src_file_ids"])):
        raise Refused(102, "Source files not found!")
    if any(file.tenant_id != request.tenant.id for file in found):
        raise Refused(102, "no authorization")
    parent_id = folders.stored_parent(request.tenant, target, "Parent folder not found!") if target else ""
    for file in found:
        if parent_id in {inner.id for inner in folders.tree(file)}:
            raise Refused(102, "Cannot move a folder into itself.")
    with transaction.atomic():
        for file in found:
            file.parent_id = parent_id or file.parent_id
            if name:
                _rename(file, name)
            file.update_time = now_ms()
            file.save()
    return answers.done(data=True)


def _rename(file: File, name: str) -> None:
    """Renames a file and the documents linked to it (the file is not saved). Raises Refused 102."""
    if file.type != "folder" and file_types.suffix_of(name) != file_types.suffix_of(file.name):
        raise Refused(102, "The extension of file can't be changed")
    if File.objects.filter(parent_id=file.parent_id, name=name).exclude(id=file.id).exists():
        raise Refused(102, "Duplicated file name in the same folder.")
    file.name = name
    Document.objects.filter(file_id=file.id).update(name=name)


def delete(request: ApiRequest) -> HttpResponse:
    """DELETE /files: files, and folders with all in them; documents linked to a deleted file are deleted too."""
    ids = schema.checked(DELETE, schema.strict_json(request))["ids"]
    errors, gone = [], 0
    for item in ids:
        found = File.objects.filter(id=item).first()
        if found is None:
            errors.append(f"File or Folder not found: {item}")
        elif found.tenant_id != request.tenant.id:
            errors.append(f"No authorization for file {item}")
        else:
            gone += _remove(folders.tree(found))
    counts = {"success_count": gone}
    if not errors:
        return answers.done(counts)
    if not gone:
        raise Refused(102, f"Deleted files failed with {len(errors)} errors", {"errors": errors, **counts})
    return answers.done({"errors": errors, **counts})


def _remove(doomed: list[File]) -> int:
    ids = [file.id for file in doomed]
    removal.documents(list(Document.objects.filter(file_id__in=ids)), originals=False)
    File.objects.filter(id__in=ids).delete()
    for item in ids:
        files.remove(item)
    return len(ids)
