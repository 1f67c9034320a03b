"""The measuring itself: marks found as they were sent, calls grouped as they were made, targets judged rightly."""

from __future__ import annotations

import json

import pytest

from tests.bench.app import Upstream
from tests.bench.areas.pages import Caller, side_by_side
from tests.bench.areas.streams import Load, direct_request, read
from tests.bench.areas.watchers import per_minute, poll_of
from tests.bench.load import frames
from tests.bench.load.reader import reading
from tests.bench.load.rows import DATASET
from tests.bench.processes import Children, ask
from tests.bench.quiet import Ticks, complaint, quietest
from tests.bench.report import Figure, table


def test_marks_survive_and_each_is_found_once():
    text = b"".join(b"word %sword " % frames.mark(number) for number in range(12))
    assert [number for number, _ in frames.marks_after(text, -1)] == list(range(12))
    assert [number for number, _ in frames.marks_after(text + text, 8)] == [9, 10, 11]
    assert frames.marks_after(text[: text.rfind(b"t") + 3], 10) == []


def test_calls_under_way_together_are_one_group():
    def call(target: str, started: float, ended: float) -> dict[str, object]:
        return {"target": target, "started": started, "ended": ended}

    calls = [call("/b", 1.5, 3), call("/a", 1, 2), call("/c", 2.5, 4), call("/d", 4, 5)]
    assert [[one["target"] for one in group] for group in side_by_side(calls)] == [["/a", "/b", "/c"], ["/d"]]


def test_a_figure_that_could_not_be_measured_has_not_met_its_target():
    assert Figure("a", "b", 3.0, limit=3).met
    assert Figure("a", "b", 3.1, limit=3).met is False
    assert Figure("a", "b", 97, direct=100, limit=0.98, at_least=True, of_ratio=True).met is False
    assert Figure("a", "b", 99, direct=100, limit=0.98, at_least=True, of_ratio=True).met
    assert Figure("a", "b", float("nan"), limit=3).met is False
    assert Figure("a", "b", 3.0).met is None
    assert "MISSED" in table([Figure("a", "b", float("nan"), limit=3)])


def test_the_reader_counts_a_stream_that_is_cut_off_as_broken(tmp_path):
    with Children() as children:
        upstream = Upstream(children, tmp_path / "upstream.log", "0.27")
        upstream.play(frames=5, rate=500)
        load = Load(2, 500, 5, 0)
        whole = read(children, upstream.port, [direct_request(0, "0.27"), direct_request(1, "0.27")], load)
        assert (whole["broken"], whole["why"]) == (0, {})
        short = read(children, upstream.port, [direct_request(0, "0.27")], Load(1, 500, 6, 0))
        assert short["broken"] == 1
        assert list(short["why"]) == ["ended after 5 pieces"]


def test_only_what_was_sent_while_all_streams_were_open_counts():
    second = 1_000_000
    early = [(at * second // 10, at * second // 10 + 2000) for at in range(100)]  # from 0 to 9.9 s, 2 ms late
    late = [(at * second // 10, at * second // 10 + 9000) for at in range(20, 120)]  # from 2 to 11.9 s, 9 ms late
    found = reading([early, late], [[], []], {})
    assert found.seconds == pytest.approx(6.9)
    assert found.pieces == 2 * 69
    assert found.throughput == pytest.approx(20, rel=0.02)
    assert (found.p50, found.p99, found.longest) == (9.0, 9.0, 9.0)
    nothing = reading([[]], [[]], {"not connected": 1})
    assert (nothing.broken, nothing.pieces) == (1, 0)
    assert not Figure("a", "b", nothing.p99, limit=50).met


def test_a_noisy_machine_is_said():
    assert Ticks(300, 50, 1000).since(Ticks(100, 0, 500)) == (0.4, 0.1)
    assert complaint(0.02, 0.01) == ""
    assert "others used 40%" in complaint(0.4, 0.01)
    assert "took 30%" in complaint(0.02, 0.3)


def test_the_scripted_upstream_pages_and_filters_like_the_real_one(tmp_path):
    with Children() as children:
        upstream = Upstream(children, tmp_path / "upstream.log", "0.27")
        upstream.play(documents=50, running=3)
        call = Caller(upstream.port)
        call("/api/v1/datasets/abc/documents?page=2&page_size=30")
        page = json.loads(call.body)["data"]
        assert (len(page["docs"]), page["total"]) == (20, 50)
        call("/api/v1/datasets/abc/documents?run=RUNNING")
        assert [row["run"] for row in json.loads(call.body)["data"]["docs"]] == ["RUNNING"] * 3
        assert [one["target"] for one in upstream.received()][1].endswith("run=RUNNING")
        call.any("/api/v1/nothing")
        assert call.status == 404
        assert upstream.unknown() == ["GET /api/v1/nothing"]


def test_a_helper_that_fails_is_reported():
    with Children() as children, pytest.raises(RuntimeError, match="ended with 1"):
        ask(children.module("load.reader"), {"nonsense": 1}, 20)


def test_the_poll_is_read_from_the_markup():
    state = '<div id="progress-state" hidden data-version="17" data-url="/a/progress/?q=x&amp;page=2"'
    rows = '<tr role="row" id="row-0000abcd12345678"></tr><tr role="row" id="row-0000ffff12345678"></tr>'
    assert poll_of(f"{state} data-active>{rows}") == ("/a/progress/?q=x&page=2&since=17", 2.0, "0000abcd.0000ffff")
    assert poll_of(f"{state}></div>") == ("/a/progress/?q=x&page=2&since=17", 10.0, "")
    with pytest.raises(RuntimeError):
        poll_of("<p>Sign in</p>")


def test_the_rate_is_that_of_the_dataset_watched():
    polls = [{"target": f"/datasets/{DATASET}/documents", "started": 100 + 3 * number} for number in range(5)]
    assert per_minute([*polls, {"target": "/v1/system/healthz", "started": 101}]) == 20
    assert per_minute(polls[:1]) == 0


def test_of_several_measurements_the_one_counts_in_which_the_host_took_least(monkeypatch):
    stolen = iter([0.3, 0.1, 0.2, 0.4, 0.01])
    monkeypatch.setattr(Ticks, "since", lambda self, before: (0.5, next(stolen)))
    rounds = iter("abcde")
    assert quietest(lambda: next(rounds)) == ("b", 0.1)
    assert quietest(lambda: next(rounds)) == ("e", 0.01)
    assert next(rounds, None) is None


def test_the_count_of_all_once_a_minute_is_no_part_of_the_rate():
    def sent(at: float, query: str) -> dict[str, object]:
        return {"started": at, "target": f"/api/v1/datasets/{DATASET}/documents?page=1&{query}"}

    looks = [sent(at, "page_size=500&orderby=create_time&desc=false&run=RUNNING") for at in (0, 3, 6, 9)]
    count = [sent(6, "page_size=1&orderby=create_time&desc=true&run=DONE")] * 3
    count.append(sent(6, "page_size=100&orderby=update_time&desc=true"))
    assert per_minute([*looks, *count]) == per_minute(looks) == 20
