from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.ragflow import RAGFlow, Timeouts, WriteRecord
from tests.support.ragflow.fake_upstream import KEY, FakeServer, serving


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with serving() as server:
        yield server


@pytest.fixture
def records() -> list[WriteRecord]:
    """What the client reported, in order."""
    return []


@pytest.fixture
def client(fake: FakeServer, records: list[WriteRecord]) -> RAGFlow:
    return RAGFlow(
        fake.base_url,
        KEY,
        timeouts=Timeouts(connect=2, read=2, write=2, stream=2, upload=2),
        on_write=records.append,
    )
