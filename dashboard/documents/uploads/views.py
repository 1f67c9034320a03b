"""The upload endpoint: ``PUT …/upload/?name=…`` with the file as the raw body. Answers the upload panel in JSON."""

from __future__ import annotations

import re
from typing import Any

from django.http import JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard.core.formatting import visible
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.middleware import status_of
from dashboard.core.web.roles import curator
from dashboard.documents import originals
from dashboard.documents.bulk import actions
from dashboard.documents.parsing import watching
from dashboard.documents.uploads import checks, replace_job
from dashboard.ragflow import errors
from dashboard.ragflow.names import folded
from dashboard.ragflow.transfer.multipart import plain_name
from dashboard.ragflow.types import Dataset

BATCH = re.compile(r"[0-9a-z-]{8,40}")


@require_http_methods(["PUT"])
@curator
def upload(request: DashboardRequest, dataset_id: str) -> JsonResponse:
    """Store one file. Never touches ``request.body`` or ``request.POST``: the body is streamed in blocks.

    Answers ``{id, name, renamed, parsing, note, job}``, or ``{error, retry}`` with an error status; ``retry`` says
    whether sending the file again may help. ``?parse=1`` starts parsing, ``batch`` groups the files of one panel;
    ``replace`` is the id of the document to delete once this one is parsed.
    """
    name = request.GET.get("name", "").replace("\\", "/").rpartition("/")[2]
    length = request.headers.get("Content-Length")
    refused = checks.refusal(name, length)
    if refused:
        return _failed(refused.status, refused.reason, retry=False)
    try:
        dataset = checks.dataset(request.ragflow, request.server, dataset_id)
        document_id, stored, sure = checks.store(request.ragflow, dataset, name, checks.Body(request), int(length or 0))
    except errors.UploadAborted:
        return _failed(400, _("The upload was interrupted. Nothing was stored."), retry=True)
    except errors.Rejected as error:
        return _failed(422, error.message, retry=False)
    except errors.RAGFlowError as error:
        return _failed(status_of(error), _unstored(error), retry=not isinstance(error, errors.NotFound))
    answer: dict[str, Any] = {
        "id": document_id,
        "name": stored,
        "renamed": stored != plain_name(name),
        "parsing": False,
        "note": "",
    }
    notes = ["" if sure else _("RAGFlow did not confirm the upload, but the file was stored.")]
    if replaced := request.GET.get("replace", ""):
        done = _replace(request, dataset, name, replaced, document_id)
        notes.append(done.pop("note"))
        answer |= done
    if request.GET.get("parse") == "1":
        done = _parse(request, dataset, document_id)
        notes.append(done.pop("note", ""))
        answer |= done
    if not answer["parsing"]:
        watching.request_poll(request.server, dataset_id)
    answer["note"] = " ".join(note for note in notes if note)
    return JsonResponse(answer)


def _batch(request: DashboardRequest) -> str:
    given = request.GET.get("batch", "")
    return given if BATCH.fullmatch(given) else ""


def _replace(request: DashboardRequest, dataset: Dataset, name: str, old_id: str, new_id: str) -> dict[str, Any]:
    """Start replacing another document with the stored one. A failure does not undo the upload."""
    documents = request.ragflow.documents
    try:
        old, new = documents.get(dataset.id, old_id), documents.get(dataset.id, new_id)
        if folded(old.name) != folded(name):
            return {"note": _("Uploaded without replacing: the other document has been renamed.")}
        if replace_job.waits_for(request.server, old):
            return {"note": _("Uploaded without replacing: another upload is already replacing that document.")}
        new = replace_job.copy_settings(request.ragflow, old, new)
    except errors.NotFound:
        return {"note": _("Uploaded. The document to replace no longer exists.")}
    except errors.RAGFlowError as error:
        return {"note": _("Uploaded without replacing: %(reason)s") % {"reason": error.message}}
    job = replace_job.begin(request.server, dataset, request.user, old, new, batch=_batch(request))
    note = _("It will replace %(name)s when it is parsed.")
    kept = bool(originals.checked(request.server, request.ragflow, [old])[0].destroys_original)
    if kept:
        note = _(
            "When it is parsed, %(name)s will be disabled. It is not deleted, because it is linked from"
            " RAGFlow's file manager and deleting it would destroy the original."
        )
    return {
        "note": note % {"name": visible(old.name)},
        "renamed": kept,
        "job": request.server.url("activity:toast", job.pk),
    }


def _parse(request: DashboardRequest, dataset: Dataset, document_id: str) -> dict[str, Any]:
    """Start parsing the stored document. A failure does not undo the upload."""
    try:
        document = request.ragflow.documents.get(dataset.id, document_id)
        outcome = actions.at_once(request, dataset, "parse", document, batch=_batch(request))
    except errors.RAGFlowError as error:
        return {"note": _("Uploaded, but not parsed: %(reason)s") % {"reason": error.message}}
    if outcome.failed:
        return {"note": _("Uploaded, but not parsed: %(reason)s") % {"reason": outcome.failed[0][1]}}
    return {"parsing": True}


def _unstored(error: errors.RAGFlowError) -> str:
    if isinstance(error, errors.NotFound):
        return _("The dataset no longer exists.")
    if error.maybe_done:
        return _("%(reason)s The file was not stored.") % {"reason": error.message}
    return error.message


def _failed(status: int, reason: str, *, retry: bool) -> JsonResponse:
    return JsonResponse({"error": reason, "retry": retry}, status=status)
