"""Turn chunks on or off, and delete them: one (``only``) or all selected ones (``id``)."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.chunks.bulk.all_views import on_all
from dashboard.chunks.edit import editing
from dashboard.chunks.edit.views import show_card
from dashboard.chunks.list.list_context import ListContext
from dashboard.chunks.list.views import show_chunks
from dashboard.core import confirmation
from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import count, visible
from dashboard.core.web import messages
from dashboard.core.web.http import DashboardRequest, wants_fragment
from dashboard.core.web.roles import curator
from dashboard.ragflow.types import Chunk


@require_POST
@curator
def switch(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """Turn chunks off, which excludes them from search, or on again."""
    if request.POST.get("available") not in ("0", "1"):
        raise BadRequest("available must be 0 or 1")
    on = request.POST["available"] == "1"
    place = ListContext.of(request, dataset_id, document_id)
    if confirmation.means_all(request):
        return on_all(request, place, "chunks-on" if on else "chunks-off")
    chunks, missing = _chosen(request, dataset_id, document_id)
    outcome = editing.switch(request, chunks, available=on)
    outcome.missing += missing
    is_card = bool(request.POST.get("only")) and wants_fragment(request)
    if is_card and len(outcome.done) == 1:
        return show_card(request, place, outcome.done[0])
    _report(request, outcome, "on" if on else "off")
    if wants_fragment(request):
        # The list builds its links from the URL of its page, not from that of the button.
        request.GET = QueryDict(place.query)
        response = show_chunks(request, dataset_id, document_id)
        if isinstance(response, HttpResponseRedirect):
            return confirmation.done(request, place.back())
        response["HX-Retarget"], response["HX-Reswap"], response["HX-Push-Url"] = "#chunks", "outerHTML", "false"
        return response
    return redirect(place.back())


@require_http_methods(["GET", "HEAD", "POST"])
@curator
def delete(request: DashboardRequest, dataset_id: str, document_id: str) -> HttpResponse:
    """Confirm, listing the chunks (GET), and delete them (POST)."""
    place = ListContext.of(request, dataset_id, document_id)
    if confirmation.means_all(request):
        return on_all(request, place, "chunks-delete")
    chunks, missing = _chosen(request, dataset_id, document_id)
    if not chunks:
        _report(request, editing.Outcome(missing=missing), "delete")
        return confirmation.done(request, place.back())
    asked = _confirmation(request, place, chunks)
    if request.method != "POST":
        return confirmation.ask(request, asked)
    if not asked.name_matches(request.POST.get("typed", "")):
        error = _("Type “%(name)s” to confirm. Nothing was deleted.") % {"name": asked.typed}
        return confirmation.ask(request, asked.again(error), status=422)
    document = request.ragflow.documents.get(dataset_id, document_id)
    outcome = editing.delete(request, document, chunks)
    outcome.missing += missing
    _report(request, outcome, "delete")
    return confirmation.done(request, place.back())


def _chosen(request: DashboardRequest, dataset_id: str, document_id: str) -> tuple[list[Chunk], int]:
    given = request.POST if request.method == "POST" else request.GET
    ids = [given["only"]] if given.get("only") else given.getlist("id")
    if not ids:
        messages.warning(request, _("Nothing selected"), _("Select the chunks first."))
    return editing.chosen(request.ragflow, request.server, dataset_id, document_id, ids)


def _confirmation(request: DashboardRequest, place: ListContext, chunks: Sequence[Chunk]) -> Confirmation:
    number = len(chunks)
    words = {"n": count(number), "document": visible(chunks[0].document_name)}
    text = ngettext(
        "It will be deleted from %(document)s. Answers that cite it will lose their source.",
        "They will be deleted from %(document)s. Answers that cite them will lose their source.",
        number,
    )
    return Confirmation(
        title=ngettext("Delete this chunk?", "Delete %(n)s chunks?", number) % words,
        text=" ".join([text % words, _("This can't be undone, but reparsing the document creates new chunks.")]),
        things=[
            AffectedItem(f"“{Truncator(' '.join(visible(chunk.content[:400]).split())).chars(90)}”") for chunk in chunks
        ],
        ids=[chunk.id for chunk in chunks],
        action=f"{request.path}?{place.query}" if place.query else request.path,
        action_label=ngettext("Delete %(n)s chunk", "Delete %(n)s chunks", number) % words,
        cancel_url=place.back(),
        cancel_label=ngettext("Keep it", "Keep them", number),
        typed=chunks[0].document_name.strip(),
    )


def _report(request: DashboardRequest, outcome: editing.Outcome, verb: str) -> None:
    if outcome.done:
        number = len(outcome.done)
        title = {
            "on": ngettext("Turned on %(n)d chunk", "Turned on %(n)d chunks", number),
            "off": ngettext("Turned off %(n)d chunk", "Turned off %(n)d chunks", number),
            "delete": ngettext("Deleted %(n)d chunk", "Deleted %(n)d chunks", number),
        }[verb]
        messages.success(request, title % {"n": number})
    if outcome.failed:
        number = len(outcome.failed)
        title = {
            "delete": ngettext("%(n)d chunk not deleted", "%(n)d chunks not deleted", number),
        }.get(verb, ngettext("%(n)d chunk not changed", "%(n)d chunks not changed", number))
        reasons = list(dict.fromkeys(reason for _chunk, reason in outcome.failed))[:3]
        messages.error(request, title % {"n": number}, "\n".join(reasons))
    if outcome.missing:
        title = ngettext(
            "%(n)d chunk is no longer in this document",
            "%(n)d chunks are no longer in this document",
            outcome.missing,
        )
        said = _("Someone may have deleted it, or reparsed the document.")
        messages.info(request, title % {"n": outcome.missing}, said)
