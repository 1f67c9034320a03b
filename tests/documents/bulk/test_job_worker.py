"""A real worker that is killed during a job of 500 documents: the job continues, and each document is handled once."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.processes.installation import Installation
from tests.support.processes.waiting import wait_until

NUMBER = 500
COUNT = "SELECT COUNT(*) FROM dashboard_jobitem WHERE state = 'done'"


@pytest.fixture
def own(tmp_path, standin_process, standin) -> Iterator[Installation]:
    key = standin_process.new_key()
    with Installation(tmp_path / "var", standin_process.base_url, key) as installation:
        installation.key = key  # type: ignore[attr-defined]
        installation.web()
        yield installation


def test_a_worker_killed_in_the_middle_of_a_job_costs_nothing_and_repeats_nothing(own, standin):
    dataset = own.ragflow.datasets.create(name="Handbook")

    def store(number: int) -> None:
        own.ragflow.documents.upload(dataset, f"{number}.txt", io.BytesIO(b"Some text."), 10)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store, range(NUMBER)))
    standin.reset_requests()
    form = {"all": "yes", "confirmed": "yes", "expected": str(NUMBER)}
    answer = own.send("POST", f"/servers/ragflow/datasets/{dataset.id}/documents/disable/", data=form)
    assert answer.url.endswith("/activity/jobs/1/"), answer.text
    worker = own.worker()
    wait_until(lambda: own.rows(COUNT)[0][0] > NUMBER / 10, seconds=60)
    own.kill(worker)
    done = own.rows(COUNT)[0][0]
    assert done < NUMBER
    own.worker()
    wait_until(lambda: own.rows("SELECT 1 FROM dashboard_job WHERE ended_at IS NOT NULL"), seconds=120)
    assert own.rows("SELECT state, COUNT(*) FROM dashboard_jobitem GROUP BY state") == [("done", NUMBER)]
    writes = Counter(r["path"] for r in standin.requests(own.key) if r["method"] == standin.change)
    assert len(writes) == NUMBER
    assert set(writes.values()) == {1}
    page = own.send("GET", "/servers/ragflow/activity/jobs/1/").text
    assert f"{NUMBER} of {NUMBER} disabled" in page
