"""Paths of chunks, tags and retrieval."""

from __future__ import annotations

from django.urls import path

from ragflow_admin.standin.face027.chunks import chunks, dataset_search, edit, embedding_check, retrieval, tags
from ragflow_admin.standin.face027.guards import route
from ragflow_admin.standin.http import routing

DATASET = "datasets/<str:dataset_id>"
CHUNKS = DATASET + "/documents/<str:document_id>/chunks"

urlpatterns = [
    path(CHUNKS, route(GET=chunks.listed, POST=edit.add, DELETE=chunks.delete, PATCH=edit.switch)),
    path(CHUNKS + "/<str:chunk_id>", route(GET=chunks.show, PATCH=edit.update, PUT=edit.update)),
    path("datasets/tags/aggregation", route(GET=tags.aggregated)),
    path(DATASET + "/tags", route(GET=tags.listed, PUT=tags.rename, DELETE=tags.delete)),
    path(DATASET + "/embedding/check", route(POST=embedding_check.check)),
    path("retrieval", route(POST=retrieval.retrieve)),
    path("datasets/search", route(POST=dataset_search.many)),
    path(DATASET + "/search", route(POST=dataset_search.one)),
    path("dify/retrieval", route(POST=retrieval.for_dify)),
    path("dify/retrieval/health", routing.route(routing.open_to_all, GET=retrieval.dify_health)),
]
