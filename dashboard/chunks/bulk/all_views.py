"""Bulk actions on all chunks that match the list's search and filter: confirm, then start a job."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.chunks.list import reading
from dashboard.chunks.list.list_context import ListContext
from dashboard.chunks.list.reading import Asked
from dashboard.core import confirmation
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import count, visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest
from dashboard.jobs import service
from dashboard.ragflow.types import Chunk, Document

NAMED: Final = 3


def on_all(request: DashboardRequest, place: ListContext, action: str) -> HttpResponse:
    """Confirm, with the number of chunks and the first few; start the job once confirmed.

    ``action`` is the key of an action in ``job_actions``.
    """
    document, chunks = reading.matching(request.ragflow, place.dataset_id, place.document_id, _asked(request))
    if not chunks:
        messages.warning(request, _("Nothing started"), _("No chunks match any more."))
        return confirmation.done(request, place.back())
    question = confirmation.ask_for_all(request, _question(request, place, action, document, chunks))
    if question is not None:
        return question
    dataset = request.ragflow.datasets.get(place.dataset_id)
    parts = [(chunk.id, _beginning(chunk)) for chunk in chunks]
    job = service.create_for_chunks(request.server, dataset, request.user, action, document=document, parts=parts)
    return confirmation.done(request, request.server.url("activity:job", job.pk))


def _question(
    request: DashboardRequest, place: ListContext, action: str, document: Document, chunks: list[Chunk]
) -> Confirmation:
    number = len(chunks)
    title, label, text = {
        "chunks-on": (
            ngettext("Turn on the matching chunk?", "Turn on all %(n)s matching chunks?", number),
            ngettext("Turn on chunk", "Turn on %(n)s chunks", number),
            _("Searches and assistants will find them."),
        ),
        "chunks-off": (
            ngettext("Turn off the matching chunk?", "Turn off all %(n)s matching chunks?", number),
            ngettext("Turn off chunk", "Turn off %(n)s chunks", number),
            _("Searches and assistants will no longer find them. They stay in the document."),
        ),
        "chunks-delete": (
            ngettext("Delete the matching chunk?", "Delete all %(n)s matching chunks?", number),
            ngettext("Delete chunk", "Delete %(n)s chunks", number),
            _("Answers that cite them will lose their source. This can't be undone."),
        ),
    }[action]
    where = _("In %(document)s on the server %(server)s.") % {
        "document": visible(document.name),
        "server": request.server.name,
    }
    hidden = confirmation.hidden_for_all(number)
    if action != "chunks-delete":
        hidden["available"] = "1" if action == "chunks-on" else "0"
    if number >= reading.REACH:
        text += " " + _("RAGFlow returns only the first %(n)s. Repeat this for the others.") % {
            "n": count(reading.REACH)
        }
    return Confirmation(
        title=title % {"n": count(number)},
        text=f"{where} {text} {_('This runs in the background, one chunk at a time. You can cancel it.')}",
        things=[AffectedItem(f"“{_beginning(chunk)}”") for chunk in chunks[:NAMED]],
        number=number,
        action=f"{request.path}?{place.query}" if place.query else request.path,
        action_label=label % {"n": count(number)},
        cancel_url=place.back(),
        cancel_label=_("Cancel"),
        typed=document.name.strip() if action == "chunks-delete" else "",
        hidden=hidden | _asked(request).fields,
    )


def _asked(request: DashboardRequest) -> Asked:
    return Asked.read(request.POST if request.method == "POST" else request.GET)


def _beginning(chunk: Chunk) -> str:
    text = chunk.content.replace("<em>", "").replace("</em>", "")
    return Truncator(" ".join(visible(text[:400]).split())).chars(90)
