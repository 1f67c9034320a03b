"""The source pane beside the chunks. Files are untrusted, so they are shown without scripts."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dashboard.chunks.source import file
from dashboard.chunks.source.kinds import kind_of, picture_type
from dashboard.core.formatting import file_size
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import viewer
from dashboard.ragflow import errors
from dashboard.ragflow.resources.chunks import is_never_parsed
from dashboard.ragflow.types import Chunk, Document
from dashboard.sandbox import runner
from dashboard.sandbox.refusal import Refused

# For images: no scripts, no forms, no requests, a separate browsing context.
_IMAGE_CSP = "default-src 'none'; sandbox"


@require_GET
@viewer
def source(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """The part of the file that contains a chunk (``?chunk=<id>``), or that begins ``at``."""
    document, chunk = _asked(request, dataset_id, document_id, request.GET.get("chunk", "").strip()[:64])
    context: dict[str, Any] = {
        "document": document,
        "dataset_id": dataset_id,
        "document_id": document_id,
        "chunk": chunk,
        "kind": kind_of(document.name),
    }
    context |= _shown(request, document, chunk)
    return render(request, f"chunks/source/source.html{'#body' if wants_fragment(request) else ''}", context)


@require_GET
@viewer
def picture(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """The file of a document that is an image."""
    document = request.ragflow.documents.get(dataset_id, document_id)
    try:
        return _pixels(file.picture(request, document))
    except (file.TooLarge, errors.Rejected):
        raise Http404(document_id) from None


@require_GET
@viewer
def image(request: DashboardRequest, dataset_id: str, document_id: str, image_id: str) -> HttpResponse:
    """The image that the parser extracted for a chunk."""
    try:
        return _pixels(request.ragflow.chunks.image(dataset_id, image_id), kept=600)
    except (errors.NotFound, errors.Rejected, errors.ServerError):
        raise Http404(image_id) from None


def _pixels(content: bytes, *, kept: int = 0) -> HttpResponse:
    kind = picture_type(content[:16])
    if not kind:
        raise Http404("not an image")
    response = HttpResponse(content, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = _IMAGE_CSP
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
    """The template context for the file: a ``text`` or a ``table``, or ``why`` it can't be shown."""
    kind = kind_of(document.name)
    content = chunk.content if chunk else ""
    at = _number(request, "at")
    try:
        if kind == "table":
            found = file.table(request, document, content, _number(request, "sheet"), at)
            return {"table": found, "at": at} if found else {"why": _("This file has no rows.")}
        if kind == "word":
            return {"text": file.word(request, document, content, at), "at": at}
        if kind in ("text", "markup"):
            return {"text": file.text(request, document, content, at, markup=kind == "markup"), "at": at}
    except file.TooLarge as error:
        return {
            "why": _("This file is too large to show (more than %(size)s). Download it instead.")
            % {"size": file_size(error.limit)}
        }
    except runner.Busy:
        return {
            "why": _("Several large files are being opened right now. Try again in a moment, or download the file.")
        }
    except runner.GaveUp:
        return {"why": _("This file is too large to show. Download it instead.")}
    except Refused as refusal:
        if refusal.reason == "too large":
            return {"why": _("This file is too large to show. Download it instead.")}
        return {
            "why": _("This file can't be read. It may be damaged or have the wrong extension. Download it to check.")
        }
    except errors.Rejected as error:
        return {"why": error.message}
    return {}


def _number(request: DashboardRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else None
