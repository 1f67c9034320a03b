"""The last check of a write: the transport refuses to send what would destroy more than was meant.

A path that lost a segment must not reach another route: ``DELETE /datasets/{id}/{anything}`` is one since 0.25, and
``DELETE /datasets`` deletes whole datasets (ragflow-0.27 §7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from dashboard.ragflow.errors import UnsafeCall

# What may be deleted, by its whole path without its ids. The body names what is deleted: the ids under this key, or
# nothing.
_DELETES: Final = {
    "/api/v1/datasets": "ids",
    "/api/v1/datasets/*/documents": "ids",
    "/api/v1/datasets/*/chunks": "document_ids",
    "/api/v1/datasets/*/documents/*/chunks": "chunk_ids",
    "/api/v1/datasets/*/knowledge_graph": "",
    "/api/v1/datasets/*/graph": "",
    "/v1/kb/unbind_task?kb_id=*&pipeline_task_type=GraphRAG": "",
    "/v1/kb/unbind_task?kb_id=*&pipeline_task_type=RAPTOR": "",
    "/api/v1/chats": "ids",
    "/api/v1/chats/*": "",
    "/api/v1/chats/*/sessions": "ids",
    "/api/v1/chats/*/sessions/*/messages/*": "",
}
_DOCUMENT: Final = "/api/v1/datasets/*/documents/*"
_ID: Final = re.compile(r"(?<=[/=])[0-9a-f]{32}(?=[/&]|\Z)")


def check(method: str, path: str, body: Mapping[str, Any]) -> None:
    """Raise UnsafeCall for a write that must not be sent.

    A delete needs a known path, and a body that has only its list of ids. A document must not be changed with
    the key ``pipeline_id``: it deletes the document's chunks, whatever its value is (ragflow-0.27 §0.8).
    """
    if method == "DELETE":
        _check_delete(path, body)
    if method in {"PUT", "PATCH"} and "pipeline_id" in body and _ID.sub("*", path) == _DOCUMENT:
        raise UnsafeCall("pipeline_id would delete the chunks of the document")


def _check_delete(path: str, body: Mapping[str, Any]) -> None:
    expected = _DELETES.get(_ID.sub("*", path))
    if expected is None:
        raise UnsafeCall(f"nothing is ever deleted at {path}")
    if set(body) != ({expected} if expected else set()):
        raise UnsafeCall(f"a delete at {path} takes {expected or 'no body'}, not {', '.join(body) or 'nothing'}")
    if not expected:
        return
    ids = body[expected]
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) and one for one in ids):
        raise UnsafeCall(f"refusing to delete: no {expected} at {path}")
