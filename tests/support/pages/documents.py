"""Uploads, parses and lists documents, for tests of many areas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from dashboard.ragflow.types import Dataset
from tests.support.pages.reading import visible_text
from tests.support.processes.waiting import wait_until


def names(answer):
    return re.findall(r'<a class="ra-clip" href="[^"]+" title="([^"]+)">', answer.content.decode())


def sent(standin, key, method, path):
    """The bodies of the requests that RAGFlow received."""
    return [r["json"] for r in standin.requests(key) if r["method"] == method and r["path"].endswith(path)]


def toasts(client, answer):
    """The text of the toasts after a redirect."""
    return visible_text(client.get(answer.url) if answer.status_code == 302 else answer)


def parsed(ragflow, document):
    ragflow.documents.parse(document)
    wait_until(lambda: ragflow.documents.get(document.dataset_id, document.id).run == "DONE")
    return ragflow.documents.get(document.dataset_id, document.id)


MB = 1024 * 1024


def put(client, address, name, content=b"Some text.", **query):
    parameters = "&".join(f"{key}={quote(str(value), safe='')}" for key, value in {"name": name, **query}.items())
    return client.put(
        f"{address('upload')}?{parameters}",
        data=content,
        content_type="application/octet-stream",
        headers={"Content-Length": str(len(content))},
    )


def upload_url(dataset: Dataset, name: str) -> str:
    return f"/servers/ragflow/datasets/{dataset.id}/documents/upload/?name={quote(name)}"


def memory_peak(process) -> int:
    """The peak memory of the web server's processes so far, in bytes."""
    pids = [process.pid]
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    pids += [int(pid) for pid in children.read_text().split()]
    peaks = [
        int(line.split()[1]) * 1024
        for pid in pids
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    ]
    return sum(peaks)


class Zeros:
    """A body of ``size`` bytes that is never in memory."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self.size // MB):
            yield b"\0" * MB


DAY = datetime(2026, 5, 10, 12, tzinfo=UTC)


PEOPLE = [
    ("ann.pdf", 0, {"author": "Ann", "year": 2023}),
    ("ben.pdf", 1, {"author": "Ben", "year": 2024, "tags": ["law", "tax"]}),
    ("cleo.docx", 2, {"author": "Cleo", "year": 2025}),
    ("dora.docx", 3, {"author": "Ann", "year": 2025}),
    ("plain.txt", 4, {}),
]


def at(days: float) -> int:
    return int((DAY + timedelta(days=days)).timestamp() * 1000)
