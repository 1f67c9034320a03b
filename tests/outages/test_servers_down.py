"""The product on PostgreSQL and Redis, while one of them is stopped, does not answer, or comes back."""

from __future__ import annotations

import io
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import requests

from tests.outages.servers import OwnPostgres, OwnRedis
from tests.support.processes.installation import Installation
from tests.support.processes.waiting import wait_until

pytestmark = pytest.mark.own_servers

HOME = "/servers/ragflow/"
PAGES = (HOME, f"{HOME}datasets/", f"{HOME}activity/", f"{HOME}assistants/", f"{HOME}retrieval/")
NO_DATABASE = "The dashboard&#x27;s database is unreachable"
# Seconds in which a page has to be there, with room for a slow machine.
SOON = 20


def get(running: Installation, path: str, **headers: str) -> tuple[requests.Response, float]:
    """The answer, and how long it took."""
    began = time.monotonic()
    answer = running.http.get(running.address + path, headers=headers, timeout=60, allow_redirects=False)
    return answer, time.monotonic() - began


def statuses(running: Installation) -> set[int]:
    """Those of forty pages, asked for sixteen at a time."""
    with ThreadPoolExecutor(16) as people:
        return {answer.status_code for answer, _ in people.map(lambda n: get(running, PAGES[n % 5]), range(40))}


HOW = pytest.mark.parametrize("how", ["stop", pytest.param("hold", marks=pytest.mark.thorough)])


@HOW
def test_pages_work_without_the_cache(running: Installation, redis: OwnRedis, how: str) -> None:
    getattr(redis, how)()
    began = time.monotonic()
    for path in PAGES:
        answer, _ = get(running, path)
        assert answer.status_code == 200, answer.text
        assert 'action="/sign-out/"' in answer.text, "somebody is still signed in"
    assert time.monotonic() - began < SOON, "nobody waits for it on every page"
    alive, took = get(running, "/health/")
    assert (alive.status_code, alive.text) == (200, "OK")
    ready, took_as_well = get(running, "/ready/")
    assert ready.json()["cache"] == "failed"
    assert max(took, took_as_well) < 2


def test_a_question_that_needs_the_cache_says_so_and_is_not_sent(running: Installation, redis: OwnRedis) -> None:
    assistant = running.ragflow.chats.create(name="Without a cache")
    session = running.ragflow.sessions.create(assistant, name="One")
    redis.stop()
    ask = f"{HOME}assistants/{assistant.id}/sessions/{session.id}/ask/"
    answer = running.send("POST", ask, data={"question": "Is anybody there?"}, headers={"HX-Request": "true"})
    assert answer.status_code == 503
    assert "The cache is unreachable" in answer.text
    assert answer.headers["HX-Reswap"] == "none", "the question stays in its field"
    asked = running.ragflow.sessions.get(assistant.id, session.id).messages
    assert not [message for message in asked if message.role == "user"]


def test_the_cache_is_used_again_when_it_is_back(running: Installation, redis: OwnRedis) -> None:
    redis.stop()
    get(running, HOME)
    redis.start()
    wait_until(lambda: get(running, "/ready/")[0].status_code == 200, 10)
    assert get(running, HOME)[0].status_code == 200


@HOW
def test_without_the_database_a_sentence_says_so(running: Installation, database: OwnPostgres, how: str) -> None:
    get(running, HOME)
    getattr(database, how)()
    page, took = get(running, HOME)
    assert page.status_code == 503
    assert NO_DATABASE in page.text
    assert f'href="{HOME}"' in page.text, "to try again"
    assert page.headers["X-Request-Id"] in page.text
    assert took < SOON
    part, took = get(running, f"{HOME}datasets/", **{"HX-Request": "true"})
    assert part.status_code == 503
    assert NO_DATABASE in part.text
    assert "<html" not in part.text
    assert took < SOON
    told, took = get(running, HOME, Accept="application/json")
    assert told.status_code == 503
    assert told.json()["error"].startswith("The dashboard's database is unreachable.")
    assert took < SOON
    alive, took = get(running, "/health/")
    assert (alive.status_code, alive.text) == (503, "The database does not answer.")
    assert took < 2


def test_no_page_fails_after_a_restart_of_the_database(running: Installation, database: OwnPostgres) -> None:
    assert statuses(running) == {200}  # many connections lie in the pool
    database.stop()
    database.start()
    assert statuses(running) == {200}


@pytest.mark.thorough
def test_no_page_fails_after_the_database_was_away_for_a_while(running: Installation, database: OwnPostgres) -> None:
    database.stop()
    assert get(running, HOME)[0].status_code == 503
    database.start()
    assert statuses(running) == {200}


@pytest.mark.thorough
def test_the_worker_goes_on_when_both_are_back(running: Installation, database: OwnPostgres, redis: OwnRedis) -> None:
    dataset = running.ragflow.datasets.create(name="Watched")
    worker = running.worker()
    page = f"{HOME}datasets/{dataset.id}/documents/"

    def polls() -> bool:
        get(running, page)
        with psycopg.connect(database.url) as own:
            asked = "SELECT 1 FROM dashboard_watch WHERE dataset_id = %s AND next_at > now()"
            return bool(own.execute(asked, [dataset.id]).fetchone())

    wait_until(polls)
    database.stop()
    redis.stop()
    time.sleep(3)
    redis.start()
    database.start()
    with psycopg.connect(database.url, autocommit=True) as own:
        own.execute("UPDATE dashboard_watch SET next_at = now() - interval '1 day', claim = '', claimed_until = NULL")
    wait_until(polls, 60)
    assert worker.poll() is None, "it is the same worker that goes on"
    running.stop_workers()


@HOW
def test_a_job_that_is_started_without_the_queue_is_worked_on_when_it_is_back(
    running: Installation, database: OwnPostgres, redis: OwnRedis, how: str
) -> None:
    dataset = running.ragflow.datasets.create(name="Queue down")
    made = [running.ragflow.documents.upload(dataset, f"{n}.txt", io.BytesIO(b"Text."), 5).id for n in range(2)]
    running.worker()
    getattr(redis, how)()
    began = time.monotonic()
    answer = running.send("POST", f"{HOME}datasets/{dataset.id}/documents/disable/", data={"id": made})
    assert time.monotonic() - began < SOON
    assert answer.status_code == 200, answer.text
    assert "0 of 2 disabled" in answer.text

    def ended() -> bool:
        with psycopg.connect(database.url) as own:
            asked = "SELECT 1 FROM dashboard_job WHERE dataset_id = %s AND ended_at IS NOT NULL"
            return bool(own.execute(asked, [dataset.id]).fetchone())

    assert not ended()
    redis.go_on()
    redis.start()
    wait_until(ended, 60)
    assert not any(document.enabled for document in running.ragflow.documents.list(dataset.id))
    running.stop_workers()
