"""Split a chunk at the cursor, or join it with the next one, each with a preview; undo the latest of these."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.chunks.edit import editing, splitting
from dashboard.chunks.edit.forms import MergeForm, SplitForm, initial
from dashboard.chunks.edit.views import too_long
from dashboard.chunks.list.list_context import ListContext
from dashboard.core import confirmation
from dashboard.core.long_text import plain_breaks
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator
from dashboard.ragflow import errors
from dashboard.ragflow.types import Chunk


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def split(request: DashboardRequest, dataset_id: str, document_id: str, chunk_id: str) -> HttpResponse:
    """Preview both parts, editable, from the stored text or the text typed in the form; then split."""
    place = ListContext.of(request, dataset_id, document_id)
    try:
        chunk = request.ragflow.chunks.get(dataset_id, document_id, chunk_id)
    except errors.NotFound:
        return confirmation.done(request, place.back(chunk_id))
    if refusal := too_long(request, place, chunk):
        return refusal
    if "second" not in request.POST:
        return _show(request, place, "split", _cut(request, chunk), chunk_id)
    form = SplitForm(request.POST, auto_id=f"chunk-{chunk_id}-%s")
    if form.is_valid() and _is_as_loaded(form, chunk, "loaded"):
        said = dict(form.cleaned_data)
        first = {name: said[name] for name in ("content", "important_keywords", "questions")}
        try:
            document = request.ragflow.documents.get(dataset_id, document_id)
            splitting.split(request, document, chunk, first, said["second"])
        except errors.RAGFlowError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Chunk split"))
            return confirmation.done(request, place.back())
    return _show(request, place, "split", form, chunk_id, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def merge(request: DashboardRequest, dataset_id: str, document_id: str, chunk_id: str, other_id: str) -> HttpResponse:
    """Preview the joined text, editable; then write it into the first chunk and delete the other."""
    place = ListContext.of(request, dataset_id, document_id)
    found, missing = editing.chosen(request.ragflow, request.server, dataset_id, document_id, [chunk_id, other_id])
    if missing or len(found) != 2:
        messages.warning(request, _("One of the two chunks no longer exists"))
        return confirmation.done(request, place.back())
    first, second = found
    if refusal := too_long(request, place, first, second):
        return refusal
    if request.method != "POST":
        joined = splitting.joined(first, second)
        texts = {
            "content": joined["content"],
            "important_keywords": "\n".join(joined["important_keywords"]),
            "questions": "\n".join(joined["questions"]),
            "loaded": editing.digest(first),
            "other_loaded": editing.digest(second),
        }
        form = MergeForm(initial=texts, auto_id=f"chunk-{chunk_id}-%s")
        return _show(request, place, "merge", form, chunk_id, other_id=other_id, **_switched(first, second))
    form = MergeForm(request.POST, auto_id=f"chunk-{chunk_id}-%s")
    if form.is_valid() and _is_as_loaded(form, first, "loaded") and _is_as_loaded(form, second, "other_loaded"):
        text = {name: form.cleaned_data[name] for name in ("content", "important_keywords", "questions")}
        try:
            document = request.ragflow.documents.get(dataset_id, document_id)
            splitting.merge(request, document, first, second, text)
        except errors.RAGFlowError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Chunks joined"))
            return confirmation.done(request, place.back())
    return _show(request, place, "merge", form, chunk_id, status=422, other_id=other_id, **_switched(first, second))


@require_POST
@curator
def undo(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """Undo the user's latest split or merge in the document."""
    back = redirect(request.server.url("chunks:list", dataset_id, document_id))
    document = request.ragflow.documents.get(dataset_id, document_id)
    try:
        done = splitting.undo(request, document)
    except splitting.ChangedSince:
        splitting.forget(request, document_id)
        messages.warning(request, _("Nothing undone"), _("One of the chunks has been changed or deleted since."))
        return back
    if done:
        messages.success(request, _("Undone"), _("The chunks are restored."))
    else:
        messages.info(request, _("Nothing to undo"))
    return back


def _cut(request: DashboardRequest, chunk: Chunk) -> SplitForm:
    texts = {**initial(chunk), "loaded": editing.digest(chunk)}
    if request.method == "POST":
        texts |= {name: request.POST[name] for name in texts if name in request.POST}
    at = request.POST.get("at", "")
    place = int(at) if at.isascii() and at.isdigit() and len(at) < 8 else None
    texts["content"], texts["second"] = splitting.cut(plain_breaks(texts["content"]), place)
    return SplitForm(initial=texts, auto_id=f"chunk-{chunk.id}-%s")


def _switched(first: Chunk, second: Chunk) -> dict[str, Any]:
    """Context for the preview's warning if only one of the chunks is on; the joined chunk takes the first's state."""
    return {"differs": first.available != second.available, "is_on": first.available}


def _is_as_loaded(form: MergeForm | SplitForm, chunk: Chunk, field: str) -> bool:
    if form.cleaned_data[field] == editing.digest(chunk):
        return True
    form.add_error(
        None,
        _("Someone else changed one of these chunks since. Nothing was saved. Copy what you need, and start over."),
    )
    return False


def _show(
    request: DashboardRequest,
    place: ListContext,
    kind: str,
    form: MergeForm | SplitForm,
    chunk_id: str,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {"place": place, "form": form, "chunk_id": chunk_id, "kind": kind, **more}
    template = "chunks/edit/_split.html" if wants_fragment(request) else "chunks/edit/split.html"
    return render(request, template, context, status=status)
