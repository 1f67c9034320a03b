"""The real worker with beat: it picks up a run, and another one continues it when it is killed."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from dashboard.ragflow.types import Dataset
from ragflow_admin.standin.testing import StandinProcess
from tests.chunks.conftest import settled
from tests.support.processes.installation import Installation
from tests.support.processes.waiting import wait_until

QUESTIONS = [f"leave number {number}" for number in range(12)]


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory, standin: StandinProcess) -> Iterator[Installation]:
    """The running product, without a worker."""
    folder = tmp_path_factory.mktemp("own") / "var"
    with Installation(folder, standin.base_url, standin.new_key()) as installation:
        installation.web()
        yield installation


@pytest.fixture
def dataset(own: Installation) -> Dataset:
    made = own.ragflow.datasets.create(name="Handbook")
    stored = own.ragflow.documents.upload(made, "leave.txt", io.BytesIO(b"Leave is thirty days."), 21)
    document = own.ragflow.documents.get(made.id, stored.id)
    own.ragflow.documents.parse(document)
    settled(own.ragflow, document)
    return made


def test_a_run_goes_on_with_another_worker_when_its_own_is_killed(
    own: Installation, dataset: Dataset, standin: StandinProcess
) -> None:
    base = "/servers/ragflow/retrieval/sets/"
    own.send("POST", f"{base}new/", data={"name": "Leave", "dataset": dataset.id})
    lines = "\n".join(f"{text},leave.txt" for text in QUESTIONS)
    own.send("POST", f"{base}1/import/", files={"file": ("q.csv", f"question,documents\n{lines}\n")})
    standin.reset_requests()
    standin.fault(method="POST", path="/api/v1/retrieval", kind="slow", seconds=0.3)
    assert "0 of 12 asked" in own.send("POST", f"{base}1/runs/", data={"similarity_threshold": "0.1"}).text

    def asked() -> int:
        return own.rows("SELECT count(*) FROM dashboard_questionresult WHERE state = 'asked'")[0][0]

    worker = own.worker()
    wait_until(lambda: asked() >= 3)
    own.kill(worker)
    done = asked()
    assert done < len(QUESTIONS)
    own.worker()
    wait_until(lambda: own.rows("SELECT state FROM dashboard_questionrun") == [("done",)])

    page = own.send("GET", f"{base}1/runs/1/").text
    assert re.search(r"12 asked, 0 missed, 0 failed\.", page)
    sent = Counter(
        entry["json"]["question"] for entry in standin.requests() if entry["path"].endswith("/api/v1/retrieval")
    )
    assert set(sent) == set(QUESTIONS)
    assert sum(sent.values()) <= len(QUESTIONS) + 1, "at most the question under way is asked again"
