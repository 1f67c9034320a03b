"""Logs of the parser, and a document that is being parsed."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.ragflow.types import Document, RunStatus

PAGES = """14:30:48 Task has been received.
14:30:49 Page(1~13): Start to parse.
14:30:49 Page(1~13): OCR started
14:31:07 Page(1~13): OCR finished (17.83s)
14:31:15 Page(1~13): Layout analysis (8.02s)
14:31:16 Page(1~13): Table analysis (0.94s)
14:31:18 Page(1~13): Text merged (0.20s)
14:31:18 Page(1~13): Generate 96 chunks
14:31:41 Page(1~13): Indexing done (1.42s). Task done (52.61s)
14:31:42 Page(13~25): OCR started
14:32:01 Page(13~25): OCR finished (18.90s)
14:32:04 Page(13~25): Generate 84 chunks
14:32:08 Page(13~25): Start to embedding... 16 / 84"""


# As recorded from a server: tests/captures/0.24.0
WHOLE = """20:16:58 Task has been received.
20:16:58 Page(1~100000001): Start to parse.
20:16:58 Page(1~100000001): Finish parsing.
20:16:58 Page(1~100000001): Generate 30 chunks
20:16:58 Page(1~100000001): Embedding chunks (0.04s)
20:16:58 Page(1~100000001): Indexing done (0.11s).
20:16:58 Page(1~100000001): Task done (0.96s)"""


BROKEN = """20:18:02 Task has been received.
20:18:02 Page(1~100000001): Start to parse.
20:18:02 Page(1~100000001): [ERROR]Internal server error while chunking: File is not a zip file
20:18:02 [ERROR][Exception]: File is not a zip file"""


NOW = 1_800_000_000.0


RUNNING = Document(
    id="0" * 32, dataset_id="1" * 32, name="a.pdf", type="pdf", suffix="pdf", size=1, chunk_method="naive",
    parser_config={}, chunk_count=0, token_count=0, progress=0.4, progress_msg="10:00:00 OCR started",
    process_duration=20.0, run=RunStatus.RUNNING, enabled=True, thumbnail="", meta_fields={}, source_type="local",
    pipeline_id="", created_by="", created_at=None, updated_at=datetime.fromtimestamp(NOW, UTC),
)  # fmt: skip
