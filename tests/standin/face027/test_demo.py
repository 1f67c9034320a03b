"""What only the demo of a 0.27 holds."""

from __future__ import annotations

from pathlib import Path

from ragflow_admin.standin.testing import StandinProcess
from tests.standin.conftest import Caller


def test_a_compilation_template_group_made_the_graph_of_the_office_documents(tmp_path: Path) -> None:
    with StandinProcess(tmp_path, release="0.27", seed="demo") as demo:
        caller = Caller(demo.base_url, demo.key)
        (group,) = caller.data("GET", "/compilation-template-groups")["groups"]
        office = next(row for row in caller.data("GET", "/datasets") if row["name"] == "Office documents")
        graph = caller.data("GET", f"/datasets/{office['id']}/graph")["graph"]
        job = caller.data("GET", f"/datasets/{office['id']}/index", params={"type": "graph"})
    assert [template["kind"] for template in group["templates"]] == ["knowledge_graph"]
    assert office["parser_config"]["compilation_template_group_id"] == [group["id"]]
    assert {"INES VOGEL", "AURORA"} <= {node["id"] for node in graph["nodes"]}
    assert graph["edges"]
    assert job["progress"] == 1
