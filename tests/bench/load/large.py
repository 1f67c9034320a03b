"""A dataset of many documents as the scripted upstream answers it: in all states, with metadata, chunks, a graph."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from tests.bench.load import rows

CHUNKS: Final = 50_000
NODES: Final = 256
EDGES: Final = 128
STATES: Final = ("DONE", "DONE", "DONE", "DONE", "DONE", "DONE", "UNSTART", "UNSTART", "FAIL", "CANCEL")
REASONS: Final = (
    "[ERROR]Embedding error: model did not answer within 60 s",
    "[ERROR][Exception]: Cannot read the file, EOF marker not found",
    "[ERROR]Connection refused",
    "[ERROR]Out of memory, killed",
)
TEXT: Final = "The service interval of unit {n} is twelve months; whoever opens it writes that down in the book. " * 4


def state(number: int) -> str:
    return STATES[number % len(STATES)]


def metadata(number: int) -> dict[str, Any]:
    """Few authors, some units, and a reference that no two documents share."""
    return {"author": f"Author {number % 40}", "unit": f"unit-{number % 97}", "reference": f"REF-{number:06}"}


@lru_cache(maxsize=200)
def numbers(total: int, query: str) -> Sequence[int]:
    """The places of the documents that a list with this query (its parameters as JSON) is about."""
    asked = json.loads(query)
    found: Sequence[int] = range(total)
    if wanted := asked.get("id") or asked.get("ids"):
        found = [n for n in (int(one[:8], 16) for one in wanted) if n < total]
    if "run" in asked:
        found = [n for n in found if state(n) in asked["run"]]
    if "keywords" in asked:
        found = [n for n in found if asked["keywords"][0].lower() in name(n)]
    if "suffix" in asked:
        found = [n for n in found if "txt" in asked["suffix"]]
    if "metadata_condition" in asked:
        for part in json.loads(asked["metadata_condition"][0])["conditions"]:
            found = [n for n in found if str(metadata(n).get(part["name"])) == str(part["value"])]
    return found


def name(number: int) -> str:
    return f"service-note-{number:04}.txt"


def document(number: int) -> dict[str, Any]:
    row = {**rows.document(number), "run": state(number), "meta_fields": metadata(number)}
    if row["run"] == "FAIL":
        reason = REASONS[number // len(STATES) % len(REASONS)]
        row |= {"progress": -1.0, "progress_msg": f"{rows.PROGRESS_LOG}\n20:17:01 {reason}"}
    elif row["run"] != "DONE":
        row |= {"progress": 0.0, "progress_msg": ""}
    return row if row["run"] == "DONE" else {**row, "chunk_count": 0, "token_count": 0}


@lru_cache(maxsize=4)
def summary(total: int) -> dict[str, Any]:
    """What metadata the documents carry, with every value of every key."""
    values = {key: Counter(metadata(n)[key] for n in range(total)) for key in metadata(0)}
    return {key: {"type": "string", "values": counter.most_common()} for key, counter in values.items()}


def chunk(document_id: str, number: int) -> dict[str, Any]:
    return {
        "available": True, "content": TEXT.format(n=number), "dataset_id": rows.DATASET, "docnm_kwd": name(0),
        "document_id": document_id, "id": f"{number:016x}", "image_id": "", "important_keywords": ["service"],
        "positions": [[number + 1] * 5], "questions": ["When is the next service?"],
    }  # fmt: skip


@lru_cache(maxsize=1)
def graph() -> dict[str, Any]:
    sources = [document(n)["id"] for n in range(40)]
    nodes = [
        {
            "id": f"ENTITY {n}", "entity_type": ("PERSON", "ORGANIZATION", "GEO", "EVENT")[n % 4],
            "description": TEXT.format(n=n), "pagerank": 1 / (n + 10), "source_id": sources[n % 40 : n % 40 + 3],
        }
        for n in range(NODES)
    ]  # fmt: skip
    edges = [
        {
            "source": f"ENTITY {n}", "target": f"ENTITY {n // 2}", "description": TEXT.format(n=n), "weight": 2.0,
            "keywords": ["service"], "source_id": [sources[n % 40]],
        }
        for n in range(1, EDGES + 1)
    ]  # fmt: skip
    return {"nodes": nodes, "edges": edges}


@lru_cache(maxsize=1)
def retrieval() -> dict[str, Any]:
    """The first page of a question: thirty hits in ten documents."""
    found = [
        {
            **chunk(document(n % 10)["id"], n), "content_ltks": "", "document_keyword": name(n % 10),
            "similarity": 0.9 - n / 100, "term_similarity": 0.8 - n / 100, "vector_similarity": 0.7, "doc_type_kwd": "",
        }
        for n in range(30)
    ]  # fmt: skip
    counts = [{"doc_id": document(n)["id"], "doc_name": name(n), "count": 3} for n in range(10)]
    return {"chunks": found, "doc_aggs": counts, "total": 30}
