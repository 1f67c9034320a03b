"""A dataset whose documents were parsed, and one that failed, on a RAGFlow that keeps a log of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dashboard.models import Server
from dashboard.ragflow.releases import detection
from dashboard.ragflow.releases.release import Release
from ragflow_admin.standin.testing import StandinProcess

LOG = "10:00:00 Task has been received.\n10:00:01 Page(1~13): OCR started"
REASON = "10:00:09 [ERROR][Exception]: The file is <b>broken</b>"


@pytest.fixture
def newest(standin: StandinProcess, release: str) -> Iterator[StandinProcess]:
    """The stand-in as 0.27, whatever it is in this run."""
    standin.become("0.27")
    detection.remember(standin.base_url, Release("v0.27.0", (0, 27, 0)))
    yield standin
    standin.become(release)
    detection.forget(standin.base_url)


@pytest.fixture
def made(newest: StandinProcess, tenant_key: str) -> dict[str, Any]:
    """The dataset "Handbook": a document that was parsed, one that failed, and one that was not parsed."""
    documents = [
        {
            "name": "good.txt",
            "run": "DONE",
            "progress_msg": f"{LOG}\n10:00:02 Task done (1.10s)",
            "process_duration": 64,
        },
        {"name": "bad.pdf", "run": "FAIL", "progress_msg": f"{LOG}\n{REASON}"},
        {"name": "new.txt"},
    ]
    filled = newest.fill(tenant_key, datasets=[{"name": "Handbook", "documents": documents}])
    return dict(filled["datasets"][0])


@pytest.fixture
def url(ragflow_server: Server, made: dict[str, Any]) -> Callable[..., str]:
    """The address of a page of the ingestion log: ``url("document", document_id)``."""
    return lambda name="page", *ids: ragflow_server.url(f"ingestion:{name}", made["id"], *ids)
