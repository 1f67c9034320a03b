"""Knowledge graphs and the jobs over a dataset: how releases differ (contract §8, ragflow-0.27 §0.7, §7.20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.ragflow.releases.release import Release


@dataclass(frozen=True, slots=True)
class GraphDialect:
    """What follows ``/datasets/{id}/``: ``graph`` reads and deletes; ``run`` and ``trace`` have a path for each kind.

    ``cancels_tasks``: a job is cancelled by the id of its task. Otherwise it is unbound from its dataset, by the
    ``pipeline`` name of its kind.
    """

    graph: str
    run: Mapping[str, str]
    trace: Mapping[str, str]
    cancels_tasks: bool
    pipeline: Mapping[str, str]


_INDEX = {"graphrag": "index?type=graph", "raptor": "index?type=raptor"}
_0_24 = GraphDialect(
    graph="knowledge_graph",
    run={"graphrag": "run_graphrag", "raptor": "run_raptor"},
    trace={"graphrag": "trace_graphrag", "raptor": "trace_raptor"},
    cancels_tasks=False,
    # The names used by the route of RAGFlow's own web application.
    pipeline={"graphrag": "GraphRAG", "raptor": "RAPTOR"},
)
_0_25 = GraphDialect(graph="graph", run=_INDEX, trace=_INDEX, cancels_tasks=True, pipeline={})


def of(release: Release) -> GraphDialect:
    """The dialect of a release."""
    return _0_25 if release.number >= (0, 25, 0) else _0_24
