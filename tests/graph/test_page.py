"""The knowledge graph of a dataset: what is shown and how it comes as a file."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dashboard.graph import drawing
from dashboard.models import Server
from dashboard.ragflow.resources.graph import Edge, Graph, Node
from dashboard.ragflow.types import Dataset, Document
from ragflow_admin.standin.testing import StandinProcess
from tests.support.pages.reading import text_of

Url = Callable[[str], str]
pytestmark = pytest.mark.releases


def drawn(page: str) -> Any:
    found = re.search(r'<script id="graph-data" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_page_shows_entities_relations_and_types(
    viewer_client: Client,
    url: Url,
    built: Dataset,
    parsed: Document,
    standin: StandinProcess,
    tenant_key: str,
    release: str,
) -> None:
    standin.reset_requests()
    raw = viewer_client.get(url("page")).content.decode()

    data = drawn(raw)
    names = [node["name"] for node in data["nodes"]]
    assert {"ANNA BERG", "BERLIN", "NATO", "RESEARCH COUNCIL"} <= set(names)
    assert {"ANNA BERG", "BERLIN"} in [{edge["source"], edge["target"]} for edge in data["edges"]]
    assert data["documents"][parsed.id][0] == "office.txt"
    assert "Person" in raw
    assert "Anna Berg leads the Research Council." in raw
    templates = 0 if release == "0.24" else 2
    assert len(standin.requests(tenant_key)) == 5 + templates, "dataset, graph, two jobs, names of documents"


def test_without_a_graph_the_page_says_what_it_is_and_what_it_costs(
    curator_client: Client, url: Url, parsed: Document, release: str
) -> None:
    page = text_of(curator_client.get(url("page")))
    assert page.count("Never built") == 2
    if release == "0.24":
        assert "Building calls the model for every chunk." in page
    assert "graph-data" not in page
    assert "cytoscape" not in page
    assert url("run") + "?job=graphrag" in page


def test_without_documents_there_is_nothing_to_build(curator_client: Client, url: Url) -> None:
    page = text_of(curator_client.get(url("page")))
    assert "There are no documents yet" in page
    assert url("run") not in page


def test_a_viewer_sees_the_graph_and_no_button_that_changes_it(viewer_client: Client, url: Url, built: Dataset) -> None:
    page = text_of(viewer_client.get(url("page")))
    assert "ANNA BERG" in page
    for name in ("run", "release", "delete"):
        assert url(name) not in page


def test_the_library_is_loaded_on_this_page_only(
    viewer_client: Client, url: Url, built: Dataset, ragflow_server: Server
) -> None:
    assert "cytoscape/cytoscape.esm.min" in viewer_client.get(url("page")).content.decode()
    documents = viewer_client.get(ragflow_server.url("documents:list", built.id)).content.decode()
    assert "cytoscape" not in documents
    assert url("page") in documents, "the tab is always there"


def test_the_files_have_a_line_for_each_entity_and_relation(viewer_client: Client, url: Url, built: Dataset) -> None:
    for table, head, name in (("nodes", "entity", "ANNA BERG"), ("edges", "source", "ANNA BERG")):
        response = viewer_client.get(url("export"), {"table": table})
        assert f"Handbook {table}.csv" in response["Content-Disposition"]
        rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
        assert rows[0][0] == head
        assert name in {row[0] for row in rows[1:]}
    assert viewer_client.get(url("export"), {"table": "users"}).status_code == 404


def test_a_dataset_that_is_not_there_is_not_found(viewer_client: Client, ragflow_server: Server) -> None:
    assert viewer_client.get(ragflow_server.url("graph:page", "f" * 32)).status_code == 404


HOSTILE = "</script><img src=x onerror=alert(1)>"


def test_markup_in_a_graph_stays_text(viewer_client: Client, url: Url, parsed: Document, monkeypatch: Any) -> None:
    node = Node(HOSTILE, HOSTILE, (HOSTILE, "bidi \u202e"), 1.0, (parsed.id,))
    graph = Graph((node,), (), {"id": HOSTILE, "children": [{"id": "inner"}, 7]})
    monkeypatch.setattr("dashboard.ragflow.resources.graph.Graphs.get", lambda *_: graph)
    raw = viewer_client.get(url("page")).content.decode()
    assert "<img src=x" not in raw
    assert "\u202e" not in raw
    assert "inner" in raw
    assert drawn(raw)["nodes"][0]["name"] == HOSTILE


def test_what_the_documents_say_is_shown_as_they_say_it(
    viewer_client: Client, url: Url, parsed: Document, monkeypatch: Any
) -> None:
    nodes = (Node("R&D", "unit", ("Below 5 & <above> 2.", "x" * 300), 1.0, ()), Node("B", "", (), 0.1, ()))
    edges = (Edge("R&D", "B", ("It's <near>.",), (), 2.5, ()),)
    monkeypatch.setattr("dashboard.ragflow.resources.graph.Graphs.get", lambda *_: Graph(nodes, edges, {}))

    raw = viewer_client.get(url("page")).content.decode()

    said = re.findall(r'<td class="ra-graph-say">(.*?)</td>', raw)
    assert said[0].startswith("Below 5 &amp; &lt;above&gt; 2. · xxx")
    assert said[0].endswith("x…")
    assert [html.unescape(words) for words in said[1:]] == ["", "It's <near>."]
    assert said[2].endswith(" &lt;near&gt;.")
    assert raw.count("<bdi>R&amp;D</bdi>") == 3, "as a button, without scripts, and as the end of a relation"


def test_types_beyond_the_colours_are_one() -> None:
    nodes = tuple(Node(f"n{n}", f"type {n % 10}", (), 0.1, ()) for n in range(20))
    legend = drawing.kinds(Graph(nodes, (), {}))
    assert [kind.colour for kind in legend] == [1, 2, 3, 4, 5, 6, 7, 0]
    assert sum(kind.count for kind in legend) == 20


def test_an_edge_to_an_entity_that_is_left_out_is_not_drawn() -> None:
    graph = Graph((Node("a", "", (), 1, ()),), (Edge("a", "gone", (), (), 1, ()),), {})
    assert drawing.elements(graph, drawing.kinds(graph), {})["edges"] == []


def test_a_mind_map_that_never_ends_is_cut() -> None:
    deep: dict[str, Any] = {"id": "leaf"}
    for number in range(50):
        deep = {"id": str(number), "children": [deep]}
    assert len(drawing.mind_map(Graph((), (), deep))) == drawing.DEEPEST
    wide = {"id": "root", "children": [{"id": str(n)} for n in range(5000)]}
    assert len(drawing.mind_map(Graph((), (), wide))) == drawing.MIND_MAP_LINES


def test_of_a_large_graph_the_tables_show_the_first_and_the_file_has_all(
    viewer_client: Client, url: Url, parsed: Document, monkeypatch: Any
) -> None:
    nodes = tuple(Node(f"ENTITY {n}", "person", ("It is.",), 1 / (n + 1), ()) for n in range(620))
    edges = tuple(Edge(f"ENTITY {n}", "ENTITY 0", (), (), 1.0, ()) for n in range(1, 620))
    monkeypatch.setattr("dashboard.ragflow.resources.graph.Graphs.get", lambda *_: Graph(nodes, edges, {}))

    raw = viewer_client.get(url("page")).content.decode()

    assert raw.count("data-graph-node=") == 500
    assert raw.count("Showing the first 500.") == 2
    assert re.findall(r'data-graph-show="(\d+)"', raw) == ["200", "620"]
    assert len(drawn(raw)["nodes"]) == 620
    file = viewer_client.get(f"{url('export')}?table=nodes").content.decode()
    assert "ENTITY 619" in file


def test_a_graph_of_the_usual_size_is_drawn_whole(viewer_client: Client, url: Url, built: Dataset) -> None:
    assert "data-graph-show" not in viewer_client.get(url("page")).content.decode()


def test_a_mind_map_is_shown_where_the_server_has_one(
    viewer_client: Client, ragflow_server: Server, standin: StandinProcess, tenant_key: str
) -> None:
    node = {"id": "ANNA", "entity_type": "person", "description": "She is.", "pagerank": 1.0, "source_id": []}
    mind = {"id": "Handbook", "children": [{"id": "<b>Leave</b>", "children": [{"id": "Parental", "children": []}]}]}
    made = standin.fill(
        tenant_key,
        datasets=[{"name": "Handbook", "graph": {"nodes": [node], "edges": [], "mind_map": mind}}],
    )
    raw = viewer_client.get(ragflow_server.url("graph:page", made["datasets"][0]["id"])).content.decode()
    lines = re.findall(r'<li class="is-(\d)"><bdi>(.*?)</bdi>', raw)
    assert lines == [("1", "Handbook"), ("2", "&lt;b&gt;Leave&lt;/b&gt;"), ("3", "Parental")]
