"""The paths of RAGFlow 0.27. The paths of each noun are in its own ``urls``."""

from __future__ import annotations

from django.urls import include, path

from ragflow_admin.standin.face027 import system
from ragflow_admin.standin.http.routing import open_to_all, route

API = "api/v1/"

urlpatterns = [
    path(API + "system/version", route(open_to_all, GET=system.version)),
    path(API + "language", route(open_to_all, GET=system.language)),
    path(API, include("ragflow_admin.standin.face027.documents.urls")),
    path(API, include("ragflow_admin.standin.face027.chunks.urls")),
    path(API, include("ragflow_admin.standin.face027.files.urls")),
    path("_standin/", include("ragflow_admin.standin.control.urls")),
]

handler404 = "ragflow_admin.standin.http.routing.not_found"
handler500 = "ragflow_admin.standin.http.routing.server_error"
