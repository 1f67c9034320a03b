"""The address of the table of metadata."""

from __future__ import annotations

import pytest

from dashboard.models import Server
from dashboard.ragflow.types import Dataset


@pytest.fixture
def grid_url(ragflow_server: Server, dataset: Dataset) -> str:
    return ragflow_server.url("metadata:grid", dataset.id)
