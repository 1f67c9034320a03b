"""The file queue under concurrent writers and readers: nothing torn, nothing lost, nothing twice."""

from __future__ import annotations

import errno
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from ragflow_admin.local.filequeue import Channel

TRANSPORT = "ragflow_admin.local.filequeue:Transport"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "control").mkdir()
    return tmp_path


def connection(folder: Path) -> Connection:
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.01,
    }
    return Connection("filesystem://localhost//", transport=TRANSPORT, transport_options=options)


def bind(channel: Channel, exchange: str, key: str, queue: str) -> None:
    channel.exchange_declare(exchange)
    channel.queue_bind(queue, exchange, key)


def test_each_message_arrives_whole_and_once_while_others_are_written(folder: Path) -> None:
    def write(writer: int) -> None:
        with connection(folder) as broker, broker.SimpleQueue("work") as queue:
            for number in range(150):
                queue.put({"id": f"{writer}-{number}", "filling": "x" * 20_000})

    def read(_: int) -> list[str]:
        found = []
        with connection(folder) as broker, broker.SimpleQueue("work") as queue:
            while True:
                try:
                    message = queue.get(timeout=3)
                except Empty:
                    return found
                message.ack()
                found.append(message.payload["id"])

    with connection(folder) as broker, broker.SimpleQueue("work"):
        pass  # kombu binds a queue once per process
    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(read, number) for number in range(3)]
        list(pool.map(write, range(3)))
        arrived = Counter(name for reader in readers for name in reader.result())
    assert arrived == Counter(f"{writer}-{number}" for writer in range(3) for number in range(150))
    assert not list(folder.glob("*.msg")), "read messages are gone"
    assert not list(folder.glob(".*")), "no drafts stay behind"


def test_a_message_is_not_seen_before_it_is_complete(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text = Path.write_text
    seen_halfway = []

    def write_in_two_steps(path: Path, text: str, **options: str) -> int:
        write_text(path, text[:5], **options)
        with connection(folder) as other, other.channel() as channel:
            waiting = channel.queue_declare("single", passive=True).message_count
            seen_halfway.append((waiting, len(channel.get_table("halfway"))))
        return write_text(path, text, **options)

    monkeypatch.setattr(Path, "write_text", write_in_two_steps)
    with connection(folder) as broker, broker.SimpleQueue("single") as queue:
        seen_halfway.clear()
        bind(broker.channel(), "halfway", "key", "queue")
        assert seen_halfway == [(0, 0)]
        queue.put({"id": 1})
        assert seen_halfway == [(0, 0), (0, 1)]
        assert queue.get(timeout=3).payload == {"id": 1}


def test_many_may_bind_the_same_exchange_at_once(folder: Path) -> None:
    def bind_one(number: int) -> None:
        with connection(folder) as broker:
            bind(broker.channel(), "shared", f"key-{number}", f"queue-{number}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(bind_one, range(64)))
    with connection(folder) as broker:
        assert {entry.queue for entry in broker.channel().get_table("shared")} == {f"queue-{n}" for n in range(64)}


def test_a_message_that_finds_no_room_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text = Path.write_text

    def write_half(path: Path, text: str, **options: str) -> int:
        write_text(path, text[:5], **options)
        raise OSError(errno.ENOSPC, "No space left on device")

    with connection(folder) as broker, broker.SimpleQueue("full") as queue:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_text", write_half)
            with pytest.raises(OSError, match="No space left"):
                queue.put({"id": 1})
        assert not list(folder.glob(".*")), "half a message would lie there for ever"
        queue.put({"id": 2})
        assert queue.get(timeout=3).payload == {"id": 2}
