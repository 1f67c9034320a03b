"""Changing and importing metadata."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dashboard.models import Job
from tests.support.pages.reading import text_of
from tests.support.processes.worker import work


def put(key: str, value: str, **more: str) -> dict[str, Any]:
    return {"scope": "matching", "operation": "put", "key": key, "value": value, "kind": "text", **more}


def apply_change(client: Client, url: str, given: dict[str, Any]) -> Job:
    """Previews a change, then applies it."""
    page = text_of(client.get(url, given))
    response = client.post(url, {**given, "fingerprint": fingerprint(page)})
    assert response.status_code == 302
    job = work()
    assert response.url.endswith(f"/activity/jobs/{job.pk}/")
    return job


Stored = Callable[[], dict[str, Any]]


def preview_csv(client: Client, url: str, text: str | bytes) -> Any:
    content = text.encode() if isinstance(text, str) else text
    return client.post(url, {"file": SimpleUploadedFile("a.csv", content)})


def import_csv(client: Client, url: str, text: str) -> Job:
    page = text_of(preview_csv(client, url, text))
    found = re.search(r'name="fingerprint" value="([0-9a-f]{64})"', page)
    assert found, page
    # A browser makes all line ends of a text area these.
    text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    response = client.post(url, {"text": text, "fingerprint": found[1]})
    job = work()
    assert (response.status_code, response.url[-len(f"/{job.pk}/") :]) == (302, f"/{job.pk}/")
    return job


def fingerprint(page: str) -> str:
    found = re.search(r'name="fingerprint" value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]
