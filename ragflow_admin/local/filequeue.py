"""The message queue without Redis: kombu's filesystem transport with atomic writes.

kombu creates a message file before filling it, so a reader can find it empty, and the worker exits with "Unrecoverable
error: JSONDecodeError". Here messages and tables appear complete, under their final names, or not at all.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


def _write_draft(folder: Path, text: str) -> Path:
    draft = folder / f".{uuid.uuid4()}"
    try:
        draft.write_text(text, encoding="utf-8")
    except OSError:
        draft.unlink(missing_ok=True)  # a partial file, on a full disk
        raise
    return draft


class Channel(filesystem.Channel):
    """Differs from kombu's only in how files are created and removed."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        _write_draft(folder, dumps(payload)).rename(folder / f"{time_ns()}_{uuid.uuid4()}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f".{name}"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:
                continue  # another consumer was faster
            text = taken.read_text(encoding="utf-8")
            taken.unlink()
            return loads(text)
        raise Empty

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        file = self.control_folder / f"{exchange}.exchange"
        if not file.exists():
            draft = _write_draft(self.control_folder, "[]")
            with contextlib.suppress(FileExistsError):
                os.link(draft, file)
            draft.unlink()
        super()._queue_bind(exchange, routing_key, pattern, queue)


class Transport(filesystem.Transport):
    """For ``CELERY_BROKER_TRANSPORT``."""

    Channel = Channel
