"""The last check of a write: the transport refuses to send what would destroy more than was meant.

A path that lost a segment must not reach another route: ``DELETE /datasets/{id}/{anything}`` is one since 0.25, and
``DELETE /datasets`` deletes whole datasets (ragflow-0.27 §7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from dashboard.ragflow.errors import UnsafeCall

_ID: Final = "[0-9a-f]{32}"
_DATASET: Final = f"/api/v1/datasets/{_ID}"
# What may be deleted, by its whole path. The body names what is deleted: the ids under this key, or nothing.
_DELETES: Final = tuple(
    (re.compile(path), key)
    for path, key in (
        ("/api/v1/datasets", "ids"),
        (f"{_DATASET}/documents", "ids"),
        (f"{_DATASET}/chunks", "document_ids"),
        (f"{_DATASET}/documents/{_ID}/chunks", "chunk_ids"),
        (f"{_DATASET}/(?:knowledge_graph|graph|raptor)", ""),
        (rf"/v1/kb/unbind_task\?kb_id={_ID}&pipeline_task_type=\w+", ""),
        ("/api/v1/chats", "ids"),
        (f"/api/v1/chats/{_ID}", ""),
        (f"/api/v1/chats/{_ID}/sessions", "ids"),
        (f"/api/v1/chats/{_ID}/sessions/{_ID}/messages/[0-9A-Za-z-]+", ""),
    )
)
_DOCUMENT: Final = re.compile(f"{_DATASET}/documents/{_ID}")


def check(method: str, path: str, body: Mapping[str, Any]) -> None:
    """Raise UnsafeCall for a write that must not be sent.

    A delete needs a known path, and a body that has only its list of ids. A document must not be changed with
    the key ``pipeline_id``: it deletes the document's chunks, whatever its value is (ragflow-0.27 §0.8).
    """
    if method == "DELETE":
        _check_delete(path, body)
    if method in {"PUT", "PATCH"} and "pipeline_id" in body and _DOCUMENT.fullmatch(path):
        raise UnsafeCall("pipeline_id would delete the chunks of the document")


def _check_delete(path: str, body: Mapping[str, Any]) -> None:
    expected = next((key for pattern, key in _DELETES if pattern.fullmatch(path)), None)
    if expected is None:
        raise UnsafeCall(f"nothing is ever deleted at {path}")
    if set(body) != ({expected} if expected else set()):
        raise UnsafeCall(f"a delete at {path} takes {expected or 'no body'}, not {', '.join(body) or 'nothing'}")
    if not expected:
        return
    ids = body[expected]
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) and one for one in ids):
        raise UnsafeCall(f"refusing to delete: no {expected} at {path}")
