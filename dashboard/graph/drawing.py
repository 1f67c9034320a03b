"""A graph prepared for the page: what the script draws, and the rows of the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _

from dashboard.core.formatting import percent, shortened, visible
from dashboard.ragflow.resources.graph import Graph

# The number of types that colours can distinguish. All others share one colour.
COLOURS: Final = 7
DEEPEST: Final = 12
MIND_MAP_LINES: Final = 500
# Characters of a description in a table row,
SAID: Final = 240
# and in the panel beside the graph.
DESCRIBED: Final = 4_000

Row = tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A type of entity in the legend; ``colour`` is a number from 1 to COLOURS, or 0 for the rest."""

    name: str
    count: int
    colour: int


@dataclass(frozen=True)
class Branch:
    """One line of the mind map."""

    text: str
    depth: int


def kinds(graph: Graph) -> list[Kind]:
    """The types, the most frequent first. All after the first seven are combined into one."""
    counted = Counter(_type(node.type) for node in graph.nodes).most_common()
    found = [Kind(name, number, place) for place, (name, number) in enumerate(counted[:COLOURS], 1)]
    rest = counted[COLOURS:]
    if rest:
        found.append(Kind(_("Others"), sum(number for _name, number in rest), 0))
    return found


def elements(graph: Graph, legend: list[Kind], sources: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """The data for graph.js, as plain text. ``sources`` maps document ids to names and URLs."""
    colours = {kind.name: kind.colour for kind in legend if kind.colour}
    types = {name: _type(name) for name in {node.type for node in graph.nodes}}
    known = {node.id for node in graph.nodes}
    used = sources_of(graph)
    return {
        "nodes": [
            {
                "id": node.id,
                "name": visible(node.id),
                "type": types[node.type],
                "colour": colours.get(types[node.type], 0),
                "rank": node.pagerank,
                "about": [shortened(visible(text), DESCRIBED) for text in node.descriptions],
                "documents": list(node.document_ids),
            }
            for node in graph.nodes
        ],
        "edges": [
            {
                "source": edge.source,
                "target": edge.target,
                "weight": edge.weight,
                "about": [shortened(visible(text), DESCRIBED) for text in edge.descriptions],
                "documents": list(edge.document_ids),
            }
            for edge in graph.edges
            if edge.source in known and edge.target in known
        ],
        "documents": {key: sources[key] for key in used if key in sources},
    }


def sources_of(graph: Graph) -> set[str]:
    """The ids of all documents the graph was extracted from."""
    used = {key for node in graph.nodes for key in node.document_ids}
    return used | {key for edge in graph.edges for key in edge.document_ids}


def entity_rows(drawn: Mapping[str, Any], most: int) -> list[Row]:
    """Rows (id, name, type, description, importance) of the first ``most`` entities, formatted for the table.

    ``drawn`` is the result of ``elements``.
    """
    return [
        (node["id"], node["name"], node["type"], _said(node["about"]), percent(node["rank"]))
        for node in drawn["nodes"][:most]
    ]


def relation_rows(graph: Graph, most: int) -> list[Row]:
    """Rows (from, to, description, weight) of the first ``most`` relations, formatted for the table."""
    edges = graph.edges[:most]
    weights = {weight: floatformat(weight, "-1") for weight in {edge.weight for edge in edges}}
    return [
        (visible(edge.source), visible(edge.target), _said(map(visible, edge.descriptions)), weights[edge.weight])
        for edge in edges
    ]


def mind_map(graph: Graph) -> list[Branch]:
    """The mind map as lines: at most MIND_MAP_LINES, nested at most DEEPEST deep; empty if there is none."""
    lines: list[Branch] = []

    def walk(branch: Any, depth: int) -> None:
        if not isinstance(branch, Mapping) or depth > DEEPEST or len(lines) >= MIND_MAP_LINES:
            return
        lines.append(Branch(visible(str(branch.get("id", ""))), depth))
        children = branch.get("children")
        for child in children if isinstance(children, list) else ():
            walk(child, depth + 1)

    if graph.mind_map:
        walk(graph.mind_map, 1)
    return lines


def _said(texts: Iterable[str]) -> str:
    return shortened(" · ".join(texts), SAID)


def _type(name: str) -> str:
    return visible(name).strip().capitalize() or _("No type")
