"""What tests share: a stand-in RAGFlow over real HTTP, a server row that points to it, and people."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client

from dashboard.core.access.rights import Role
from dashboard.models import Server
from dashboard.ragflow import RAGFlow
from dashboard.ragflow.releases import detection
from dashboard.ragflow.releases.release import Release
from dashboard.sandbox import runner
from ragflow_admin.standin.testing import StandinProcess
from tests.outages.servers import program
from tests.support.browser import chromium

LONG = ("test_up.py", "test_servers_down.py")
RELEASES = {"0.24": Release("v0.24.0", (0, 24, 0)), "0.27": Release("v0.27.0", (0, 27, 0))}
SERVERS = {"redis": "REDIS_URL", "postgres": "POSTGRES_URL"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="also what takes long and rarely fails")
    parser.addoption("--release", choices=tuple(RELEASES), default="0.24", help="the RAGFlow that the stand-in is")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With ``-m releases``, files without that mark are not read: that would take each process half a minute."""
    if config.option.markexpr != "releases" or not collection_path.match("test_*.py"):
        return None
    return None if b"mark.releases" in collection_path.read_bytes() else True


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is thorough, unless ``--thorough`` asks for it.

    On several cores, what takes long goes first (browsers, whole products): else all wait for it in the end.

    In CI a browser test that fails is run once more, and the report names it (``-rR``): one that fails twice is wrong.
    """
    if not config.option.thorough:
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]
    if os.environ.get("CI"):
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.flaky(reruns=1))
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: not (item.get_closest_marker("browser") or item.path.name in LONG))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what this machine cannot run, and says why; in CI everything must run."""
    missing = [
        variable for mark, variable in SERVERS.items() if item.get_closest_marker(mark) and not os.environ.get(variable)
    ]
    if item.get_closest_marker("browser") and not chromium.quickest():
        missing.append("CHROMIUM")
    if item.get_closest_marker("own_servers"):
        missing += [name for name in ("redis-server", "postgres") if not program(name)]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{missing[0]} is not here, and in CI nothing is skipped (see .ci/run)", pytrace=False)
    if missing:
        pytest.skip(f"{missing[0]} is not here")


@pytest.fixture(scope="session", autouse=True)
def _patience_with_the_sandbox() -> None:
    """On a busy machine honest work may take longer than people should wait for it."""
    runner.SECONDS, runner.WAIT = 30.0, 30.0


@pytest.fixture(scope="session")
def release(request: pytest.FixtureRequest) -> str:
    """The RAGFlow that the stand-in is in this run: "0.24" or "0.27" (``--release``)."""
    return str(request.config.getoption("--release"))


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether this run may take long (``--thorough``)."""
    return bool(request.config.getoption("--thorough"))


@pytest.fixture(scope="session")
def standin_process(tmp_path_factory: pytest.TempPathFactory, release: str) -> Iterator[StandinProcess]:
    """One stand-in for the whole run; parsing goes fast."""
    with StandinProcess(data_dir=tmp_path_factory.mktemp("standin"), release=release) as process:
        process.parsing(speed=20)
        yield process


@pytest.fixture
def standin(standin_process: StandinProcess, release: str) -> StandinProcess:
    """The stand-in without faults, parsing fast, nothing counted yet."""
    standin_process.reset()
    detection.remember(standin_process.base_url, RELEASES[release])
    return standin_process


@pytest.fixture
def tenant_key(standin: StandinProcess) -> str:
    """The API key of a fresh, empty tenant."""
    return standin.new_key()


@pytest.fixture
def ragflow(standin: StandinProcess, tenant_key: str) -> RAGFlow:
    """A client for arranging things behind the dashboard's back."""
    return RAGFlow(standin.base_url, tenant_key)


@pytest.fixture
def ragflow_server(db: None, standin: StandinProcess, tenant_key: str) -> Server:
    """The server row of that tenant."""
    cache.clear()
    server = Server(name="Test server", slug="test", base_url=standin.base_url, is_default=True)
    server.api_key = tenant_key
    server.save()
    return server


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Creates a user with a role: ``person(Role.CURATOR)``."""

    def make(role: Role | None, username: str = "") -> User:
        user = User.objects.create_user(
            username or (role.name.lower() if role else "nobody"), password="a good password 1"
        )
        if role:
            # Not get: a test with a live server empties the tables when it ends, also of what migrations put there.
            user.groups.add(Group.objects.get_or_create(name=role.group)[0])
        return user

    return make


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def viewer_client(person: Callable[..., User]) -> Client:
    return _signed_in(person(Role.VIEWER))


@pytest.fixture
def curator_client(person: Callable[..., User]) -> Client:
    return _signed_in(person(Role.CURATOR))


@pytest.fixture
def administrator_client(person: Callable[..., User]) -> Client:
    return _signed_in(person(Role.ADMINISTRATOR))
