"""The address of the form of a new dataset, and what it sent."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.models import Server
from ragflow_admin.standin.testing import StandinProcess


@pytest.fixture
def url(ragflow_server: Server) -> str:
    return ragflow_server.url("datasets:create")


def sent(standin: StandinProcess, key: str) -> list[dict[str, Any]]:
    return [entry for entry in standin.requests(key) if entry["method"] == "POST"]
