"""The worker's connection to a Redis that went away."""

from __future__ import annotations

from unittest import mock

import pytest
import redis
from kombu import Connection

from tests.outages.servers import OwnRedis

pytestmark = pytest.mark.own_servers


def test_closing_a_lost_connection_twice_with_a_message_in_hand_ends_no_worker(tmp_path) -> None:
    with OwnRedis(tmp_path) as server:
        broker = Connection(server.url)
        with broker.SimpleQueue("work") as queue:
            queue.put({"id": 1})
            queue.get(timeout=5)  # and not acknowledged
            channel = broker.default_channel
            assert channel.qos._delivered
            server.stop()
            # As the worker does it, which was waiting for a message: the first time ends before the channel is closed.
            channel._in_poll = True
            with mock.patch.object(channel, "_brpop_read", side_effect=redis.ConnectionError("Connection refused")):
                broker.collect(socket_timeout=1)
            channel._in_poll = None
            assert not channel.closed
            with pytest.raises(broker.connection_errors):
                channel.close()
