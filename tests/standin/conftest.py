"""A caller with a tenant of its own, straight over HTTP: the dashboard's client has no part in these tests."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests

from ragflow_admin.standin.testing import StandinProcess


class Caller:
    """Speaks to a stand-in with one key."""

    def __init__(self, base_url: str, key: str) -> None:
        self.base_url, self.key = base_url, key
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {key}"

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.http.request(method, f"{self.base_url}/api/v1{path}", timeout=30, **more)

    def data(self, method: str, path: str, **more: Any) -> Any:
        """The `data` of an answer that must be a success."""
        body = self.ask(method, path, **more).json()
        assert body["code"] == 0, body
        return body.get("data")

    def dataset(self, name: str = "Papers", **more: Any) -> str:
        return str(self.data("POST", "/datasets", json={"name": name, **more})["id"])

    def upload(self, dataset: str, name: str, content: bytes) -> str:
        rows = self.data("POST", f"/datasets/{dataset}/documents", files={"file": (name, content)})
        return str(rows[0]["id"])

    def document(self, dataset: str, document: str) -> dict[str, Any]:
        found = self.data("GET", f"/datasets/{dataset}/documents", params={"id": document})
        return dict(found["docs"][0])

    def start(self, dataset: str, document: str) -> None:
        self.data("POST", f"/datasets/{dataset}/chunks", json={"document_ids": [document]})

    def until(self, dataset: str, document: str, *states: str, seconds: float = 20) -> dict[str, Any]:
        """The document as soon as it is in one of the states."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            row = self.document(dataset, document)
            if row["run"] in states:
                return row
            time.sleep(0.02)
        raise AssertionError(f"still {row['run']}: {row['progress_msg']}")

    def parsed(self, dataset: str, name: str, content: bytes) -> dict[str, Any]:
        """Uploads and parses a file; its row when it is DONE or FAIL."""
        document = self.upload(dataset, name, content)
        self.start(dataset, document)
        return self.until(dataset, document, "DONE", "FAIL")

    def chunks(self, dataset: str, document: str) -> list[dict[str, Any]]:
        found = self.data("GET", f"/datasets/{dataset}/documents/{document}/chunks", params={"page_size": 100})
        return list(found["chunks"])

    def assistant(self, *datasets: str, **more: Any) -> tuple[str, str]:
        """A new assistant and a session of it."""
        chat = self.data("POST", "/chats", json={"name": f"A{time.time_ns()}", "dataset_ids": list(datasets), **more})
        session = self.data("POST", f"/chats/{chat['id']}/sessions", json={"name": "Test"})
        return chat["id"], session["id"]

    def stream(self, chat: str, session: str, question: str) -> list[Any]:
        """All frames of a streamed answer."""
        body = {"question": question, "session_id": session}
        answer = self.ask("POST", f"/chats/{chat}/completions", json=body)
        return [json.loads(frame[5:]) for frame in answer.text.split("\n\n") if frame]

    def messages(self, chat: str, session: str) -> list[dict[str, Any]]:
        return list(self.data("GET", f"/chats/{chat}/sessions", params={"id": session})[0]["messages"])


@pytest.fixture
def caller(standin: StandinProcess) -> Caller:
    standin.parsing(speed=200)
    return Caller(standin.base_url, standin.new_key())


def answer_text(frames: list[Any]) -> str:
    """The answer that the deltas of a stream add up to."""
    return "".join(f["data"]["answer"] for f in frames if isinstance(f["data"], dict))


BIRDS = b"The heron waits at the pond.\nThe stork nests on the roof of the old church.\n"


def birds(caller: Caller) -> str:
    dataset = caller.dataset("Birds", parser_config={"chunk_token_num": 6, "delimiter": "\n"})
    assert caller.parsed(dataset, "birds.txt", BIRDS)["chunk_count"] == 2
    return dataset
