"""The product as in production, on a PostgreSQL and a Redis that can be taken from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragflow_admin.standin.testing import StandinProcess
from tests.outages.servers import OwnPostgres, OwnRedis
from tests.support.processes.installation import Installation


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[OwnPostgres, OwnRedis]]:
    with OwnPostgres() as database, OwnRedis(tmp_path_factory.mktemp("redis")) as redis:
        yield database, redis


@pytest.fixture(scope="module")
def running(
    servers: tuple[OwnPostgres, OwnRedis], standin_process: StandinProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    database, redis = servers
    folder: Path = tmp_path_factory.mktemp("product")
    variables = {
        "DATABASE_URL": database.url,
        "CACHE_URL": redis.url,
        "CELERY_BROKER_URL": redis.url.replace("/0", "/1"),
        "DEBUG": "false",
        "DJANGO_SETTINGS_MODULE": "tests.outages.settings",
    }
    standin_process.reset()
    key = standin_process.new_key()
    with Installation(folder, standin_process.base_url, key, **variables) as own:
        own.web()
        yield own


@pytest.fixture
def database(servers: tuple[OwnPostgres, OwnRedis]) -> Iterator[OwnPostgres]:
    """PostgreSQL, which runs before and after the test."""
    yield servers[0]
    servers[0].go_on()
    servers[0].start()


@pytest.fixture
def redis(servers: tuple[OwnPostgres, OwnRedis]) -> Iterator[OwnRedis]:
    yield servers[1]
    servers[1].go_on()
    servers[1].start()
