"""A parsed dataset and an assistant on it, made behind the dashboard's back."""

from __future__ import annotations

import io
import itertools

from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Assistant, Dataset, RunStatus
from tests.support.processes.waiting import wait_until

POLICY = """Parental leave

Each parent may take up to 24 months of parental leave per child. The request reaches the HR desk in writing at least
seven weeks before the leave begins.

Hotels

A hotel in Zurich may cost 180 francs a night. Other hotels may cost 120 francs a night.
"""
_numbers = itertools.count(1)


def parsed_dataset(ragflow: RAGFlow, text: str = POLICY, name: str = "policy.txt") -> Dataset:
    """A dataset with one parsed document."""
    dataset = ragflow.datasets.create(name=f"Policies {next(_numbers)}")
    data = text.encode()
    uploaded = ragflow.documents.upload(dataset, name, io.BytesIO(data), len(data))
    ragflow.documents.parse(ragflow.documents.get(dataset.id, uploaded.id))
    wait_until(
        lambda: ragflow.documents.get(dataset.id, uploaded.id).run is RunStatus.DONE, what="the document is parsed"
    )
    return ragflow.datasets.get(dataset.id)


def assistant_on(ragflow: RAGFlow, dataset: Dataset | None, name: str = "") -> Assistant:
    """An assistant that draws on the dataset."""
    return ragflow.chats.create(
        name=name or f"Handbook {next(_numbers)}",
        dataset_ids=[dataset.id] if dataset else [],
        prompt={"similarity_threshold": 0.0, "opener": "Ask me about policies."},
    )
