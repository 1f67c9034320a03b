"""The fields of a document that the documents table needs, as stored in snapshots and shown on pages."""

from __future__ import annotations

import zlib
from datetime import datetime

import msgspec

from dashboard.documents.parsing import fingerprint, parse_log
from dashboard.ragflow.types import Document, RunStatus


class Entry(msgspec.Struct, array_like=True):
    """A document in the table. Times are seconds since 1970; progress is 0..1, or -1 if it failed.

    ``moved_at`` is when progress or log was last seen to change, ``version`` when the row last changed. ``stage`` is
    the result of ``parse_log.current`` while it runs, ``begun`` distinguishes runs of parsing. ``linked`` marks a
    document whose deletion destroys a file in the file manager (originals.py).
    """

    id: str
    name: str
    suffix: str
    size: int
    chunk_method: str
    run: RunStatus
    progress: float
    log_mark: int
    tail: str
    seconds: float
    chunk_count: int
    token_count: int
    created_at: float
    updated_at: float
    layout: str = ""
    moved_at: float = 0
    stalled: bool = False
    version: int = 0
    enabled: bool = True
    settings: int = 0
    stage: str = ""
    begun: str = ""
    linked: bool = False

    @classmethod
    def of(cls, document: Document) -> Entry:
        """The entry of a document as RAGFlow returned it."""
        return cls(
            id=document.id,
            name=document.name,
            suffix=document.suffix,
            size=document.size,
            chunk_method=document.chunk_method,
            run=document.run,
            progress=document.progress,
            log_mark=zlib.crc32(document.progress_msg.encode()),
            tail=tail(document.progress_msg, failed=document.run is RunStatus.FAIL),
            seconds=document.process_duration,
            chunk_count=document.chunk_count,
            token_count=document.token_count,
            created_at=_seconds(document.created_at),
            updated_at=_seconds(document.updated_at),
            layout=str(document.parser_config.get("layout_recognize") or ""),
            enabled=document.enabled,
            settings=fingerprint.fingerprint(document),
            stage=parse_log.current(document.progress_msg) if document.run is RunStatus.RUNNING else "",
            begun=document.begun,
            linked=document.destroys_original,
        )

    @property
    def running(self) -> bool:
        return self.run is RunStatus.RUNNING

    @property
    def queued(self) -> bool:
        """Whether it is waiting for a worker. RAGFlow gives such documents a small random progress (contract §10.3)."""
        return self.running and self.progress < 0.02 and self.stage.partition(" ")[0] == "queued"

    def same_run(self, before: Entry) -> bool:
        """Whether it is the same run of parsing as ``before``."""
        if not (self.running and before.running):
            return False
        if self.begun and before.begun:
            return self.begun == before.begun
        return self.seconds >= before.seconds

    def follow(self, before: Entry | None, now: float) -> None:
        """Carry over what was known ``before``: the time of the last change, and the progress of the bar.

        Within one run the bar never moves backwards, although RAGFlow's mean over several tasks may fall.
        """
        if before is None:
            # Not seen before: use RAGFlow's time of the last change, since it may have stalled already.
            self.moved_at = min(now, self.updated_at or now)
        elif not self.same_run(before):
            self.moved_at = now
        else:
            moved = self.log_mark != before.log_mark or self.progress > before.progress
            self.moved_at = now if moved else before.moved_at
            self.progress = max(self.progress, before.progress)

    def merge_observed(self, known: Entry | None, *, watched: bool = True) -> Entry:
        """Add what only the watch knows: whether it has stalled, and the progress of the bar.

        While the dataset is ``watched``, the bar shows the last poll's progress. A page ahead of the poll would have to
        move its bar back if RAGFlow's figure fell before the next poll.
        """
        if known is not None and self.same_run(known):
            self.progress = known.progress if watched else max(self.progress, known.progress)
            self.stalled = known.stalled and self.log_mark == known.log_mark
            self.moved_at = known.moved_at
        return self

    def differs(self, before: Entry | None) -> bool:
        """Whether the row looks different from ``before``."""
        return before is None or self._looks() != before._looks()

    def _looks(self) -> tuple[object, ...]:
        return (
            self.name,
            self.chunk_method,
            self.run,
            int(self.progress * 100),
            self.stage or self.tail,
            # A running clock is not a change: otherwise 200 queued rows would be sent at every poll.
            0 if self.running else int(self.seconds),
            self.chunk_count,
            self.token_count,
            self.stalled,
            self.enabled,
            self.settings,
        )


def tail(log: str, *, failed: bool) -> str:
    """The most informative line of RAGFlow's log: the error of a failed document, else the current step.

    The lines of a document that is parsed in several tasks are sorted as text, not by time, so it has no last step
    (contract §10.3).
    """
    if failed and (at := log.rfind("[ERROR]")) >= 0:
        return parse_log.reason(log[at : at + 1000].partition("\n")[0])[:300]
    lines = [line.strip() for line in parse_log.tail(log).splitlines() if line.strip()]
    parts = {line.partition("Page(")[2].partition(")")[0] for line in lines if "Page(" in line}
    if not lines or (len(parts) > 1 and not failed):
        return ""
    line = lines[-1]
    head, _, rest = line.partition(" ")
    if len(head) == 8 and head.count(":") == 2:
        line = rest.strip()
    if line.startswith("Page("):
        line = line.partition(":")[2].strip() or line
    return line[:300]


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
