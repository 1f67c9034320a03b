"""Outdated settings, on what a real RAGFlow recorded of its datasets and documents."""

from __future__ import annotations

from typing import Any

from dashboard.documents.parsing import fingerprint
from tests.support.ragflow import things
from tests.support.ragflow.captures import capture, numbers

# Their settings were changed one by one while it was recorded, each to others than the dataset's.
CHANGED = {"alpha-renamed.txt", "slow.txt", "slow2.txt", "slow3.txt", "real.pdf"}


def rows(body: Any) -> list[dict[str, Any]]:
    data = body.get("data") if isinstance(body, dict) else None
    found = data["docs"] if isinstance(data, dict) and "docs" in data else data
    listed = found if isinstance(found, list) else [found]
    return [row for row in listed if isinstance(row, dict) and isinstance(row.get("parser_config"), dict)]


def test_only_documents_whose_settings_were_changed_count_as_older() -> None:
    datasets: dict[str, dict[str, Any]] = {}
    older: set[str] = set()
    looked_at = 0
    for number in numbers():
        for row in rows(capture(number).body):
            if "embedding_model" in row:
                datasets[row["id"]] = row
            elif row.get("dataset_id") in datasets:
                dataset = datasets[row["dataset_id"]]
                document = things.document(
                    type=row["type"],
                    suffix=row["suffix"],
                    chunk_method=row["chunk_method"],
                    parser_config=row["parser_config"],
                )
                looked_at += 1
                current = fingerprint.marks(dataset["chunk_method"], dataset["parser_config"])
                if fingerprint.is_older(fingerprint.fingerprint(document), current):
                    older.add(row["name"])
    assert looked_at > 50
    assert older == CHANGED
