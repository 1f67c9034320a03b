"""A failed document says its cause in a few words in the table; all that RAGFlow said is in the log."""

from __future__ import annotations

import html
import re

import pytest

from dashboard.documents.parsing import failure_causes

RAW = (
    "Internal server error while chunking: Coordinator not connected Traceback (most recent call last): File"
    ' "/ragflow/rag/svr/task_executor.py", line 1067, in do_handle_task File "/ragflow/rag/app/naive.py", line 812,'
    ' in chunk File "/ragflow/deepdoc/parser/pdf_parser.py", line 1201, in __call__ raise RuntimeError("layout engine'
    ' gave back nothing of use for this page")'
)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Fail to bind embedding model: API error 500 " + "x" * 400, "A model did not respond."),
        ("PDF is encrypted and cannot be opened without its password", "The file is password-protected."),
        ("Something odd", "Something odd"),
    ],
)
def test_a_failure_is_told_by_its_cause(reason: str, words: str) -> None:
    assert failure_causes.in_words(reason) == words


def test_a_long_text_of_a_failure_does_not_blow_up_its_row(
    curator_client, ragflow_server, standin, tenant_key, ragflow
) -> None:
    failed = {"name": "scan.pdf", "run": "FAIL", "progress": -1, "progress_msg": f"12:00:00 [ERROR]{RAW}"}
    made = standin.fill(tenant_key, datasets=[{"name": "Contracts", "documents": [failed]}])
    dataset = ragflow.datasets.get(made["datasets"][0]["id"])

    page = html.unescape(curator_client.get(ragflow_server.url("documents:list", dataset.id)).content.decode())
    (note,) = re.findall(r'<span class="ra-status-note">([^<]*)</span>', page)
    document = ragflow.documents.list(dataset.id).items[0]
    log = html.unescape(
        curator_client.get(ragflow_server.url("documents:log", dataset.id, document.id)).content.decode()
    )

    assert len(note) <= failure_causes.SHORT
    assert "Traceback" not in note
    assert "pdf_parser.py" in log
