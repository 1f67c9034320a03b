"""What is remembered takes no more room than it may, and is what would be rendered anew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from dashboard.core.rendering.memory import Memory


def test_what_is_made_of_the_same_is_rendered_once() -> None:
    memory = Memory(room=100)
    shown = [memory.recall(("a", 1), lambda: "first"), memory.recall(("a", 1), lambda: "second")]
    assert shown == ["first", "first"]
    assert memory.recall(("a", 2), lambda: "other") == "other"
    assert (memory.hits, memory.misses) == (1, 2)


def test_what_was_not_asked_for_longest_makes_room() -> None:
    memory = Memory(room=10)
    for name in "ab":
        memory.recall((name,), lambda: "12345")
    memory.recall(("a",), lambda: "again")
    memory.recall(("c",), lambda: "12345")
    assert memory.recall(("a",), lambda: "anew") == "12345"
    assert memory.recall(("b",), lambda: "anew") == "anew"


def test_what_is_larger_than_all_the_room_is_shown_and_pushes_nothing_out() -> None:
    memory = Memory(room=10)
    memory.recall(("a",), lambda: "1")
    assert memory.recall(("large",), lambda: "x" * 11) == "x" * 11
    assert memory.recall(("a",), lambda: "anew") == "1"
    assert len(memory) == 1


def test_threads_share_it() -> None:
    memory = Memory(room=500)

    def ask(number: int) -> bool:
        return memory.recall((number % 97,), lambda: f"{number % 97:09}") == f"{number % 97:09}"

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(20_000)))
    assert memory.hits + memory.misses == 20_000
    assert len(memory) <= 500 // 9


def test_forgetting_begins_anew() -> None:
    memory = Memory(room=10)
    memory.recall(("a",), lambda: "1")
    memory.clear()
    assert (len(memory), memory.hits, memory.misses) == (0, 0, 0)
    assert memory.recall(("a",), lambda: "2") == "2"
