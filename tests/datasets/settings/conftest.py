"""A dataset with a description and one setting that is not the default."""

from __future__ import annotations

import pytest

from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.types import Dataset


@pytest.fixture
def dataset(ragflow: RAGFlow) -> Dataset:
    made = ragflow.datasets.create(name="Handbook", description="For\nall", parser_config={"auto_keywords": 3})
    return ragflow.datasets.get(made.id)


@pytest.fixture
def url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("datasets:settings", dataset.id)
