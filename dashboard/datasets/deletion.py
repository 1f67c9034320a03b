"""Deleting datasets: which ones are meant, what goes with them, and what was left."""

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
    """The datasets that were named and exist; ``gone`` counts the ids that no longer do."""

    datasets: tuple[Dataset, ...]
    gone: int


def choose(ragflow: RAGFlow, ids: Sequence[str]) -> Chosen:
    """Looks the ids up as things are now: a few one by one, many by reading the whole list."""
    wanted = tuple(dict.fromkeys(id for id in ids if id))
    there: dict[str, Dataset] = {}
    if len(wanted) > ONE_BY_ONE:
        there = {dataset.id: dataset for dataset in listing.walk(ragflow).datasets}
    # One that is not in a list that may be incomplete still has to be looked up before it is said to be gone.
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
    """Deletes them, and says what is really gone: after a failure that left it open, the server is asked again.

    RAGFlow deletes none when one of them is not there any more (contract §6); then the others are deleted once more.
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
    """The question before it: what goes, by name and number."""
    number = len(datasets)
    return Confirmation(
        title=ngettext("Delete this dataset?", "Delete %(n)s datasets?", number) % {"n": count(number)},
        text=ngettext(
            "It leaves the server %(server)s with all it holds: %(contents)s. Assistants that use it lose it."
            " This cannot be undone.",
            "They leave the server %(server)s with all they hold: %(contents)s. Assistants that use them lose them."
            " This cannot be undone.",
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
    """``48 documents, about 1,310 chunks``: RAGFlow's own count of chunks drifts (contract §10.1)."""
    words = ngettext("%(n)s document", "%(n)s documents", documents) % {"n": count(documents)}
    if not chunks:
        return words
    return f"{words}, {ngettext('about %(n)s chunk', 'about %(n)s chunks', chunks) % {'n': count(chunks)}}"


def names(datasets: Sequence[Dataset], limit: int = 3) -> str:
    """The first few names, and how many more there are."""
    shown = ", ".join(f"“{visible(dataset.name)}”" for dataset in datasets[:limit])
    more = len(datasets) - limit
    return _("%(names)s and %(n)s more") % {"names": shown, "n": count(more)} if more > 0 else shown
