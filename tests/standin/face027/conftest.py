"""One stand-in of release 0.27 for these tests, and callers with tenants of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ragflow_admin.standin.testing import StandinProcess
from tests.standin.conftest import Caller

BIRDS = ["The heron waits at the pond.", "The stork nests on the roof of the old church."]


class Newer(Caller):
    """Speaks 0.27."""

    def __init__(self, standin: StandinProcess) -> None:
        super().__init__(standin.base_url, standin.new_key())
        self.standin = standin

    def refused(self, method: str, path: str, **more: Any) -> int:
        """The code of an answer that must not be a success."""
        code = int(self.ask(method, path, **more).json()["code"])
        assert code != 0
        return code

    def filled(self, *documents: dict[str, Any], **more: Any) -> tuple[str, list[str]]:
        """A dataset with these documents (by default two chunks each, DONE); its id and theirs."""
        given = [
            {"name": f"{place}.txt", "run": "DONE", "chunks": [{"content": text} for text in BIRDS], **document}
            for place, document in enumerate(documents or [{}])
        ]
        made = self.standin.fill(self.key, datasets=[{"name": "Birds", "documents": given, **more}])["datasets"][0]
        return made["id"], [document["id"] for document in made["documents"]]

    def total(self, dataset: str) -> int:
        """The number of chunks that the dataset's row tells."""
        return int(self.data("GET", f"/datasets/{dataset}")["chunk_count"])


@pytest.fixture(scope="session")
def standin_027() -> Iterator[StandinProcess]:
    with StandinProcess(release="0.27", speed=100) as process:
        yield process


@pytest.fixture
def newer(standin_027: StandinProcess) -> Iterator[Newer]:
    standin_027.parsing(paused=False)
    yield Newer(standin_027)
    standin_027.parsing(paused=False)


@pytest.fixture
def stranger(standin_027: StandinProcess) -> Newer:
    """Somebody else's key."""
    return Newer(standin_027)
