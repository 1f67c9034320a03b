"""Editing one document: its name, and whether it is enabled."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard.core.formatting import visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator
from dashboard.documents.detail.forms import DocumentForm
from dashboard.documents.parsing import watching
from dashboard.documents.query import document_names
from dashboard.documents.table.responses import answer
from dashboard.ragflow import errors
from dashboard.ragflow.names import forms
from dashboard.ragflow.types import Document


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def edit(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """The form as a dialog or a page (GET); save the changes (POST)."""
    document = request.ragflow.documents.get(dataset_id, document_id)
    if request.method != "POST":
        return _form(request, document, DocumentForm(document))
    form = DocumentForm(document, request.POST)
    if not form.is_valid():
        return _form(request, document, form, status=422)
    if _is_taken(request, document, form.cleaned_data["name"]):
        form.add_error("name", _("Another document in the dataset has this name."))
        return _form(request, document, form, status=422)
    try:
        stored = request.ragflow.documents.update(document, **form.cleaned_data)
    except errors.Rejected as error:
        form.add_error("name" if "name" in form.changed_data else None, error.message)
        return _form(request, document, form, status=422)
    finally:
        watching.request_poll(request.server, dataset_id)
    document_names.remember(request.server, [(stored.id, stored.name)])
    trimmed = form.cleaned_data["name"] != form.data["name"]
    body = _("Spaces at the beginning and end of the name were removed.") if trimmed else ""
    messages.success(request, _("Saved %(name)s") % {"name": visible(stored.name)}, body)
    return answer(request, dataset_id)


def _is_taken(request: DashboardRequest, document: Document, name: str) -> bool:
    """Whether another document has this name in its other Unicode form, which RAGFlow does not detect."""
    if name == document.name or len(forms(name)) == 1:
        return False
    found = request.ragflow.documents.find(document.dataset_id, name)
    return found is not None and found.id != document.id


def _form(request: DashboardRequest, document: Document, form: DocumentForm, status: int = 200) -> HttpResponse:
    context = {
        "document": document,
        "form": form,
        "base": request.server.url("documents:list", document.dataset_id),
        "name": visible(document.name),
    }
    part = "_edit_dialog" if wants_fragment(request) else "edit"
    return render(request, f"documents/detail/{part}.html", context, status=status)
