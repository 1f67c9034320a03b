"""The knowledge graph of a dataset: as a drawing, as tables and as CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Set
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dashboard.core.formatting import cell
from dashboard.core.web.http import DashboardRequest
from dashboard.core.web.roles import viewer
from dashboard.graph import compilation, drawing, jobs
from dashboard.ragflow import RAGFlow, parallel
from dashboard.ragflow.resources.graph import Graph, JobKind
from dashboard.ragflow.types import Dataset, DocumentMetadata, Page

# The oldest documents supply the names of sources, in pages that every release returns. Other sources have no name.
NAMES_PAGE = 100
NAMES_PAGES = 5
# Rows of a table on the page. The CSV files contain all rows.
LISTED = 500
# A graph of up to this many entities is drawn completely; for a larger one people choose a level. As in graph.js.
WHOLE = 256
LEVELS = (200, 1000)


@require_GET
@viewer
def page(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """The state of both jobs, and the graph; where graphs are built from templates, also those."""
    ragflow = request.ragflow
    from_templates = ragflow.can("compilation templates")
    calls: list[Callable[[], Any]] = [
        lambda: ragflow.datasets.get(dataset_id),
        lambda: ragflow.graph.get(dataset_id),
        lambda: ragflow.graph.trace(dataset_id, JobKind.GRAPH),
        lambda: ragflow.graph.trace(dataset_id, JobKind.RAPTOR),
        # the cheapest call that returns names
        lambda: ragflow.documents.metadata(dataset_id, 1, NAMES_PAGE),
    ]
    if from_templates:
        calls.append(ragflow.graph.templates)
    found: tuple[Any, ...] = parallel(*calls)
    dataset: Dataset = found[0]
    graph: Graph = found[1]
    documents: Page[DocumentMetadata] = found[4]
    legend = drawing.kinds(graph)
    used = drawing.sources_of(graph)
    named = _names(ragflow, dataset_id, documents, used)
    links = {
        key: (name, request.server.url("chunks:list", dataset_id, key)) for key, name in named.items() if key in used
    }
    elements = drawing.elements(graph, legend, links)
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
                names=named,
                empty=not graph.nodes,
            ),
            jobs.state_of(request.server, JobKind.RAPTOR, found[3]),
        ],
        "nodes": drawing.entity_rows(elements, LISTED),
        "edges": drawing.relation_rows(graph, LISTED),
        "listed": LISTED,
        "levels": _levels(len(graph.nodes)),
        "documents": documents.total or 0,
        "templates": compilation.offered(found[5], dataset) if from_templates else None,
        "has_log": ragflow.can("ingestion logs"),
        "cut": len(graph.nodes) >= 256 or len(graph.edges) >= 128,
    }
    return render(request, "graph/page.html", context)


@require_GET
@viewer
def export(request: DashboardRequest, dataset_id: str) -> HttpResponse:
    """A CSV file: ``?table=nodes`` or ``?table=edges``."""
    table = request.GET.get("table", "nodes")
    if table not in ("nodes", "edges"):
        raise Http404(_("Unknown file. Use table=nodes or table=edges."))
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
    text.write("\ufeff")  # without it, Excel assumes another encoding
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([cell(one) if isinstance(one, str) else one for one in row] for row in rows)
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    name = content_disposition_header(as_attachment=True, filename=f"{dataset.name} {table}.csv")
    response["Content-Disposition"] = name or "attachment"
    return response


def _names(ragflow: RAGFlow, dataset_id: str, first: Page[DocumentMetadata], wanted: Set[str]) -> dict[str, str]:
    """Names of documents by id: those of the first page, and of a few more if some that are wanted are not on it."""
    pages = [first]
    if first.has_next and not wanted <= {document.id for document in first}:
        last = min(NAMES_PAGES, first.pages or 1)
        more = [partial(ragflow.documents.metadata, dataset_id, number, NAMES_PAGE) for number in range(2, last + 1)]
        pages += parallel(*more)
    return {document.id: document.name for page in pages for document in page}


def _levels(number: int) -> list[int]:
    """The numbers of entities to choose from; empty for a graph that is drawn completely."""
    return [*(level for level in LEVELS if level < number), number] if number > WHOLE else []
