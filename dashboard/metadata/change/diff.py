"""The preview of edits, and starting the job that makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect

from dashboard.core.formatting import shortened, visible
from dashboard.core.web.http import DashboardRequest
from dashboard.jobs import service
from dashboard.metadata.edits import Edit
from dashboard.metadata.job_actions import KEY
from dashboard.ragflow.types import Dataset

SHOWN: Final = 20
KEYS_SHOWN: Final = 12
# The most characters shown of a value.
VALUE_SHOWN: Final = 400


@dataclass(frozen=True)
class Row:
    """A document with the displayed (key, before, after) of what would change; ``more`` keys are not shown."""

    name: str
    url: str
    changes: tuple[tuple[str, str | None, str | None], ...]
    more: int


def shown(request: DashboardRequest, edits: Sequence[Edit]) -> dict[str, Any]:
    """Context for ``metadata/change/_diff.html``: the first documents, and the number of the others."""
    return {
        "rows": [_row(request, edit) for edit in edits[:SHOWN]],
        "more": max(0, len(edits) - SHOWN),
        "changing": len(edits),
    }


def start(request: DashboardRequest, dataset: Dataset, edits: Sequence[Edit]) -> HttpResponse:
    """Start the job that makes the edits, and redirect to its page."""
    documents = [edit.document for edit in edits]
    payloads = {edit.document.id: edit.payload for edit in edits}
    job = service.create_for(request.server, dataset, request.user, KEY, documents, payloads=payloads)
    return redirect(request.server.url("activity:job", job.pk))


def _row(request: DashboardRequest, edit: Edit) -> Row:
    document, words = edit.document, edit.words
    url = request.server.url("chunks:list", document.dataset_id, document.id)
    shown = tuple((visible(key), _cut(before), _cut(after)) for key, before, after in words[:KEYS_SHOWN])
    return Row(visible(document.name), url, shown, max(0, len(words) - KEYS_SHOWN))


def _cut(words: str | None) -> str | None:
    return None if words is None else shortened(visible(words), VALUE_SHOWN)
