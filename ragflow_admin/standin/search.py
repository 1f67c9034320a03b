"""Ranking: SQLite's full-text search finds candidates, which are scored by words and a cheap similarity.

There is no embedding model: the "vector" is a bag of word stems and letter trigrams. Both similarities are in 0..1.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection

from ragflow_admin.standin.parsing import tokens
from ragflow_admin.standin.store.models import Chunk, Dataset, Document

WINDOW = 64
READ = 100_000  # characters of a chunk: longer texts would block other requests


@dataclass(frozen=True)
class Hit:
    chunk: Chunk
    document_name: str
    similarity: float
    vector_similarity: float
    term_similarity: float


@dataclass(frozen=True)
class Found:
    """`hits` are all above the threshold, best first; `weights` maps the question's words to their weight."""

    hits: list[Hit]
    weights: dict[str, float]

    def doc_aggs(self) -> list[dict[str, Any]]:
        counts = Counter((hit.chunk.doc_id, hit.document_name) for hit in self.hits)
        return [{"count": n, "doc_id": doc, "doc_name": name} for (doc, name), n in counts.most_common()]


def _weights(words: Sequence[str]) -> dict[str, float]:
    """The weight of each word: rare words weigh more (an unknown word as much as the rarest)."""
    if not words:
        return {}
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(words))
        cursor.execute(f"SELECT term, doc FROM chunk_terms WHERE term IN ({marks})", list(words))  # noqa: S608
        seen: dict[str, int] = dict(cursor.fetchall())
        cursor.execute("SELECT max(row) FROM store_chunk")
        total = (cursor.fetchone()[0] or 0) + 1
    return {word: math.log(1 + total / (1 + seen.get(word, 0))) for word in words}


def _candidates(words: Sequence[str], dataset_ids: Sequence[str], document_ids: Sequence[str], limit: int) -> list[int]:
    match = " OR ".join('"' + word.replace('"', '""') + '"' for word in words)
    where = f"c.kb_id IN ({', '.join(['%s'] * len(dataset_ids))})"
    values: list[Any] = [match, *dataset_ids]
    if document_ids:
        where += f" AND c.doc_id IN ({', '.join(['%s'] * len(document_ids))})"
        values += document_ids
    sql = (
        "SELECT c.row FROM chunk_search s JOIN store_chunk c ON c.row = s.rowid "  # noqa: S608
        "JOIN store_document d ON d.id = c.doc_id "
        f"WHERE chunk_search MATCH %s AND {where} AND c.available AND d.status <> '0' "
        "ORDER BY bm25(chunk_search) LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, limit])
        return [row for (row,) in cursor.fetchall()]


def _triples(word: str) -> list[str]:
    return [word[i : i + 3] for i in range(len(word) - 2)]


def _vector(words: Sequence[str]) -> Counter[str]:
    out: Counter[str] = Counter()
    for word in words:
        out[word] += 2
        out.update(_triples(word))
    return out


def _cosine(question: Counter[str], length: float, other: Counter[str], other_length: float) -> float:
    dot = sum(n * other[key] for key, n in question.items() if key in other)
    return dot / (length * other_length) if dot else 0.0


def _length(vector: Counter[str]) -> float:
    return math.sqrt(sum(n * n for n in vector.values()))


@lru_cache(maxsize=8192)
def _vectors(content: str) -> list[tuple[Counter[str], float]]:
    """The vectors of a chunk and of its sentences, with their lengths; the whole chunk's comes first."""
    parts = [part for part in re.split(r"(?<=[.!?。！？])\s|\n", content) if part.strip()][:40]  # noqa: RUF001
    vectors = [_vector(tokens.words(part)) for part in (content, *parts)]
    return [(vector, _length(vector)) for vector in vectors]


def _likeness(question: Counter[str], length: float, content: str) -> float:
    """The similarity of the best sentence to the question, plus a small share of that of the whole chunk."""
    whole, *parts = (_cosine(question, length, *other) for other in _vectors(content))
    return min(1.0, math.sqrt(0.8 * max(parts, default=whole) + 0.2 * whole))


def search(
    question: str,
    dataset_ids: Sequence[str],
    document_ids: Sequence[str] = (),
    *,
    threshold: float = 0.2,
    vector_weight: float = 0.3,
    top_k: int = 1024,
) -> Found:
    """All chunks of the datasets (or of some documents) that match the question, best first."""
    words = tokens.question_words(question)
    if not words or not dataset_ids or top_k <= 0:
        return Found([], dict.fromkeys(words, 1.0))
    rows = _candidates(words, dataset_ids, document_ids, min(top_k, WINDOW))
    chunks = {c.row: c for c in Chunk.objects.filter(row__in=rows)}
    names = dict(Document.objects.filter(id__in={c.doc_id for c in chunks.values()}).values_list("id", "name"))
    ranks = dict(Dataset.objects.filter(id__in=dataset_ids, pagerank__gt=0).values_list("id", "pagerank"))
    weights = _weights(words)
    total = sum(weights.values())
    vector = _vector(words)
    length = _length(vector)
    hits = []
    time.sleep(0)  # let other requests run before the CPU-bound work
    for row in rows:
        chunk = chunks[row]
        own = set(chunk.tokens.split())
        term = sum(weight for word, weight in weights.items() if word in own) / total
        likeness = _likeness(vector, length, chunk.content[:READ])
        # The dataset's pagerank is added unscaled, before the threshold.
        mixed = vector_weight * likeness + (1 - vector_weight) * term + ranks.get(chunk.kb_id, 0)
        if mixed >= threshold:
            name = chunk.former_name or names.get(chunk.doc_id, "")
            hits.append(Hit(chunk, name, mixed, likeness, term))
    hits.sort(key=lambda hit: -hit.similarity)
    return Found(hits, weights)


def retrieval_row(hit: Hit) -> dict[str, Any]:
    """A hit as returned by POST /retrieval."""
    chunk = hit.chunk
    return {
        "content": chunk.content, "content_ltks": " ".join(tokens.words(chunk.content[:READ])),
        "dataset_id": chunk.kb_id, "doc_type_kwd": "", "document_id": chunk.doc_id,
        "document_keyword": hit.document_name, "id": chunk.id, "image_id": "",
        "important_keywords": json.loads(chunk.keywords), "mom_id": "", "positions": json.loads(chunk.positions),
        "similarity": hit.similarity, "term_similarity": hit.term_similarity,
        "vector_similarity": hit.vector_similarity,
    }  # fmt: skip


def reference_row(hit: Hit) -> dict[str, Any]:
    """A hit as in the final frame of a chat."""
    chunk = hit.chunk
    return {
        "id": chunk.id, "content": chunk.content, "document_id": chunk.doc_id, "document_name": hit.document_name,
        "dataset_id": chunk.kb_id, "image_id": "", "positions": json.loads(chunk.positions), "url": None,
        "similarity": hit.similarity, "vector_similarity": hit.vector_similarity,
        "term_similarity": hit.term_similarity, "doc_type": "",
    }  # fmt: skip
