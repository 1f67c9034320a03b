"""Every write passes through here, so that each is reported exactly once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from dashboard.ragflow.errors import RAGFlowError
from dashboard.ragflow.types import Outcome, WriteRecord

OnWrite = Callable[[WriteRecord], None]
# Longer values are shortened in the audit trail.
LONGEST: Final = 500


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """``before`` and ``after`` for the audit trail: the keys of ``after`` that differ, also inside of objects."""
    old, new = dict(_flat(before)), dict(_flat(after))
    changed = [key for key in new if key not in old or old[key] != new[key]]
    return {
        "before": {key: _short(old[key]) for key in changed if key in old},
        "after": {key: _short(new[key]) for key in changed},
    }


def removed(before: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """``before`` for the audit trail: values that are no longer there afterwards."""
    return {"before": {key: _short(value) for key, value in _flat(before)}}


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Each value with its key; ``{"raptor": {"use_raptor": True}}`` has the key ``raptor.use_raptor``."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", list(value) if isinstance(value, tuple) else value


def _short(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"{text[:LONGEST]} …" if len(text) > LONGEST else value


class Write:
    """A write in progress. The resource adds details; ``finish`` reports once and ignores later calls."""

    def __init__(
        self,
        on_write: OnWrite | None,
        action: str,
        target_type: str,
        targets: tuple[tuple[str, str], ...],
        detail: dict[str, Any],
    ) -> None:
        self.detail = detail
        self._on_write = on_write
        self._action = action
        self._target_type = target_type
        self._targets = targets
        self._started = time.monotonic()
        self._unfinished = threading.Lock()
        self._failure = ""

    def target(self, target_id: str, name: str) -> None:
        """Set what a create has created."""
        self._targets = ((target_id, name),)

    def failed_partly(self, reason: str) -> None:
        """Report the write as failed although the call itself returns."""
        self._failure = reason or "only partly done"

    def finish(self, outcome: Outcome = "ok", error: str = "") -> None:
        """Report the write. Only the first call counts."""
        if not self._unfinished.acquire(blocking=False):
            return
        if outcome == "ok" and self._failure:
            outcome, error = "failed", self._failure
        if self._on_write is not None:
            self._on_write(
                WriteRecord(
                    action=self._action,
                    target_type=self._target_type,
                    target_ids=tuple(target_id for target_id, _ in self._targets),
                    target_names=tuple(name for _, name in self._targets),
                    detail=self.detail,
                    outcome=outcome,
                    error=error,
                    elapsed_ms=round((time.monotonic() - self._started) * 1000),
                )
            )

    def finish_with(self, error: BaseException) -> None:
        """Report a write that ended with an error. Without a response, its outcome is unknown."""
        if isinstance(error, RAGFlowError):
            self.finish("unknown" if error.maybe_done else "failed", error.message)
        else:
            self.finish("unknown", type(error).__name__)


class Writes:
    """Creates the writes of one client, which report to ``on_write``."""

    def __init__(self, on_write: OnWrite | None) -> None:
        self._on_write = on_write

    def begin(self, action: str, target_type: str, *targets: tuple[str, str], **detail: Any) -> Write:
        """A write whose end the caller reports, like a conversation."""
        return Write(self._on_write, action, target_type, targets, detail)

    @contextmanager
    def recording(self, action: str, target_type: str, *targets: tuple[str, str], **detail: Any) -> Iterator[Write]:
        """A write that ends with the block: ok, or with the error raised in it."""
        write = self.begin(action, target_type, *targets, **detail)
        try:
            yield write
        except BaseException as error:
            write.finish_with(error)
            raise
        write.finish()
