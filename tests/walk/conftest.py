"""A world of everyday words, and one that means harm."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.models import Server
from ragflow_admin.standin.testing import StandinProcess
from tests.walk import world
from tests.walk.words import HOSTILE, PLAIN
from tests.walk.world import World


@pytest.fixture
def somebody(administrator_client: Client) -> User:
    return User.objects.get(pk=administrator_client.session["_auth_user_id"])


@pytest.fixture
def plain_world(standin: StandinProcess, tenant_key: str, ragflow_server: Server, somebody: User) -> World:
    standin.parsing(paused=True)
    return world.build(standin, tenant_key, ragflow_server, somebody, PLAIN)


@pytest.fixture
def hostile_world(standin: StandinProcess, tenant_key: str, ragflow_server: Server, somebody: User) -> World:
    standin.parsing(paused=True)
    return world.build(standin, tenant_key, ragflow_server, somebody, HOSTILE)
