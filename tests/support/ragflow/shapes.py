"""What two answers have in common when their values differ: the shape, and the words of the message."""

from __future__ import annotations

import json
import re
from typing import Any

Shape = Any


def shape(value: Any, maps: bool = False) -> Shape:
    """Kinds and keys, recursively; the elements of a list are united. `maps`: the keys of `data` are values."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    if value is None:
        return "null"
    if isinstance(value, list):
        return ["list", union([shape(item) for item in value])]
    if maps:
        return {
            key: union([shape(v) for v in item.values()]) if key == "data" else shape(item)
            for key, item in value.items()
        }
    # Metadata is named by its users.
    return {key: "metadata" if key in ("meta_fields", "summary") else shape(item) for key, item in value.items()}


def union(shapes: list[Shape]) -> Shape:
    """One shape for many: objects by key, other kinds side by side. None for none."""
    if not shapes:
        return None
    first, *rest = shapes
    for other in rest:
        first = _both(first, other)
    return first


def _both(a: Shape, b: Shape) -> Shape:
    if a == b or b is None:
        return a
    if a is None:
        return b
    if isinstance(a, dict) and isinstance(b, dict):
        return {key: _both(a.get(key), b.get(key)) for key in sorted({*a, *b})}
    if isinstance(a, list) and isinstance(b, list) and a[0] == b[0] == "list":
        return ["list", _both(a[1], b[1])]
    kinds = {text for one in (a, b) for text in (one.split("|") if isinstance(one, str) else [json.dumps(one)])}
    return "|".join(sorted(kinds))


def words(message: Any) -> Any:
    """A message without ids, numbers and quoted values; a Python repr only by its exception's name."""
    if not isinstance(message, str):
        return message
    if re.match(r"\w+(Error|Exception)\(", message):
        return message.split("(")[0]
    message = re.sub(r"\b[0-9a-f]{32}\b", "#", message)
    message = re.sub(r"'[^']*'|\"[^\"]*\"|<[^<>]*>", "'", message)
    message = re.sub(r"-?\d+(\.\d+)?", "#", message)
    return re.sub(r"(`model_name`|own the dataset) \S+", r"\1 #", message)


def kind_of(frame: Any) -> str:
    """What a frame of a streamed answer is."""
    data = frame.get("data")
    if data is True:
        return "end"
    if data.get("start_to_think") or data.get("end_to_think"):
        return "thinking"
    return "final" if data.get("final") else "text"


def stream_shape(frames: list[Any]) -> tuple[list[str], dict[str, Shape]]:
    """The order of the frames' kinds (repeats once), and the shape of each kind."""
    order = [kind_of(frame) for frame in frames]
    folded = [kind for n, kind in enumerate(order) if n == 0 or order[n - 1] != kind]
    return folded, {kind: union([shape(f) for f in frames if kind_of(f) == kind]) for kind in set(order)}
