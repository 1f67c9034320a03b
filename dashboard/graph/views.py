"""The knowledge graph of a dataset: drawn, listed, as a file."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer
from dashboard.graph import drawing, jobs
from dashboard.ragflow import parallel
from dashboard.ragflow.resources.graph import Graph, JobKind
from dashboard.ragflow.types import Dataset, DocumentMetadata, Page

# One page of documents gives the names of sources; a source beyond it is shown without its name.
NAMED = 500
# So many rows a table of the page has; the files have all.
LISTED = 500
# So many entities of a graph are drawn whole; of a larger one these many, on demand. As in graph.js.
WHOLE = 256
LEVELS = (200, 1000)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_GET
@viewer
def page(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The state of both jobs, and the graph."""
    ragflow = request.ragflow
    found: tuple[Any, ...] = parallel(
        lambda: ragflow.datasets.get(dataset_id),
        lambda: ragflow.graph.get(dataset_id),
        lambda: ragflow.graph.trace(dataset_id, JobKind.GRAPH),
        lambda: ragflow.graph.trace(dataset_id, JobKind.RAPTOR),
        lambda: ragflow.documents.metadata(dataset_id, 1, NAMED),  # the least that can be read of so many
    )
    dataset: Dataset = found[0]
    graph: Graph = found[1]
    documents: Page[DocumentMetadata] = found[4]
    legend = drawing.kinds(graph)
    used = drawing.sources_of(graph)
    names = {
        document.id: (document.name, request.server.url("chunks:list", dataset_id, document.id))
        for document in documents
        if document.id in used
    }
    elements = drawing.elements(graph, legend, names)
    context = {
        "dataset": dataset,
        "graph": graph,
        "legend": legend,
        "elements": elements,
        "mind_map": drawing.mind_map(graph),
        "states": [
            jobs.state_of(
                request.server,
                JobKind.GRAPH,
                found[2],
                names={document.id: document.name for document in documents},
                empty=not graph.nodes,
            ),
            jobs.state_of(request.server, JobKind.RAPTOR, found[3]),
        ],
        "nodes": drawing.entity_rows(elements, LISTED),
        "edges": drawing.relation_rows(graph, LISTED),
        "listed": LISTED,
        "levels": _levels(len(graph.nodes)),
        "documents": documents.total or 0,
        "cut": len(graph.nodes) >= 256 or len(graph.edges) >= 128,
    }
    return render(request, "graph/page.html", context)


@require_GET
@viewer
def export(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """A CSV file: ``?table=nodes`` or ``?table=edges``."""
    table = request.GET.get("table", "nodes")
    if table not in ("nodes", "edges"):
        raise Http404(_("There are two files: table=nodes and table=edges."))
    ragflow = request.ragflow
    dataset, graph = parallel(lambda: ragflow.datasets.get(dataset_id), lambda: ragflow.graph.get(dataset_id))
    rows: list[list[Any]]
    if table == "nodes":
        head = ["entity", "type", "pagerank", "description", "document_ids"]
        rows = [
            [node.id, node.type, node.pagerank, "\n".join(node.descriptions), " ".join(node.document_ids)]
            for node in graph.nodes
        ]
    else:
        head = ["source", "target", "weight", "keywords", "description", "document_ids"]
        rows = [
            [
                edge.source,
                edge.target,
                edge.weight,
                ", ".join(edge.keywords),
                "\n".join(edge.descriptions),
                " ".join(edge.document_ids),
            ]
            for edge in graph.edges
        ]
    text = io.StringIO()
    text.write("\ufeff")  # else Excel reads another encoding
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    name = content_disposition_header(as_attachment=True, filename=f"{dataset.name} {table}.csv")
    response["Content-Disposition"] = name or "attachment"
    return response


def _levels(number: int) -> list[int]:
    """How many entities can be drawn, from few to all; nothing to choose for a graph that is drawn whole."""
    return [*(level for level in LEVELS if level < number), number] if number > WHOLE else []


def _cell(value: Any) -> str:
    """No cell that a spreadsheet would run as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else str(value)
