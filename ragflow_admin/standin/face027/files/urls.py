"""Paths of the file manager."""

from __future__ import annotations

from django.urls import path

from ragflow_admin.standin.face027.files import changes, folders, links
from ragflow_admin.standin.face027.guards import route

urlpatterns = [
    path("files", route(GET=folders.listed, POST=changes.create, DELETE=changes.delete)),
    path("files/link-to-datasets", route(POST=links.link)),
    path("files/move", route(POST=changes.move)),
    path("files/<str:file_id>", route(GET=folders.content)),
    path("files/<str:file_id>/parent", route(GET=folders.parent)),
    path("files/<str:file_id>/ancestors", route(GET=folders.ancestors)),
    # 0.24's paths.
    path("file/list", route(GET=folders.listed)),
    path("file/get/<str:file_id>", route(GET=folders.content)),
    path("file/upload", route(POST=changes.create)),
    path("file/create", route(POST=changes.create)),
    path("file/convert", route(POST=links.link)),
    path("file/rm", route(POST=changes.delete)),
]
