"""The paths of datasets in 0.27, and of the jobs over a whole dataset. They come after those of the other nouns."""

from __future__ import annotations

from django.urls import path

from ragflow_admin.standin.face027.datasets import compilation, datasets, index, ingestions
from ragflow_admin.standin.face027.guards import route

DATASET = "datasets/<str:dataset_id>"
ARTIFACTS = DATASET + "/artifacts"
GROUPS = "compilation-template-groups"

urlpatterns = [
    path("datasets", route(GET=datasets.listed, POST=datasets.create, DELETE=datasets.delete)),
    path(DATASET, route(GET=datasets.one, PUT=datasets.update)),
    path(DATASET + "/index", route(GET=index.trace, POST=index.run, DELETE=index.delete)),
    path(DATASET + "/graph", route(GET=index.graph, DELETE=index.delete_graph)),
    path(DATASET + "/knowledge_graph", route(GET=index.graph, DELETE=index.delete_graph_old)),
    path(DATASET + "/run_graphrag", route(POST=index.run_old), {"kind": "graph"}),
    path(DATASET + "/trace_graphrag", route(GET=index.trace_old), {"kind": "graph"}),
    path(DATASET + "/run_raptor", route(POST=index.run_old), {"kind": "raptor"}),
    path(DATASET + "/trace_raptor", route(GET=index.trace_old), {"kind": "raptor"}),
    path(DATASET + "/ingestions", route(GET=ingestions.listed)),
    path(DATASET + "/ingestions/summary", route(GET=ingestions.summary)),
    path(DATASET + "/ingestions/<str:log_id>", route(GET=ingestions.one)),
    path(ARTIFACTS, route(GET=compilation.nothing, HEAD=compilation.no_wiki)),
    path(ARTIFACTS + "/topics", route(GET=compilation.nothing)),
    path(ARTIFACTS + "/graph", route(GET=compilation.wiki_graph)),
    path(ARTIFACTS + "/structure", route(GET=compilation.structure)),
    path(ARTIFACTS + "/alteration", route(GET=compilation.alteration)),
    path(DATASET + "/skills", route(GET=compilation.skills)),
    path(DATASET + "/navigation", route(GET=compilation.nothing)),
    path(DATASET + "/documents/<str:document_id>/structure/graph", route(GET=compilation.document_graph)),
    path("compilation-templates/builtins", route(GET=compilation.builtins)),
    path("compilation-templates/wiki-presets", route(GET=compilation.wiki_presets)),
    path(GROUPS, route(GET=compilation.groups, POST=compilation.create_group)),
    path(
        GROUPS + "/<str:group_id>",
        route(GET=compilation.group, PUT=compilation.update_group, DELETE=compilation.delete_group),
    ),
    path("tasks/<str:task_id>/cancel", route(POST=index.cancel)),
    path("tasks/<str:task_id>", route(PATCH=index.patch)),
    # RAGFlow takes any other last segment for the type of an index.
    path(DATASET + "/<str:index_type>", route(DELETE=index.delete)),
]
