"""The upload endpoint: ``PUT …/upload/?name=…`` with the file as the raw body, answered in JSON for the upload tray."""

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
    """Store one file. Never touches ``request.body`` or ``request.POST``: the body streams through, block by block.

    Answers ``{id, name, renamed, parsing, note, job}``, or ``{error, retry}`` with a status that fits; ``retry`` says
    whether sending the same file again may help. ``?parse=1`` starts to parse it, ``batch`` joins one tray's files;
    ``replace`` is the id of the document that is to go once this one is parsed.
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
        return _failed(400, _("The upload broke off before its end. Nothing was stored."), retry=True)
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
    notes = ["" if sure else _("RAGFlow's answer did not arrive, but the file is there.")]
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
    """Have what was just stored take the place of another document; that this cannot be does not make it unstored."""
    documents = request.ragflow.documents
    try:
        old, new = documents.get(dataset.id, old_id), documents.get(dataset.id, new_id)
        if folded(old.name) != folded(name):
            return {"note": _("Uploaded, but nothing is replaced: the other document has another name by now.")}
        if replace_job.waits_for(request.server, old):
            return {"note": _("Uploaded beside it: another file takes the place of that document already.")}
        new = replace_job.copy_settings(request.ragflow, old, new)
    except errors.NotFound:
        return {"note": _("Uploaded; what it was to replace is not there any more.")}
    except errors.RAGFlowError as error:
        return {"note": _("Uploaded, but nothing is replaced: %(reason)s") % {"reason": error.message}}
    job = replace_job.begin(request.server, dataset, request.user, old, new, batch=_batch(request))
    note = _("It takes the place of %(name)s as soon as it is parsed.")
    kept = bool(originals.checked(request.server, request.ragflow, [old])[0].destroys_original)
    if kept:
        note = _(
            "As soon as it is parsed, %(name)s is disabled. That one is not deleted, because it is linked from"
            " RAGFlow's file manager and its original would be destroyed."
        )
    return {
        "note": note % {"name": visible(old.name)},
        "renamed": kept,
        "job": request.server.url("activity:toast", job.pk),
    }


def _parse(request: DashboardRequest, dataset: Dataset, document_id: str) -> dict[str, Any]:
    """Parse what was just stored; that it cannot be parsed does not make it unstored."""
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
        return _("The dataset is not there any more.")
    if error.maybe_done:
        return _("%(reason)s The file is not in the dataset.") % {"reason": error.message}
    return error.message


def _failed(status: int, reason: str, *, retry: bool) -> JsonResponse:
    return JsonResponse({"error": reason, "retry": retry}, status=status)
