"""The condition language of metadata filters, with its quirks (contract §11)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ragflow_admin.standin.store.models import Document

ALIASES = {"is": "=", "not is": "≠", "!=": "≠", ">=": "≥", "<=": "≤"}


def _comparable(a: Any, b: Any) -> tuple[Any, Any]:
    """Both values as numbers if both are numbers, else as lower-case text."""
    try:
        return float(a), float(b)
    except (TypeError, ValueError):
        return str(a).lower(), str(b).lower()


def _holds(operator: str, stored: Any, wanted: Any) -> bool:
    a, b = _comparable(stored, wanted)
    simple: dict[str, bool] = {"=": bool(a == b), "≠": bool(a != b)}
    if operator in simple:
        return simple[operator]
    if operator in (">", "<", "≥", "≤"):
        return bool({">": a > b, "<": a < b, "≥": a >= b, "≤": a <= b}[operator])
    text, want = str(stored).lower(), str(wanted).lower()
    several = [str(w).strip().lower() for w in (wanted if isinstance(wanted, list) else str(wanted).split(","))]
    words = {
        "contains": want in text, "not contains": want not in text, "start with": text.startswith(want),
        "end with": text.endswith(want), "in": text in several, "not in": text not in several,
        "empty": not text, "not empty": bool(text),
    }  # fmt: skip
    return words.get(operator, False)


def documents_meeting(dataset_ids: Sequence[str], condition: dict[str, Any]) -> list[str]:
    """Ids of the datasets' documents that match the condition.

    With "and", a leading condition that matches nothing is ignored; `value` is required even for "empty"
    (KeyError otherwise); an unknown operator matches nothing; a document without the key never matches.
    """
    rows = Document.objects.filter(kb_id__in=list(dataset_ids)).exclude(meta_fields="{}")
    pairs = rows.values_list("id", "meta_fields")
    documents = [(row_id, json.loads(meta)) for row_id, meta in pairs]
    both = condition.get("logic", "and") == "and"
    found: set[str] = set()
    for part in condition.get("conditions", []):
        name, value = part["name"], part["value"]
        operator = ALIASES.get(part["comparison_operator"], part["comparison_operator"])
        hits = set()
        for row_id, meta in documents:
            stored = meta.get(name)
            if stored is None:
                continue
            items = stored if isinstance(stored, list) else [stored]
            if any(_holds(operator, item, value) for item in items):
                hits.add(row_id)
        found = (found & hits if both else found | hits) if found else hits
    return [row_id for row_id, _ in documents if row_id in found]
