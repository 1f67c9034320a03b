"""Answers that many tests give, and a transport that does not pause between attempts."""

from __future__ import annotations

import pytest

from dashboard.ragflow.http import call
from tests.support.ragflow.fake_upstream import Reply

LIST = Reply({"code": 0, "data": [], "total_datasets": 0})
HTML = Reply(body=b"<html><h1>Welcome to nginx</h1></html>", content_type="text/html")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "BACKOFF", (0.001, 0.001))
