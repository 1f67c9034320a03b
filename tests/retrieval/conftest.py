"""A dataset whose chunks are a line each, documents in it, and a question set about them."""

from __future__ import annotations

import pytest

from dashboard.models import QuestionSet, Server
from dashboard.ragflow.types import Dataset, Document
from tests.chunks.conftest import Upload, dataset, office_pdf, upload

__all__ = ["dataset", "office_pdf", "upload"]

HANDBOOK = "You apply for parental leave seven weeks before it begins.\nThe canteen serves soup on Mondays."
LEAVE_POLICY = "\n".join(
    [
        "You apply for parental leave seven weeks before it begins.",
        "Annual leave is thirty days.",
        "The canteen serves soup on Mondays.",
        "A sabbatical is no leave of absence for parents.",
    ]
)


@pytest.fixture
def handbook(upload: Upload) -> Document:
    """Two lines, for question sets: one on parental leave, one on soup."""
    return upload("leave.txt", HANDBOOK)


@pytest.fixture
def leave_policy(upload: Upload) -> Document:
    """Four lines, for the lab: three that speak of leave, one on soup."""
    return upload("leave.txt", LEAVE_POLICY)


@pytest.fixture
def questions(ragflow_server: Server, dataset: Dataset) -> QuestionSet:
    """A set without questions yet."""
    return QuestionSet.objects.create(server=ragflow_server, name="Leave", dataset_ids=[dataset.id], username="ada")
