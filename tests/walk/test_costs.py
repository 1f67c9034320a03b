"""The cost of the first visit of each page: the maximum of upstream calls and of database queries."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.models import Server
from ragflow_admin.standin.testing import StandinProcess
from tests.support.code.addresses import ADDRESSES, allowed_methods
from tests.support.pages.reading import HTMX
from tests.walk.pages import NO_PAGE, PAGES
from tests.walk.world import World

pytestmark = pytest.mark.releases


def test_every_address_that_answers_get_is_in_the_table(administrator_client: Client, ragflow_server: Server) -> None:
    answering = {one.name for one in ADDRESSES if "GET" in allowed_methods(administrator_client, one)}
    listed = {page.name for page in PAGES}
    assert answering - listed - set(NO_PAGE) == set(), "list the new pages in tests/walk/pages.py"
    assert (listed | set(NO_PAGE)) - answering == set(), "no such page"


def test_no_page_costs_more_than_it_may(
    plain_world: World, administrator_client: Client, standin: StandinProcess, tenant_key: str, release: str
) -> None:
    administrator_client.raise_request_exception = False
    wrong = []
    for page in PAGES:
        cache.clear()
        standin.reset_requests()
        with CaptureQueriesContext(connection) as queries:
            response = administrator_client.get(page.address(plain_world), headers=HTMX if page.fragment else {})
        calls = standin.requests(tenant_key)
        if response.status_code not in (200, 204):
            wrong.append(f"{page} answers {response.status_code}")
        most = page.most_calls(release)
        if len(calls) > most:
            told = "".join(f"\n    {call['method']} {call['path']}?{call['query']}" for call in calls)
            wrong.append(f"{page} makes {len(calls)} calls, not {most}:{told}")
        if len(queries) > page.queries:
            told = "".join(f"\n    {query['sql'][:160]}" for query in queries)
            wrong.append(f"{page} makes {len(queries)} queries, not {page.queries}:{told}")
    assert wrong == [], "\n" + "\n".join(wrong)
