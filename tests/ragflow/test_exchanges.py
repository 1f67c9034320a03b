"""Every recorded exchange of every release means the same to the client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from dashboard.ragflow import RAGFlow, Timeouts, errors
from dashboard.ragflow.http import envelope
from dashboard.ragflow.releases import detection
from dashboard.ragflow.releases.release import Release, number_in
from tests.support.ragflow.fake_upstream import KEY, FakeServer, Received, Reply, serving
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


class NotAsked:
    """The client asks something else on that release."""


def outcome(upstream: FakeServer, exchange: Exchange) -> object:
    """What the client's call returns, or the error that it raises, if the server responds as recorded."""
    expected = call_of(exchange)
    assert expected is not None
    replies: list[Reply] = []

    def recorded(_: Received) -> Reply:
        replies.append(exchange.reply)
        return exchange.reply

    upstream.rules.clear()
    upstream.on("GET", ".*", REFUSED if exchange.is_refused else around)
    upstream.on(exchange.method, expected.path, recorded)
    number = number_in(exchange.release)
    assert number is not None
    detection.remember(upstream.base_url, Release(f"v{exchange.release}", number))
    client = RAGFlow(upstream.base_url, KEY, timeouts=Timeouts(connect=2, read=5, write=5, stream=5, upload=5))
    try:
        found = expected.call(client, exchange)
    except errors.RAGFlowError as error:
        found = error
    return found if replies else NotAsked()


def answered(release: str) -> list[Exchange]:
    """The exchanges for which the client has a call."""
    return [exchange for exchange in exchanges(release) if call_of(exchange)]


@pytest.mark.parametrize("release", RELEASES)
def test_a_recorded_response_is_read_as_what_it_is(upstream: FakeServer, release: str) -> None:
    wrong = [f"{one}: {said}" for one in answered(release) if (said := misread(upstream, one))]
    assert wrong == [], "\n".join(wrong)


def misread(upstream: FakeServer, exchange: Exchange) -> str:
    """What the client makes of an exchange where it should make something else of it; "" when it reads it well."""
    expected = call_of(exchange)
    assert expected is not None
    found = outcome(upstream, exchange)
    kind = type(found)
    if isinstance(found, NotAsked):
        right = True
    elif not isinstance(found, errors.RAGFlowError):
        # After a delete that failed in part, the client looks what is left.
        right = kind.__name__ in expected.returns and (exchange.code in (0, None) or kind.__name__ == "DeleteOutcome")
    elif exchange.is_refused:
        right = kind is errors.Unauthorized
    elif exchange.code in (0, None) and exchange.status == 200:
        # An empty list for one object, or a success that tells what was not done.
        right = kind is (errors.Rejected if exchange.errors else errors.NotFound)
    else:
        right = kind in MEANS[exchange.code or exchange.status]
    return "" if right else repr(found)


@pytest.mark.parametrize("release", RELEASES[1:])
def test_a_recorded_response_means_what_its_twin_meant_in_0_24(upstream: FakeServer, release: str) -> None:
    names = twins("0.24.0").keys() - REFUSED_OTHERWISE
    found = [one for one in answered(release) if one.name in names]
    wrong = [f"{one}: {said}" for one in found if (said := changed_meaning(upstream, one))]
    assert wrong == [], "\n".join(wrong)


def changed_meaning(upstream: FakeServer, exchange: Exchange) -> str:
    """What an exchange means to the client, and its twin of 0.24 did not; "" when they mean the same."""
    twin = twins("0.24.0")[exchange.name]
    if call_of(twin) is None:
        return ""
    then, now = outcome(upstream, twin), outcome(upstream, exchange)
    if isinstance(then, NotAsked) or isinstance(now, NotAsked):
        return ""
    failed = [isinstance(one, errors.RAGFlowError) for one in (then, now)]
    if all(failed):
        same = isinstance(now, errors.NotFound) == isinstance(then, errors.NotFound)
    else:
        same = any(failed) or type(now) is type(then)
    return "" if same else f"{then!r} before, {now!r} now"


@pytest.mark.parametrize("release", RELEASES)
def test_what_the_client_never_asks_is_read_by_its_envelope(release: str) -> None:
    for exchange in exchanges(release):
        if call_of(exchange) or not exchange.is_json:
            continue
        with suppress(errors.RAGFlowError):
            envelope.read(exchange.status, "application/json", exchange.reply.content())


@pytest.mark.parametrize("release", RELEASES)
def test_the_client_asks_nearly_all_that_was_recorded(upstream: FakeServer, release: str) -> None:
    found = [outcome(upstream, exchange) for exchange in answered(release)[::5]]
    asked = [one for one in found if not isinstance(one, NotAsked)]
    assert len(asked) > 0.75 * len(found)
