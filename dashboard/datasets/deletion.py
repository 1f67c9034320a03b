"""Deleting datasets: which exist, what is deleted with them, and which are left after a failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.confirmation import AffectedItem, Confirmation
from dashboard.core.formatting import count, visible
from dashboard.datasets.list import listing
from dashboard.models import Server
from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.types import Dataset, DeleteOutcome

ONE_BY_ONE = 8


@dataclass(frozen=True)
class Chosen:
    """The requested datasets that exist; ``gone`` is the number of ids that no longer do."""

    datasets: tuple[Dataset, ...]
    gone: int


def choose(ragflow: RAGFlow, ids: Sequence[str]) -> Chosen:
    """Look up the current state of the ids: a few individually, many by reading the whole list."""
    wanted = tuple(dict.fromkeys(id for id in ids if id))
    there: dict[str, Dataset] = {}
    if len(wanted) > ONE_BY_ONE:
        there = {dataset.id: dataset for dataset in listing.walk(ragflow).datasets}
    # The list may be incomplete, so a missing dataset is looked up before it counts as gone.
    missing = [id for id in wanted if id not in there]
    looked_up = parallel(*(partial(_look_up, ragflow, id) for id in missing))
    there |= {dataset.id: dataset for dataset in looked_up if dataset is not None}
    found = tuple(there.get(id) for id in wanted)
    datasets = tuple(dataset for dataset in found if dataset is not None)
    return Chosen(datasets, len(wanted) - len(datasets))


def _look_up(ragflow: RAGFlow, id: str) -> Dataset | None:
    try:
        return ragflow.datasets.get(id)
    except errors.NotFound:
        return None


def carry_out(ragflow: RAGFlow, datasets: Sequence[Dataset]) -> DeleteOutcome[Dataset]:
    """Delete them and return which are gone. After a failure with an unknown outcome, the server is checked again.

    RAGFlow deletes none if one of them no longer exists (contract §6); the others are then deleted in a second call.
    """
    try:
        return ragflow.datasets.delete(datasets)
    except errors.RAGFlowError as error:
        if not (error.maybe_done or isinstance(error, errors.NotFound)):
            raise
        left = choose(ragflow, [dataset.id for dataset in datasets]).datasets
        deleted = tuple(dataset for dataset in datasets if dataset.id not in {other.id for other in left})
        outcome = DeleteOutcome(deleted, left, error.message)
        if not left or not deleted or error.maybe_done:
            return outcome
    again = ragflow.datasets.delete(left)
    return DeleteOutcome((*deleted, *again.deleted), again.failed, again.message)


def confirmation(server: Server, datasets: Sequence[Dataset], action: str, back: str) -> Confirmation:
    """The confirmation: what will be deleted, by name and number."""
    number = len(datasets)
    return Confirmation(
        title=ngettext("Delete this dataset?", "Delete %(n)s datasets?", number) % {"n": count(number)},
        text=ngettext(
            "It will be deleted from the server %(server)s with its contents: %(contents)s. Assistants that use it"
            " lose access. This can't be undone.",
            "They will be deleted from the server %(server)s with their contents: %(contents)s. Assistants that use"
            " them lose access. This can't be undone.",
            number,
        )
        % {
            "server": server.name,
            "contents": contents(
                sum(dataset.document_count for dataset in datasets), sum(dataset.chunk_count for dataset in datasets)
            ),
        },
        things=[
            AffectedItem(visible(dataset.name), contents(dataset.document_count, dataset.chunk_count))
            for dataset in sorted(datasets, key=lambda dataset: dataset.document_count, reverse=True)
        ],
        ids=[dataset.id for dataset in datasets],
        typed=server.name,
        action=action,
        action_label=ngettext("Delete dataset", "Delete %(n)s datasets", number) % {"n": count(number)},
        cancel_url=back,
        cancel_label=ngettext("Keep it", "Keep them", number),
        hidden={"back": back},
    )


def contents(documents: int, chunks: int) -> str:
    """``48 documents, about 1,310 chunks``; RAGFlow's chunk count is inaccurate (contract §10.1)."""
    words = ngettext("%(n)s document", "%(n)s documents", documents) % {"n": count(documents)}
    if not chunks:
        return words
    return f"{words}, {ngettext('about %(n)s chunk', 'about %(n)s chunks', chunks) % {'n': count(chunks)}}"


def names(datasets: Sequence[Dataset], limit: int = 3) -> str:
    """The first few names, and the number of the others."""
    shown = ", ".join(f"“{visible(dataset.name)}”" for dataset in datasets[:limit])
    more = len(datasets) - limit
    return _("%(names)s and %(n)s more") % {"names": shown, "n": count(more)} if more > 0 else shown
