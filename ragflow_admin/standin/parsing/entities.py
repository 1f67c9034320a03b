"""Builds a graph without a language model: capitalised terms are entities, terms in one chunk are related."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Any, Final

from ragflow_admin.standin.parsing import tokens

_TERM = re.compile(r"\b[A-Z][\w-]*[A-Za-z0-9](?: (?:of )?[A-Z][\w-]*[A-Za-z0-9]){0,3}")
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")
_GROUP = re.compile(r"\b(?:Inc|Ltd|GmbH|Company|Council|Team|Office|Department|University|Group|Board)\b")
_EVENT = re.compile(r"\b(?:Day|Meeting|Conference|Week|Festival|Review|Workshop|Training)\b")
_PLACE = re.compile(r"\b(?:Street|City|Park|Square|Hall|Building|Road|River|Berlin|Paris|London|Europe)\b")
_OPENERS = tokens.STOP | {
    "after", "all", "before", "both", "during", "each", "every", "here", "last", "next", "once", "only", "our", "since",
    "some", "two", "until", "while",
}  # fmt: skip
DAMPING: Final = 0.85
ROUNDS: Final = 30
PER_CHUNK: Final = 12


def kind_of(term: str) -> str:
    """One of RAGFlow's usual types, guessed from the term."""
    for kind, pattern in (("ORGANIZATION", _GROUP), ("EVENT", _EVENT), ("GEO", _PLACE)):
        if pattern.search(term):
            return kind
    if any(letter.isupper() for letter in term.split(maxsplit=1)[0][1:]):
        return "ORGANIZATION"
    words = term.split()
    return "PERSON" if len(words) == 2 and all(word.isalpha() for word in words) else "CATEGORY"


class Builder:
    """Reads documents one by one, and builds a graph of all of them."""

    def __init__(self) -> None:
        self.said: dict[str, dict[str, str]] = defaultdict(dict)
        self.kinds: dict[str, str] = {}
        self.together: Counter[tuple[str, str]] = Counter()
        self.shared: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)

    def read(self, document_id: str, chunks: Sequence[str]) -> tuple[int, int]:
        """Adds a document; returns its number of entities and relations."""
        sentences = [[part.strip() for part in _SENTENCE.split(chunk) if part.strip()] for chunk in chunks]
        inner = {
            match[0]
            for chunk in sentences
            for sentence in chunk
            for match in _TERM.finditer(sentence)
            if match.start() > 0
        }
        entities: set[str] = set()
        relations: set[tuple[str, str]] = set()
        for chunk in sentences:
            found: dict[str, None] = {}
            for sentence in chunk:
                for match in _TERM.finditer(sentence):
                    term = match[0]
                    first, _, rest = term.partition(" ")
                    if match.start() == 0 and rest and first.lower() in _OPENERS:
                        term = rest
                    plain = match.start() == 0 and term[1:].islower()
                    # The capital letter at the start of a sentence doesn't make an entity.
                    if len(term) < 3 or (plain and term not in inner):
                        continue
                    name = term.upper()
                    self.kinds.setdefault(name, kind_of(term))
                    self.said[name].setdefault(document_id, sentence[:300])
                    found.setdefault(name)
            names = sorted(list(found)[:PER_CHUNK])
            entities.update(found)
            for pair in combinations(names, 2):
                self.together[pair] += 1
                self.shared[pair].setdefault(document_id)
                relations.add(pair)
        return len(entities), len(relations)

    def graph(self) -> dict[str, Any]:
        """The graph in RAGFlow's form."""
        ranks = self._ranks()
        degree = Counter(name for pair in self.together for name in pair)
        nodes = [
            {
                "id": name, "entity_name": name, "entity_type": self.kinds[name],
                "description": "<SEP>".join(said.values()), "source_id": list(said),
                "pagerank": ranks[name], "rank": degree[name],
            }
            for name, said in self.said.items()
        ]  # fmt: skip
        edges = [
            {
                "source": one, "target": other, "src_id": one, "tgt_id": other, "weight": float(weight),
                "description": f"{one} and {other} are named together.", "keywords": [],
                "source_id": list(self.shared[one, other]),
            }
            for (one, other), weight in self.together.items()
        ]  # fmt: skip
        sources = list(dict.fromkeys(source for said in self.said.values() for source in said))
        return {"directed": False, "multigraph": False, "graph": {"source_id": sources}, "nodes": nodes, "edges": edges}

    def _ranks(self) -> dict[str, float]:
        """The share of each entity in a random walk along the relations; they sum to 1."""
        if not self.said:
            return {}
        near: dict[str, dict[str, int]] = defaultdict(dict)
        for (one, other), weight in self.together.items():
            near[one][other] = near[other][one] = weight
        total = {name: sum(weights.values()) for name, weights in near.items()}
        number = len(self.said)
        ranks = dict.fromkeys(self.said, 1 / number)
        for _ in range(ROUNDS):
            alone = sum(rank for name, rank in ranks.items() if name not in near) / number
            ranks = {
                name: (1 - DAMPING) / number
                + DAMPING * (alone + sum(ranks[other] * w / total[other] for other, w in near[name].items()))
                if name in near
                else (1 - DAMPING) / number + DAMPING * alone
                for name in ranks
            }
        return ranks
