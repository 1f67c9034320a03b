"""The stand-in answers as a real RAGFlow 0.24.0 did: status, code, message and shape of recorded exchanges."""

from __future__ import annotations

import json
from typing import Any

import requests

from ragflow_admin.standin.testing import StandinProcess
from tests.support.ragflow.shapes import shape, stream_shape, words
from tests.support.recorded.recording import ORDER, Player, exchanges


def bears_401(recorded: dict[str, Any], answer: requests.Response) -> bool:
    """Whether a crash turned into a 401 because an id in its text has those digits (contract §1.3).

    The recorded ids had not; ours are random, and one in a hundred has.
    """
    sent = f"{answer.request.url} {answer.request.body!r}"
    return bool(answer.status_code == 401 and recorded.get("body", {}).get("code") == 100 and "401" in sent)


def differences(name: str, recorded: dict[str, Any], answer: requests.Response) -> list[str]:
    """What differs between a recorded and a live answer, in words."""
    if bears_401(recorded, answer):
        return []
    kind = answer.headers.get("Content-Type", "").split(";")[0]
    pairs: list[tuple[str, Any, Any]] = [
        ("status", recorded["status"], answer.status_code),
        ("content type", recorded["content_type"], kind),
    ]
    if "frames" in recorded and kind == recorded["content_type"]:
        frames = [json.loads(frame[5:]) for frame in answer.text.split("\n\n") if frame]
        pairs.append(("frames", stream_shape(recorded["frames"]), stream_shape(frames)))
    elif "bytes" in recorded:
        pairs.append(("length", recorded["bytes"], len(answer.content)))
    elif "text" in recorded:
        pairs.append(("text", recorded["text"], answer.text))
    elif kind == "application/json":
        body, maps = answer.json(), name.startswith("llm-")
        pairs.append(("code", recorded["body"].get("code"), body.get("code")))
        pairs.append(("message", words(recorded["body"].get("message")), words(body.get("message"))))
        pairs.append(("shape", shape(recorded["body"], maps), shape(body, maps)))
    return [f"{name}: {what}: recorded {a!r}, here {b!r}" for what, a, b in pairs if a != b]


def test_recorded_exchanges_are_answered_as_by_the_real_server(standin: StandinProcess) -> None:
    standin.parsing(speed=200)
    player = Player(standin.base_url, standin.new_key())
    wrong: list[str] = []
    played = 0
    for noun in ORDER:
        for exchange in exchanges(noun):
            answer = player.play(exchange)
            recorded = exchange["response"]
            wrong += differences(exchange["name"], recorded, answer)
            played += 1
            if "body" in recorded and answer.headers["Content-Type"] == "application/json":
                player.learn(recorded["body"], answer.json())
    assert played > 400
    assert not wrong, "\n".join(wrong)
