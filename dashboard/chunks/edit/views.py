"""One chunk: add, edit, show."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.chunks.edit import editing
from dashboard.chunks.edit.forms import LENGTH, ChunkForm, initial
from dashboard.chunks.list.cards import card_of
from dashboard.chunks.list.list_context import ListContext
from dashboard.core import confirmation
from dashboard.core.formatting import count
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator, viewer
from dashboard.ragflow import errors
from dashboard.ragflow.types import Chunk


@require_GET
@viewer
def card(request: DashboardRequest, dataset_id: str, document_id: str, chunk_id: str) -> HttpResponse:
    """The card of one chunk; with ``?whole=1``, with its full text."""
    place = ListContext.of(request, dataset_id, document_id)
    if not wants_fragment(request):
        return redirect(place.back(chunk_id))
    try:
        chunk = request.ragflow.chunks.get(dataset_id, document_id, chunk_id)
    except errors.NotFound:
        return _gone(request, place, chunk_id)
    return show_card(request, place, chunk, whole=request.GET.get("whole") == "1")


@require_GET
@viewer
def text(request: DashboardRequest, dataset_id: str, document_id: str, chunk_id: str) -> HttpResponse:
    """The full text of a chunk as a file, because a page shows only part of a long one."""
    chunk = request.ragflow.chunks.get(dataset_id, document_id, chunk_id)
    response = HttpResponse(chunk.content.encode(errors="replace"), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="chunk-{chunk.id}.txt"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def edit(request: DashboardRequest, dataset_id: str, document_id: str, chunk_id: str) -> HttpResponse:
    """Edit text, keywords and questions. The input stays on the page, whatever RAGFlow answers."""
    place = ListContext.of(request, dataset_id, document_id)
    if request.method != "POST":
        try:
            chunk = request.ragflow.chunks.get(dataset_id, document_id, chunk_id)
        except errors.NotFound:
            return _gone(request, place, chunk_id) if wants_fragment(request) else redirect(place.back(chunk_id))
        if refusal := too_long(request, place, chunk):
            return refusal
        form = _form(chunk_id, initial={**initial(chunk), "loaded": editing.digest(chunk)})
        return _show_form(request, place, form, chunk_id)
    form = _form(chunk_id, request.POST)
    is_gone = False
    if form.is_valid():
        try:
            chunk = request.ragflow.chunks.get(dataset_id, document_id, chunk_id)
            saved, written = editing.save(request, chunk, form.cleaned_data["loaded"], form.changes)
        except errors.NotFound:
            is_gone = True
        except editing.EditConflict as conflict:
            # The next save is based on this state.
            form = _form(chunk_id, {**request.POST.dict(), "loaded": editing.digest(conflict.current)})
            return _show_form(
                request, place, form, chunk_id, status=422, chunk=conflict.current, conflict=conflict.current
            )
        except errors.RAGFlowError as error:
            form.add_error(None, _save_error(error))
        else:
            if wants_fragment(request):
                return show_card(request, place, saved)
            messages.success(request, _("Chunk saved") if written else _("Nothing changed"))
            return redirect(place.back())
    return _show_form(request, place, form, chunk_id, status=422, is_gone=is_gone)


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def add(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """Add a chunk manually."""
    place = ListContext.of(request, dataset_id, document_id)
    document = request.ragflow.documents.get(dataset_id, document_id)
    form = ChunkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            chunk = editing.add(request, document, said["content"], said["important_keywords"], said["questions"])
        except errors.RAGFlowError as error:
            form.add_error(None, _save_error(error))
        else:
            messages.success(request, _("Chunk added"), _("It will be searchable in about a second."))
            return confirmation.done(request, f"{place.list_url}?chunk={chunk.id}")
    context = {"form": form, "document": document, "dataset_id": dataset_id, "place": place}
    return render(request, "chunks/edit/add.html", context, status=422 if form.errors else 200)


def too_long(request: DashboardRequest, place: ListContext, *chunks: Chunk) -> HttpResponse | None:
    """A redirect to the list with a message, if the chunks are too long for the form; otherwise None."""
    longest = max(len(chunk.content) for chunk in chunks)
    if longest <= LENGTH:
        return None
    words = _("It has %(n)s characters. You can edit up to %(most)s here.")
    words %= {"n": count(longest), "most": count(LENGTH)}
    messages.warning(request, _("This chunk is too long"), words)
    return confirmation.done(request, place.back())


def show_card(request: DashboardRequest, place: ListContext, chunk: Chunk, *, whole: bool = False) -> HttpResponse:
    """The updated card of the chunk."""
    card = card_of(chunk, place.number, next_id=place.next_id, whole=whole)
    return render(request, "chunks/list/_card.html", {"place": place, "card": card})


def _show_form(
    request: DashboardRequest, place: ListContext, form: ChunkForm, chunk_id: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"place": place, "form": form, "chunk_id": chunk_id, **more}
    template = "chunks/edit/_edit.html" if wants_fragment(request) else "chunks/edit/edit.html"
    return render(request, template, context, status=status)


def _gone(request: DashboardRequest, place: ListContext, chunk_id: str) -> HttpResponse:
    return render(request, "chunks/list/_gone_card.html", {"place": place, "chunk_id": chunk_id})


def _form(chunk_id: str, data: Any = None, **options: Any) -> ChunkForm:
    # One page can have the forms of several chunks, so the ids of their fields must differ.
    return ChunkForm(data, auto_id=f"chunk-{chunk_id}-%s", **options)


def _save_error(error: errors.RAGFlowError) -> str:
    if error.maybe_done:
        said = _("%(message)s The chunk may have been saved anyway. Check before you save again.")
    else:
        said = _("Not saved. %(message)s")
    return said % {"message": error.message}
