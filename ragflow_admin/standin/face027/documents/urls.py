"""Paths of documents, parsing and metadata."""

from __future__ import annotations

from django.urls import path

from ragflow_admin.standin.face027.documents import (
    contents,
    documents,
    metadata,
    metadata_config,
    parse,
    update,
    uploads,
)
from ragflow_admin.standin.face027.guards import route

DATASET = "datasets/<str:dataset_id>"
DOCUMENTS = DATASET + "/documents"
DOCUMENT = DOCUMENTS + "/<str:document_id>"

urlpatterns = [
    path("datasets/metadata/flattened", route(GET=metadata.flattened)),
    path(DATASET + "/metadata/summary", route(GET=metadata.summary)),
    path(DATASET + "/metadata/update", route(POST=metadata.update)),
    path(DATASET + "/metadata/config", route(GET=metadata_config.show, PUT=metadata_config.update)),
    path(DATASET + "/chunks", route(POST=parse.start_idle, DELETE=parse.stop_in_order)),
    path(DOCUMENTS, route(GET=documents.listed, POST=uploads.upload, DELETE=documents.delete)),
    path(DOCUMENTS + "/parse", route(POST=parse.start)),
    path(DOCUMENTS + "/stop", route(POST=parse.stop)),
    path(DOCUMENTS + "/metadatas", route(PATCH=metadata.update)),
    path(DOCUMENTS + "/batch-update-status", route(POST=update.switch)),
    path(DOCUMENT, route(GET=contents.download, PATCH=update.update, PUT=update.update)),
    path(DOCUMENT + "/metadata/config", route(PUT=metadata_config.update_document)),
    path("documents/ingest", route(POST=parse.ingest)),
    path("documents/images/<str:image_id>", route(GET=contents.image)),
    path("documents/<str:document_id>", route(GET=contents.download)),
    path("documents/<str:document_id>/preview", route(GET=contents.preview)),
    path("thumbnails", route(GET=contents.thumbnails)),
]
