"""The parsing of one document: stages with real delays, and RAGFlow's log lines."""

from __future__ import annotations

import json
import random
import threading
import time
from dataclasses import dataclass, field

from django.db import transaction

from ragflow_admin.standin.parsing import tokens
from ragflow_admin.standin.parsing.chunking import Piece, chunked
from ragflow_admin.standin.parsing.extract import Extracted, Unreadable, extract
from ragflow_admin.standin.store import chunks, files
from ragflow_admin.standin.store.models import Chunk, Document
from ragflow_admin.standin.store.times import clock

WHOLE = "Page(1~100000001): "


class Cancelled(Exception):
    """The document was stopped, restarted or deleted."""


@dataclass
class Pace:
    """The speed of parsing: 1 is that of the real server, 10 is ten times as fast. Parsing can be paused."""

    speed: float = 1.0
    paused: bool = False


@dataclass
class Job:
    """A task of the executor. The refresh loop copies `progress` and `lines` to the document's row."""

    document_id: str
    task_id: str
    begin_ms: int
    pace: Pace
    progress: float = 0.0
    lines: list[str] = field(default_factory=list)
    began: bool = False
    ended: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)

    def say(self, text: str, progress: float | None = None) -> None:
        self.lines.append(f"{clock()} {text}")
        if progress is not None:
            self.progress = progress

    def rest(self, seconds: float) -> None:
        """Waits `seconds` at the current pace. Raises Cancelled."""
        left = seconds
        while left > 0 or self.pace.paused:
            step = min(0.05, max(left / self.pace.speed, 0.001))
            if self.cancelled.wait(step):
                raise Cancelled
            if not self.pace.paused:
                left -= step * self.pace.speed
        if self.cancelled.is_set():
            raise Cancelled

    def run(self) -> None:
        """Runs all stages for the document. Errors of the file lead to progress -1 and an [ERROR] line."""
        began = time.monotonic()
        try:
            self.rest(random.uniform(0.2, 0.6))  # noqa: S311
            self.began = True
            self.say("Task has been received.", random.uniform(0.01, 0.06))  # noqa: S311
            document = Document.objects.get(id=self.document_id)
            config = json.loads(document.parser_config)
            found, page = self._read(document)
            pieces = chunked(found, document.parser_id, config)
            self.rest(0.3 + document.size / 1_500_000)
            self.say(page + "Finish parsing.", 0.8)
            self._extras(page, config, len(pieces))
            self._store(document, pieces, page)
            self.say(page + f"Task done ({time.monotonic() - began:.2f}s)", 1.0)
        except Unreadable as error:
            self.say(f"[ERROR][Exception]: {error}", -1.0)
        except (Cancelled, Document.DoesNotExist):
            self.cancelled.set()
        finally:
            self.ended = True

    def _read(self, document: Document) -> tuple[Extracted, str]:
        path = files.path_of(document.stored_as)
        page = WHOLE
        self.rest(0.2)
        self.say(page + "Start to parse.", 0.1)
        try:
            found = extract(path, document.suffix)
        except FileNotFoundError as error:
            raise Unreadable("The file is gone") from error
        except Unreadable as error:
            self.rest(0.4)
            self.say(page + f"[ERROR]Internal server error while chunking: {error}")
            raise
        if found.pages:
            page = f"Page(1~{found.pages + 1}): "
            self.lines[-1] = self.lines[-1].replace(WHOLE, page)
        return found, page

    def _extras(self, page: str, config: dict[str, object], count: int) -> None:
        """Keywords and questions take a language model call per chunk; here they only take the time."""
        for key, name in (("auto_keywords", "keywords"), ("auto_questions", "questions")):
            if config.get(key):
                self.say(f"{page}Start to generate {name} for every chunk ...")
                began = time.monotonic()
                self.rest(0.02 * count + 0.2)
                took = time.monotonic() - began
                self.say(f"{page}{name.capitalize()} generation {count} chunks completed in {took:.2f}s")

    def _store(self, document: Document, pieces: list[Piece], page: str) -> None:
        rows = {c.id: c for c in (chunks.made_of(piece, document, n) for n, piece in enumerate(pieces))}
        token_count = sum(tokens.count(piece.content) for piece in pieces)
        if not rows:
            self.say(f"{page}No chunk built from {document.name}")
            return
        self.say(f"{page}Generate {len(pieces)} chunks")
        began = time.monotonic()
        self.rest(0.02 + 0.0015 * len(rows))
        self.say(f"{page}Embedding chunks ({time.monotonic() - began:.2f}s)", 0.85)
        began = time.monotonic()
        self.rest(0.03 + 0.003 * len(rows))
        with transaction.atomic():
            # The write lock prevents the document from being stopped or restarted in between.
            if not Document.objects.filter(id=document.id, task_id=self.task_id, run="1").exists():
                raise Cancelled
            Chunk.objects.filter(doc_id=document.id).delete()
            Chunk.objects.bulk_create(rows.values(), batch_size=500)
            chunks.count_in(document, len(rows), token_count)
        self.say(f"{page}Indexing done ({time.monotonic() - began:.2f}s).", 0.95)
