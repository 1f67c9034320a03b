"""What a release offers beyond the common ground. Views ask only to show or hide what a server does not have."""

from __future__ import annotations

from typing import Final, Literal, get_args

from dashboard.ragflow.releases.release import Number, Release

Offer = Literal[
    "compilation templates",  # graphs are built from templates (ragflow-0.27 §0.7)
    "jobs apart",  # a job over a dataset has a log of its own, and cancelling it keeps the graph (§7.20)
    "ingestion logs",  # what happened to a dataset's documents and jobs (§6)
    "chunk method resume",  # for datasets (contract §7.1)
    "documents as graphs",  # a document may have the chunk method knowledge_graph (§6)
    "parts of chunks",  # chunks are split into children for the search (§6)
    "RAPTOR clustering",  # by threshold and ratio, with longer summaries (§6)
    "limits of graph building",  # retries, time limits (§6)
    "retrieval",  # searching datasets (§1)
    "jobs of datasets",  # building graphs and RAPTOR summaries (§1)
    "sessions of others",  # a session may be created for another user id (until 0.24)
    "thinking modes",  # four levels of reasoning (§6)
    "single messages",  # of a session: rated and deleted one by one (§6)
    "parsers of pipelines",  # datasets with a pipeline are told the number of its parsers (contract §7.1)
]
SINCE: Final[dict[Offer, Number]] = {
    "parsers of pipelines": (0, 24, 0),
    "compilation templates": (0, 27, 0),
    "jobs apart": (0, 25, 0),
    "ingestion logs": (0, 25, 0),
    "chunk method resume": (0, 25, 0),
    "documents as graphs": (0, 27, 0),
    "parts of chunks": (0, 27, 0),
    "RAPTOR clustering": (0, 27, 0),
    "limits of graph building": (0, 27, 0),
    "retrieval": (0, 24, 0),
    "jobs of datasets": (0, 24, 0),
    "sessions of others": (0, 24, 0),
    "thinking modes": (0, 27, 0),
    "single messages": (0, 25, 4),
}
UNTIL: Final[dict[Offer, Number]] = {"sessions of others": (0, 25, 0), "parsers of pipelines": (0, 25, 0)}
# What RAGFlow's API server in Go lacks (§1).
NOT_IN_GO: Final[frozenset[Offer]] = frozenset({"retrieval", "jobs of datasets"})

OFFERS: Final[tuple[Offer, ...]] = get_args(Offer)

# How hard a model thinks and searches for an answer, in the order of RAGFlow's numbers, which begin at 1.
ThinkingMode = Literal["low", "medium", "high", "ultra"]
THINKING_MODES: Final[tuple[ThinkingMode, ...]] = get_args(ThinkingMode)


def offers(release: Release, offer: Offer) -> bool:
    """Whether this release has what is offered."""
    if release.implementation == "go" and offer in NOT_IN_GO:
        return False
    until = UNTIL.get(offer)
    return release.number >= SINCE[offer] and (until is None or release.number < until)


def of(release: Release) -> frozenset[Offer]:
    """All that this release has."""
    return frozenset(offer for offer in OFFERS if offers(release, offer))
