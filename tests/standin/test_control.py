"""Keys, faults, records and the process itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from ragflow_admin.standin.testing import ROOT, StandinProcess
from tests.standin.conftest import Caller, birds


def test_each_key_sees_only_its_own_datasets(standin: StandinProcess, caller: Caller) -> None:
    dataset = caller.dataset()
    stranger = Caller(standin.base_url, standin.new_key())
    assert stranger.data("GET", "/datasets") == []
    assert stranger.ask("GET", f"/datasets/{dataset}/documents").json()["code"] == 102


def test_an_upload_into_a_foreign_dataset_is_not_refused_as_in_the_real_server(
    standin: StandinProcess, caller: Caller
) -> None:
    dataset = caller.dataset()
    Caller(standin.base_url, standin.new_key()).upload(dataset, "foreign.txt", b"x")
    assert caller.data("GET", f"/datasets/{dataset}/documents")["total"] == 1


def test_received_requests_are_recorded_by_key(standin: StandinProcess, caller: Caller) -> None:
    standin.reset_requests()
    caller.data("POST", "/datasets", json={"name": "Papers"})
    (seen,) = standin.requests(caller.key)
    assert (seen["method"], seen["path"], seen["json"]) == ("POST", "/api/v1/datasets", {"name": "Papers"})
    assert standin.requests("another") == []


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "text"),
    [
        ("error500", 500, "text/plain", "Internal Server Error"),
        ("html", 200, "text/html", "<html>"),
        ("half_json", 200, "application/json", '{"code": 0,'),
        ("data_false", 200, "application/json", '"data": false'),
        ("code", 200, "application/json", '"code": 102'),
        ("unauthorized", 200, "application/json", '"code": 109'),
    ],
)
def test_a_fault_hits_the_next_fitting_request_only(
    standin: StandinProcess, caller: Caller, *, kind: str, status: int, content_type: str, text: str
) -> None:
    standin.fault(kind, method="GET", path="/datasets$", times=1, key=caller.key)
    assert caller.ask("GET", "/chats").json() == {"code": 0, "data": []}
    answer = caller.ask("GET", "/datasets")
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (status, content_type)
    assert text in answer.text
    assert caller.data("GET", "/datasets") == []


def test_an_unknown_fault_is_refused(standin: StandinProcess) -> None:
    with pytest.raises(ValueError, match="kind must be one of"):
        standin.fault("earthquake")


def test_a_dropped_connection_gives_no_answer(standin: StandinProcess, caller: Caller) -> None:
    standin.fault("drop", key=caller.key, times=1)
    with pytest.raises(requests.ConnectionError):
        caller.ask("GET", "/datasets")


def test_a_cut_stream_breaks_off_and_stores_nothing(standin: StandinProcess, caller: Caller) -> None:
    chat, session = caller.assistant(birds(caller))
    standin.fault("cut_stream", path="completions", times=1)
    with pytest.raises(requests.RequestException):
        caller.stream(chat, session, "Where does the stork nest?")
    assert len(caller.messages(chat, session)) == 1


@pytest.mark.parametrize(("kind", "missing"), [("no_final_frame", "final"), ("no_terminator", "end")])
def test_a_stream_can_lack_its_last_frames(standin: StandinProcess, caller: Caller, kind: str, missing: str) -> None:
    chat, session = caller.assistant(birds(caller))
    standin.fault(kind, path="completions", times=1)
    frames = caller.stream(chat, session, "Where does the stork nest?")
    finals = [f for f in frames if isinstance(f["data"], dict) and f["data"].get("final")]
    assert (not finals) == (missing == "final")
    assert (frames[-1]["data"] is not True) == (missing == "end")


def test_the_control_endpoint_is_for_loopback_only(standin: StandinProcess) -> None:
    answer = requests.get(f"{standin.base_url}/_standin/", timeout=10).json()
    assert answer["code"] == 0
    assert "settings" in answer["data"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {"Host": "evil.example.org"},
        {"Host": "127.0.0.1.evil.example.org:9380"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("GET", "requests"), ("POST", "keys"), ("POST", "shutdown")])
def test_no_page_in_a_browser_can_reach_the_control_endpoint(
    standin: StandinProcess, headers: dict[str, str], method: str, path: str
) -> None:
    answer = requests.request(method, f"{standin.base_url}/_standin/{path}", headers=headers, json={}, timeout=10)
    assert answer.json()["code"] == 109
    assert "data" not in answer.json() or not answer.json()["data"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9380", "[::1]:1"])
def test_each_name_of_loopback_reaches_it(standin: StandinProcess, host: str) -> None:
    answer = requests.get(f"{standin.base_url}/_standin/", headers={"Host": host}, timeout=10)
    assert answer.json()["code"] == 0


def test_the_control_endpoint_never_lists_keys(standin: StandinProcess, caller: Caller) -> None:
    caller.data("GET", "/datasets")
    standin.fault("slow", key=caller.key, path="nothing", times=1)
    for path in ("", "requests", f"requests?key={caller.key}"):
        answer = requests.get(f"{standin.base_url}/_standin/{path}", timeout=10)
        assert answer.json()["data"]
        assert caller.key not in answer.text


def test_a_second_standin_takes_another_port_and_all_of_them_end_on_sigterm(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 9380))
            taken.listen()
        except OSError:
            pass  # then somebody else has the default port, which serves as well
        words = [sys.executable, "manage.py", "standin", "--data", str(tmp_path)]
        environment = {**os.environ, "STANDIN_API_KEYS": "one, two", "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            line = json.loads(process.stdout.readline())
            assert line["keys"] == ["one", "two"]
            assert not line["standin"].endswith(":9380")
            assert Caller(line["standin"], "two").data("GET", "/datasets") == []
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0


def test_a_taken_port_that_was_asked_for_is_an_error(standin: StandinProcess, tmp_path: Path) -> None:
    port = int(standin.base_url.rsplit(":", 1)[1])
    with pytest.raises(RuntimeError, match="did not start"):
        StandinProcess(tmp_path, port=port).start()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("options", "path", "version"),
    [
        ([], "/api/v1/system/version", "v0.27.0"),
        (["--release", "0.27"], "/api/v1/system/version", "v0.27.0"),
        (["--release", "0.24"], "/v1/system/version", "v0.24.0"),
    ],
)
def test_the_command_is_the_newest_release_unless_told_otherwise(
    tmp_path: Path, options: list[str], path: str, version: str
) -> None:
    words = [sys.executable, "manage.py", "standin", "--data", str(tmp_path), "--port", "0", *options]
    environment = {**os.environ, "STANDIN_API_KEYS": "one", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = json.loads(process.stdout.readline())["standin"]
        told = requests.get(address + path, headers={"Authorization": "Bearer one"}, timeout=10).json()
        process.terminate()
        assert process.wait(10) == 0
    assert told["data"] == version
