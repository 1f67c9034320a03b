"""Frames of a chat stream, as RAGFlow sends them."""

from __future__ import annotations

import json
from typing import Any


def frame(answer: str = "", *, code: int = 0, mark: str = "data:", end: str = "\n\n", **data: Any) -> bytes:
    payload = {"code": code, "data": {"answer": answer, "reference": {"chunks": []}, "final": False, **data}}
    return f"{mark}{json.dumps(payload, ensure_ascii=False)}{end}".encode()


DONE = b'data:{"code": 0, "data": true}\n\n'
