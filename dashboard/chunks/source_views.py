"""The source beside the chunks: a document's file, shown as safely as a stranger's file can be."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dashboard.chunks import source_file, source_table, source_text
from dashboard.chunks.source_kinds import kind_of, picture_type
from dashboard.http import DashboardRequest, wants_fragment
from dashboard.ragflow import errors
from dashboard.ragflow.chunks import is_never_parsed
from dashboard.ragflow.types import Chunk, Document
from dashboard.roles import viewer
from dashboard.ui.formatting import file_size

# A picture is shown as a picture whatever is in it: no script, no form, no request, a window of its own.
_CAGE = "default-src 'none'; sandbox"


@require_GET
@viewer
def source(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """The part of the file that a chunk (``?chunk=<id>``) comes from, or that begins ``at``."""
    document, chunk = _asked(request, dataset_id, document_id, request.GET.get("chunk", "").strip()[:64])
    context: dict[str, Any] = {
        "document": document,
        "dataset_id": dataset_id,
        "document_id": document_id,
        "chunk": chunk,
        "kind": kind_of(document.name),
    }
    context |= _shown(request, document, chunk)
    return render(request, f"chunks/source.html{'#body' if wants_fragment(request) else ''}", context)


@require_GET
@viewer
def picture(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """The file of a document that is a picture."""
    document = request.ragflow.documents.get(dataset_id, document_id)
    try:
        return _pixels(source_file.picture(request, document))
    except (source_file.TooLarge, errors.Rejected):
        raise Http404(document_id) from None


@require_GET
@viewer
def image(request: DashboardRequest, dataset_id: str, document_id: str, image_id: str) -> HttpResponse:
    """The picture that the parser cut out for a chunk."""
    try:
        return _pixels(request.ragflow.chunks.image(dataset_id, image_id), kept=600)
    except (errors.NotFound, errors.Rejected, errors.ServerFault):
        raise Http404(image_id) from None


def _pixels(content: bytes, *, kept: int = 0) -> HttpResponse:
    kind = picture_type(content[:16])
    if not kind:
        raise Http404("no picture")
    response = HttpResponse(content, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = _CAGE
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = f"private, max-age={kept}" if kept else "private, no-cache"
    return response


def _asked(
    request: DashboardRequest, dataset_id: str, document_id: str, chunk_id: str
) -> tuple[Document, Chunk | None]:
    if chunk_id:
        try:
            return request.ragflow.chunks.placed(dataset_id, document_id, chunk_id)
        except errors.NotFound:
            pass
        except errors.RAGFlowError as error:
            if not is_never_parsed(error):
                raise
    return request.ragflow.documents.get(dataset_id, document_id), None


def _shown(request: DashboardRequest, document: Document, chunk: Chunk | None) -> dict[str, Any]:
    """What the template shows of the file: a ``text`` or a ``table``, or ``why`` neither."""
    kind = kind_of(document.name)
    content = chunk.content if chunk else ""
    try:
        if kind == "table":
            found = source_table.view(
                source_file.sheets(request, document), content, _number(request, "sheet"), _number(request, "at")
            )
            return {"table": found, "sheets": source_file.sheets(request, document)}
        if kind in ("text", "markup", "word"):
            loaded = source_file.word(request, document) if kind == "word" else source_file.text(request, document)
            hits = source_text.spans(loaded.text, content, markup=kind == "markup")
            return {
                "text": source_text.page(loaded.text, hits, _number(request, "at")),
                "is_whole": loaded.is_whole,
                "is_found": bool(hits),
            }
    except source_file.TooLarge as error:
        return {
            "why": _("The file is too large to be shown here (more than %(size)s).") % {"size": file_size(error.limit)}
        }
    except source_table.Unreadable:
        return {"why": _("The file cannot be read: it may be damaged, or not what its name says.")}
    except errors.Rejected as error:
        return {"why": error.message}
    return {}


def _number(request: DashboardRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else None
