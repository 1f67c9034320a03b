"""The number of documents that match conditions, corrected for RAGFlow's faulty "and" (contract §11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.parallel import parallel
from dashboard.ragflow.resources.metadata import Conditions

DATASETS: Final = 8


@dataclass(frozen=True)
class Matches:
    """``matched`` of ``total`` documents; ``partial`` if not all datasets were checked."""

    matched: int
    total: int
    partial: bool = False


def count(ragflow: RAGFlow, dataset_ids: Sequence[str], conditions: Conditions | None) -> Matches:
    """Count the documents of the datasets that match the conditions; all of them without conditions.

    Makes one call per dataset and condition, in parallel.
    """
    asked = dataset_ids[:DATASETS]
    each = parallel(*(partial(_of_one, ragflow, dataset_id, conditions) for dataset_id in asked))
    return Matches(sum(one.matched for one in each), sum(one.total for one in each), len(dataset_ids) > len(asked))


def can_be_met(ragflow: RAGFlow, dataset_ids: Sequence[str], conditions: Conditions | None) -> bool:
    """Whether RAGFlow's result for the conditions is reliable; if not, no document of the datasets matches.

    Makes one call per dataset and condition except the last. For too many datasets the result is trusted unchecked.
    """
    if conditions is None or not conditions.beginnings or len(dataset_ids) > DATASETS:
        return True
    beginnings = conditions.beginnings
    asked = [(dataset_id, part) for part in beginnings for dataset_id in dataset_ids]
    numbers = parallel(*(partial(_number, ragflow, dataset_id, part) for dataset_id, part in asked))
    width = len(dataset_ids)
    return all(any(numbers[at * width : (at + 1) * width]) for at in range(len(beginnings)))


def _of_one(ragflow: RAGFlow, dataset_id: str, conditions: Conditions | None) -> Matches:
    wanted: list[Conditions | None] = [None]
    if conditions:
        wanted += [*conditions.beginnings, conditions]
    try:
        total, *numbers = parallel(*(partial(_number, ragflow, dataset_id, part) for part in wanted))
    except errors.NotFound:
        return Matches(0, 0)
    return Matches(numbers[-1] if numbers and all(numbers) else 0 if numbers else total, total)


def _number(ragflow: RAGFlow, dataset_id: str, conditions: Conditions | None) -> int:
    page = ragflow.documents.list(dataset_id, page=1, page_size=1, condition=conditions)
    if conditions and not all(conditions.may_be_met_by(document) for document in page):
        # Some releases return all documents if none matches.
        return 0
    return page.total or 0
