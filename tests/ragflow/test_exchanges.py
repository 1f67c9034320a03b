"""Every recorded exchange of every release means the same to the client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.ragflow import RAGFlow, Timeouts, errors
from dashboard.ragflow.releases import detection
from dashboard.ragflow.releases.release import Release, number_in
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Reply, serving
from tests.support.recorded.exchanges import RELEASES, Exchange, around, call_of, exchanges, twins

REFUSED = Reply({"code": 401, "data": None, "message": "<Unauthorized '401: Unauthorized'>"}, status=401)
# What each of RAGFlow's codes may mean (contract §1.2).
MEANS: dict[int, set[type[errors.RAGFlowError]]] = {
    100: {errors.ServerError, errors.NotFound, errors.Rejected},
    101: {errors.Rejected, errors.NotFound},
    102: {errors.Rejected, errors.NotFound},
    103: {errors.Rejected, errors.NotFound},
    108: {errors.NotFound},
    109: {errors.Unauthorized, errors.NotFound, errors.Rejected},
    401: {errors.Unauthorized, errors.ServerError},
    404: {errors.NotFound},
    500: {errors.ServerError, errors.Rejected},
}
# Bad requests that later releases refuse for another reason than 0.24 did.
REFUSED_OTHERWISE = {"chat-create-err-ds-string", "converse-no-question"}


@pytest.fixture(scope="module")
def upstream() -> Iterator[FakeServer]:
    with serving() as server:
        yield server


def outcome(upstream: FakeServer, exchange: Exchange) -> object:
    """What the client's call returns, or the error that it raises, if the server responds as recorded."""
    called = call_of(exchange)
    assert called is not None
    upstream.rules.clear()
    upstream.on("GET", ".*", REFUSED if exchange.is_refused else around)
    if exchange.method == "GET":
        upstream.on("GET", exchange.path, exchange.reply)
    else:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            upstream.on(method, ".*", exchange.reply)
    number = number_in(exchange.release)
    assert number is not None
    detection.remember(upstream.base_url, Release(f"v{exchange.release}", number))
    client = RAGFlow(upstream.base_url, KEY, timeouts=Timeouts(connect=2, read=5, write=5, stream=5, upload=5))
    try:
        return called[1](client, exchange)
    except errors.RAGFlowError as error:
        return error


def sayable(release: str) -> list[Exchange]:
    return [exchange for exchange in exchanges(release) if call_of(exchange)]


@pytest.mark.parametrize("exchange", [one for release in RELEASES for one in sayable(release)], ids=str)
def test_a_recorded_response_is_read_as_what_it_is(upstream: FakeServer, exchange: Exchange) -> None:
    called = call_of(exchange)
    assert called is not None
    found = outcome(upstream, exchange)
    if not isinstance(found, errors.RAGFlowError):
        # After a delete that failed in part, the client looks what is left.
        assert exchange.code in (0, None) or type(found).__name__ == "DeleteOutcome"
        assert type(found).__name__ in called[0].split()
        return
    if exchange.is_refused:
        assert type(found) is errors.Unauthorized
        return
    if exchange.code in (0, None) and exchange.status == 200:
        assert type(found) in {errors.NotFound}, found
        return
    assert type(found) in MEANS[exchange.code or exchange.status], found


@pytest.mark.parametrize(
    "exchange",
    [
        one
        for release in RELEASES[1:]
        for one in sayable(release)
        if one.name in twins("0.24.0").keys() - REFUSED_OTHERWISE
    ],
    ids=str,
)
def test_a_recorded_response_means_what_its_twin_meant_in_0_24(upstream: FakeServer, exchange: Exchange) -> None:
    twin = twins("0.24.0")[exchange.name]
    if call_of(twin) is None:
        return
    then, now = outcome(upstream, twin), outcome(upstream, exchange)
    if isinstance(then, errors.RAGFlowError) and isinstance(now, errors.RAGFlowError):
        assert isinstance(now, errors.NotFound) == isinstance(then, errors.NotFound), (then, now)
    elif not isinstance(then, errors.RAGFlowError) and not isinstance(now, errors.RAGFlowError):
        assert type(now) is type(then)
